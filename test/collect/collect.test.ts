import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import { Construct, type IConstruct, Node } from 'constructs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { collect } from '../../lib/collect/collect.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function scene() {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' });
  return { platform, cluster };
}

function chart(scope: Construct, id: string): Chart {
  return new Chart(scope, id, { namespace: 'default', disableResourceNameHashes: true });
}

function map(scope: Construct, name: string): ApiObject {
  return new ApiObject(scope, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
}

/** Names of the objects of the one unit, in their order. */
function namesOf(platform: Platform): readonly string[] {
  const units = collect(platform).flatMap((cluster) => cluster.units);
  return units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest.metadata.name));
}

/** The units with what they wait for. */
function edgesOf(platform: Platform): Readonly<Record<string, readonly string[]>> {
  const units = collect(platform).flatMap((cluster) => cluster.units);
  return Object.fromEntries(units.map((unit) => [unit.id, unit.dependsOn]));
}

describe('the order of objects in a unit', () => {
  test('is by kind and name where the user says nothing, whatever was made first', () => {
    const { platform, cluster } = scene();
    const all = chart(cluster, 'all');
    for (const name of ['b', 'c', 'a']) map(all, name);
    new ApiObject(all, 'z', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'z' } });
    expect(namesOf(platform)).toEqual(['z', 'a', 'b', 'c']);
  });

  test('follows what the user says about objects and about what they are in', () => {
    const { platform, cluster } = scene();
    const all = chart(cluster, 'all');
    const [first, last] = [new Construct(all, 'first'), new Construct(all, 'last')];
    map(last, 'a').addDependency(map(last, 'b'));
    for (const name of ['y', 'z']) map(first, name);
    last.node.addDependency(first);
    expect(namesOf(platform)).toEqual(['y', 'z', 'b', 'a']);
  });

  test('puts a part before the rest of what waits for it, and nothing before itself', () => {
    const { platform, cluster } = scene();
    const all = chart(cluster, 'all');
    const group = new Construct(all, 'group');
    const [part] = ['z', 'a', 'b'].map((name) => map(group, name));
    if (part !== undefined) group.node.addDependency(part);
    expect(namesOf(platform)).toEqual(['z', 'a', 'b']);
  });

  test('does not exist when objects wait for each other', () => {
    const { platform, cluster } = scene();
    const all = chart(cluster, 'all');
    const [a, b] = [map(all, 'a'), map(all, 'b')];
    a.addDependency(b);
    b.addDependency(a);
    expect(() => collect(platform)).toThrow(/ORDER-001 at east\/all: .*ConfigMap.*a.* -> .*b.* -> /);
  });
});

describe('the order of units', () => {
  test('follows dependencies between charts, objects, and the constructs around charts', () => {
    const { platform, cluster } = scene();
    const [network, storage] = [new Construct(cluster, 'network'), new Construct(cluster, 'storage')];
    const [dns, proxy, disks, web] = [
      chart(network, 'dns'),
      chart(network, 'proxy'),
      chart(storage, 'disks'),
      chart(cluster, 'web'),
    ];
    const [, , claim, page] = [map(dns, 'a'), map(proxy, 'b'), map(disks, 'c'), map(web, 'd')];
    storage.node.addDependency(network);
    page.addDependency(claim);
    expect(edgesOf(platform)).toEqual({
      'app-network-dns': [],
      'app-network-proxy': [],
      'app-storage-disks': ['app-network-dns', 'app-network-proxy'],
      'app-web': ['app-storage-disks'],
    });
  });

  test('does not cross clusters', () => {
    const { platform, cluster } = scene();
    const west = new AiCluster(platform, 'west', { cloud: existing(), kubernetesVersion: '1.35' });
    const [here, there] = [chart(cluster, 'here'), chart(west, 'there')];
    map(here, 'a').addDependency(map(there, 'b'));
    expect(() => collect(platform)).toThrow(
      "ORDER-003 at east/here/a: it depends on 'west/there/b' in another cluster",
    );
  });
});

describe('refused are', () => {
  test('two charts that would be one unit', () => {
    const { platform, cluster } = scene();
    map(chart(cluster, 'a-b'), 'x');
    map(chart(new Construct(cluster, 'a'), 'b'), 'y');
    expect(() => collect(platform)).toThrow("NAME-002 at east/a/b: 'east/a-b' makes a unit 'app-a-b' too");
  });

  test('two clusters of one name', () => {
    const { platform } = scene();
    new AiCluster(new Construct(platform, 'eu'), 'east', { cloud: existing(), kubernetesVersion: '1.35' });
    expect(() => collect(platform)).toThrow("NAME-002 at eu/east: 'east' makes a cluster 'east' too");
  });

  test('what a construct says against itself', () => {
    const { platform, cluster } = scene();
    map(chart(cluster, 'all'), 'a').node.addValidation({ validate: () => ['it has no data'] });
    expect(() => collect(platform)).toThrow('VALID-001 at east/all/a: it has no data');
  });
});

describe('the work is counted:', () => {
  /** How often the children and the dependencies of constructs were asked for. */
  function counted(action: () => void) {
    const children = vi.spyOn(Node.prototype, 'children', 'get');
    const dependencies = vi.spyOn(Node.prototype, 'dependencies', 'get');
    action();
    return { visits: children.mock.calls.length, edges: dependencies.mock.calls.length };
  }

  test.each(['nothing', 'the chart before', 'an object of the chart before'])(
    'each construct is visited once when charts depend on %s',
    (on) => {
      const { platform, cluster } = scene();
      let before: Chart | undefined;
      for (let index = 0; index < 30; index++) {
        const here = chart(cluster, `c${index}`);
        for (let object = 0; object < 20; object++) map(here, `o${object}`);
        const target: IConstruct | undefined = on === 'the chart before' ? before : before?.node.tryFindChild('o0');
        if (target !== undefined && on !== 'nothing') here.addDependency(target);
        before = here;
      }
      const constructs = 2 + 30 + 30 * 20;
      const dependent = on === 'nothing' ? 0 : 29;
      expect(counted(() => collect(platform))).toEqual({ visits: constructs, edges: constructs + dependent });
    },
  );

  test('many objects that wait for many others visit these once', () => {
    const { platform, cluster } = scene();
    const all = chart(cluster, 'all');
    const many = new Construct(all, 'many');
    for (let index = 0; index < 50; index++) map(many, `a${index}`);
    for (let index = 0; index < 50; index++) map(all, `b${index}`).addDependency(many);
    const constructs = 2 + 2 + 100;
    // One visit more for each object that waits, and once the 51 of what they wait for.
    expect(counted(() => collect(platform)).visits).toBe(constructs + 50 + 51);
  });
});
