import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf } from '../../lib/model/kubernetes.ts';
import { inOrder } from '../../lib/model/order.ts';
import type { PlatformModel } from '../../lib/model/platform-model.ts';
import { examplePlatform } from '../../lib/policies/examples.ts';
import type { FileTree } from '../../lib/render/files.ts';
import { withoutGitOpsAnnotations } from '../../lib/render/gitops/common.ts';
import { exampleNames, loadExample } from '../examples.ts';
import { orderProblems } from './gitops/order-checker.ts';
import { schemaProblems } from './gitops/schema.ts';
import { object, objects, smallPlatform, unit, withUnit } from './gitops/small-platform.ts';
import { argoCdTree, fluxTree, objectsOf, readArgoCd, readFlux } from './gitops/tree.ts';

const options = { repoUrl: 'https://git.example.com/platform.git', path: './deploy/' };

const controllers = [
  { controller: 'Argo CD', render: argoCdTree, read: (files: FileTree) => readArgoCd(files, 'deploy') },
  { controller: 'Flux', render: fluxTree, read: (files: FileTree) => readFlux(files, 'deploy') },
];

const platforms: readonly [string, () => PlatformModel | Promise<PlatformModel>][] = [
  ['a small platform', () => smallPlatform],
  ...exampleNames.map((name): [string, () => Promise<PlatformModel>] => [
    `the example ${name}`,
    async () => (await loadExample(name)).bound,
  ]),
];

describe.each(controllers)('the tree for $controller', ({ controller, render, read }) => {
  describe.each(platforms)('of %s', (_, load) => {
    test('holds the objects and charts of the model, one by one and nothing else', async () => {
      const model = await load();
      const tree = read(render(model, options));
      const found = new Map(tree.map((one) => [`${one.cluster}/${one.id}`, one]));
      const expected = model.clusters.flatMap((cluster) =>
        cluster.units.map((one) => ({ key: `${cluster.name}/${one.id}`, ...one })),
      );
      expect([...found.keys()].sort()).toEqual(expected.map(({ key }) => key).sort());
      for (const { key, objects, charts, runOnce } of expected) {
        const unit = found.get(key);
        expect(unit?.objects.map(withoutGitOpsAnnotations), key).toEqual(
          objects.map(({ manifest }) => withoutGitOpsAnnotations(manifest)),
        );
        expect(unit?.charts, key).toEqual(charts.map(({ hooks, ...chart }) => chart));
        expect(unit?.runOnce, key).toBe(runOnce);
      }
    });

    test('brings everything after what it needs and takes it down before', async () => {
      expect(orderProblems(read(render(await load(), options)))).toEqual([]);
    });

    test("fits the schemas of the controller's own kinds", async () => {
      const files = render(await load(), options);
      const own = [...files.keys()]
        .filter((path) => path.endsWith('.yaml'))
        .flatMap((path) => objectsOf(files, path))
        .filter(
          ({ apiVersion }) => apiVersion.startsWith('argoproj.io/') || apiVersion.includes('.toolkit.fluxcd.io/'),
        );
      expect(own.flatMap(schemaProblems)).toEqual([]);
      expect(own.length).toBeGreaterThan(2);
    });

    test('is the same text when it is rendered again', async () => {
      expect([...render(await load(), options)]).toEqual([...render(await load(), options)]);
    });
  });

  test('follows every dependency of any graph of units', () => {
    const graph = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(graph, (needs) => {
        const units = needs.map((to, index) =>
          unit(`u${index}`, {
            dependsOn: index === 0 ? [] : [...new Set(to.map((n) => `u${n % index}`))],
            ...objects(object('ConfigMap', `c${index}`, { namespace: 'default' })),
          }),
        );
        const tree = read(render(examplePlatform({ units: inOrder(units, 'test') }), options));
        const byId = new Map(tree.map((one) => [one.id, one]));
        for (const one of units) {
          for (const need of one.dependsOn) {
            const [first, then] = [byId.get(need), byId.get(one.id)];
            expect(
              first !== undefined && then?.comesAfter(first) && then.goesBefore(first),
              `${one.id} after ${need}`,
            ).toBe(true);
          }
        }
      }),
    );
  });

  test('refuses a name that is no label value, and says whose it is', () => {
    const long = 'x'.repeat(64);
    const model = examplePlatform({ units: [unit(long, objects(object('ConfigMap', 'c', { namespace: 'default' })))] });
    expect(() => render(model, options)).toThrow(`GITOPS-001 at example/east/${long}`);
  });

  test('refuses a unit that waits for a job, which only a person starts', () => {
    expect(() => render(withUnit('app-web', { dependsOn: ['job-resnet'] }), options)).toThrow(
      "GITOPS-003 at example/east/app-web: it waits for 'job-resnet'",
    );
  });

  test('holds the same when each object has a file of its own', () => {
    const [unitFiles, objectFiles] = (['unit', 'object'] as const).map((layout) =>
      render(smallPlatform, { ...options, layout }),
    );
    if (unitFiles === undefined || objectFiles === undefined) throw new Error('two trees');
    const held = (files: FileTree) => read(files).map(({ id, objects, charts }) => ({ id, objects, charts }));
    expect(held(objectFiles)).toEqual(held(unitFiles));
    const names = [...objectFiles.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1));
    expect(names).toContain('ConfigMap_vision_settings.yaml');
    expect(names).not.toContain('objects.yaml');
  });

  test('keeps two clusters with the same units apart', () => {
    const [cluster] = smallPlatform.clusters;
    if (cluster === undefined) throw new Error('no cluster');
    const both: PlatformModel = { ...smallPlatform, clusters: [cluster, { ...cluster, name: 'west' }] };
    const tree = read(render(both, options));
    expect(tree.filter((one) => one.cluster === 'west').map((one) => one.objects.map(identityOf))).toEqual(
      tree.filter((one) => one.cluster === 'east').map((one) => one.objects.map(identityOf)),
    );
    expect(tree).toHaveLength(2 * cluster.units.length);
    expect(orderProblems(tree)).toEqual([]);
  });

  test('protects what nobody may lose, and only that', () => {
    const tree = read(
      render(
        withUnit(
          'queue-research',
          objects(object('Queue', 'default'), object('Queue', 'root'), object('Queue', 'research')),
        ),
        options,
      ),
    );
    const key = controller === 'Flux' ? 'kustomize.toolkit.fluxcd.io/prune' : 'argocd.argoproj.io/sync-options';
    const kept = tree
      .filter((one) => !one.runOnce)
      .flatMap((one) => one.objects)
      .filter(({ metadata }) => metadata.annotations?.[key] !== undefined);
    expect(kept.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
      'CustomResourceDefinition certificates.cert-manager.io',
      'CustomResourceDefinition clusterissuers.cert-manager.io',
      'Namespace cert-manager',
      'Namespace speech',
      'Namespace vision',
      'Namespace volcano-system',
      'PersistentVolumeClaim scratch',
      'Queue default',
      'Queue root',
    ]);
  });
});

test('an object that a schema refuses is seen', () => {
  const application = object('Application', 'a', {
    apiVersion: 'argoproj.io/v1alpha1',
    spec: { project: 1, destination: {}, sync: {} },
  });
  expect(schemaProblems(application)).toEqual([
    'Application.spec.project: not of type string',
    'Application.spec: sync is unknown',
  ]);
});
