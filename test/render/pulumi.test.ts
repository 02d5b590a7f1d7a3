import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, aws, existing, Platform, type PlatformModel, Ref, Tenant } from 'cdk8s-ai';
import { deploy } from 'cdk8s-ai/pulumi';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { platform as existingMinimal } from '../../examples/existing-minimal/platform.ts';
import { isJsonObject, type Json, sorted } from '../../lib/model/json.ts';
import { type Bindings, bind, markersIn } from '../../lib/model/value.ts';
import { renderManifests } from '../../lib/render/manifests.ts';
import { withoutRunOnce } from '../../lib/render/pulumi/run-once.ts';
import { exampleNames, loadExample } from '../examples.ts';
import { clouds } from './pulumi-clouds.ts';
import { type Registered, run, UNKNOWN } from './pulumi-engine.ts';
import { withoutSchemas } from './without-schemas.ts';

/** The one example that is deployed with the schemas of its CRDs. */
const WITH_SCHEMAS = 'existing-minimal';
const RELEASE = 'kubernetes:helm.sh/v3:Release';

/** The resources that are objects or charts of a cluster. */
const inCluster = (resources: readonly Registered[]) => resources.filter(({ type }) => type.startsWith('kubernetes:'));
const named = (resources: readonly Registered[], name: string, type = ''): Registered => {
  const [found, ...rest] = inCluster(resources).filter(
    (one) => one.name === name && (type === '' || one.type === type),
  );
  if (found === undefined || rest.length > 0) throw new Error(`not one resource is called ${name}`);
  return found;
};
/** What must be there before: the dependencies and everything that they depend on. */
function before(resources: readonly Registered[], start: Registered): ReadonlySet<string> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const seen = new Set<string>();
  const visit = ({ dependencies, provider }: Registered): void => {
    for (const urn of [...dependencies, ...(provider === '' ? [] : [provider.slice(0, provider.lastIndexOf('::'))])]) {
      if (seen.has(urn)) continue;
      seen.add(urn);
      const next = byUrn.get(urn);
      if (next !== undefined) visit(next);
    }
  };
  visit(start);
  return seen;
}

/** A small platform on AWS, with one tenant. */
function eastPlatform(content: (cluster: AiCluster) => void = () => {}): PlatformModel {
  const platform = new Platform({ name: 'p' });
  const cloud = aws({ region: 'us-east-1' });
  const cluster = new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  new Tenant(cluster, 'vision', { quota: [] });
  content(cluster);
  return withoutSchemas(platform.model());
}

function labPlatform(content: (chart: Chart) => void): PlatformModel {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'lab', { cloud: existing(), kubernetesVersion: '1.35' });
  content(new Chart(cluster, 'content'));
  return platform.model();
}

const configMap = (chart: Chart, data: Record<string, unknown>) =>
  new ApiObject(chart, 'facts', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'facts', namespace: 'default' },
    data,
  });

describe.each(exampleNames)('%s', (name) => {
  let model: PlatformModel = { name, clusters: [], waivers: [] };
  let up: readonly Registered[] = [];
  let preview: readonly Registered[] = [];
  let bindings: Bindings = {};
  beforeAll(async () => {
    const whole = (await loadExample(name)).platform.model();
    model = name === WITH_SCHEMAS ? whole : withoutSchemas(whole);
    const { resources, result } = await run('up', () => deploy(model, clouds));
    up = resources;
    bindings = await new Promise((resolve) => pulumi.output(result.bindings).apply(resolve));
    preview = (await run('preview', () => deploy(model, clouds))).resources;
  }, 120_000);

  test('carries the objects of the manifests, one by one', () => {
    const units = deployed(model).map((name) => `${name}/objects.yaml`);
    const documents = [...renderManifests(model)].flatMap(([path, text]) =>
      units.includes(path) ? parseAllDocuments(text).map((document) => document.toJS() as Json) : [],
    );
    const objects = (resources: readonly Registered[]) => inCluster(resources).filter(({ type }) => type !== RELEASE);
    const known = documents.map((one) => bind(one, ({ id }) => bindings[id] ?? ''));
    expect(texts(objects(up).map(({ inputs }) => inputs))).toEqual(texts(known));
    expect(texts(objects(preview).map(({ inputs }) => inputs))).toEqual(texts(documents.map(beforeDeployment)));
  });

  test('carries the charts of the manifests, one by one', () => {
    const files = new Map(renderManifests(model));
    const charts = [...files].flatMap(([path, text]) => {
      const [cluster, unit, file] = path.split('/');
      if (file !== 'chart.yaml') return [];
      const values: unknown = parse(files.get(`${cluster}/${unit}/values.yaml`) ?? '');
      return [{ unit: `${cluster}/${unit}`, ...(parse(text) as object), values }];
    });
    const releases = (resources: readonly Registered[]) => inCluster(resources).filter(({ type }) => type === RELEASE);
    expect(texts(releases(up).map(chartReference))).toEqual(texts(charts));
    expect(texts(releases(preview).map(chartReference))).toEqual(texts(charts));
  });

  test('exports the references that its recorded bindings have', () => {
    const recorded = join('examples', name, 'bindings.json');
    const keys = existsSync(recorded) ? Object.keys(JSON.parse(readFileSync(recorded, 'utf8')) as Bindings) : [];
    expect(Object.keys(bindings).sort()).toEqual(keys.sort());
  });

  test('is the same in a preview as in an up, but for what is unknown', () => {
    const shape = (resources: readonly Registered[]) =>
      resources.map(({ urn, deletedWith }) => `${urn} ${deletedWith}`).sort();
    expect(shape(preview)).toEqual(shape(up));
    // A function that cannot be asked yet hands on nothing of what its arguments depend on, so a preview may know less.
    const later = new Map(up.map(({ urn, dependencies }) => [urn, dependencies]));
    for (const { urn, dependencies } of preview)
      expect(later.get(urn)).toEqual(expect.arrayContaining([...dependencies]));
    const objects = (resources: readonly Registered[]) =>
      inCluster(resources)
        .map(({ urn, dependencies }) => ({ urn, dependencies: [...dependencies].sort() }))
        .sort((a, b) => (a.urn < b.urn ? -1 : 1));
    expect(objects(preview)).toEqual(objects(up));
  });

  test('makes every object after everything that its unit depends on', () => {
    const ofUnit = (name: string) => inCluster(up).filter((resource) => resource.name.startsWith(`${name}/`));
    let compared = 0;
    for (const cluster of withoutRunOnce(model).clusters) {
      for (const unit of cluster.units) {
        const needed = unit.dependsOn.flatMap((id) => ofUnit(`${cluster.name}/${id}`));
        for (const resource of ofUnit(`${cluster.name}/${unit.id}`)) {
          const earlier = before(up, resource);
          expect(
            needed.filter(({ urn }) => !earlier.has(urn)),
            resource.name,
          ).toEqual([]);
          compared += needed.length;
        }
      }
    }
    expect(compared).toBeGreaterThan(0);
  });

  test('installs a chart after the objects of its own unit', () => {
    for (const release of inCluster(up).filter(({ type }) => type === RELEASE)) {
      const others = inCluster(up).filter(({ parent, type }) => parent === release.parent && type !== RELEASE);
      expect(release.dependencies, release.name).toEqual(expect.arrayContaining(others.map(({ urn }) => urn)));
      expect(others.length).toBeGreaterThan(0);
    }
  });

  test('puts everything into its cluster by the provider of that cluster', () => {
    const [cluster] = model.clusters;
    const provider = `pulumi:providers:kubernetes::${cluster?.name}::`;
    expect(inCluster(up).filter((resource) => !resource.provider.includes(provider))).toEqual([]);
  });

  test('lets no marker and no text of an Output through', () => {
    expect(JSON.stringify([up, preview])).not.toMatch(/\[\[ref:|Calling \[toString\]/);
  });
});

describe('an object', () => {
  test('follows the namespace of its unit', async () => {
    const { resources } = await run('up', () => deploy(eastPlatform(), clouds));
    const policy = named(resources, 'east/tenant-vision/vision/default-deny');
    expect(policy.dependencies).toContain(named(resources, 'east/tenant-vision/vision').urn);
    expect(policy.type).toBe('kubernetes:networking.k8s.io/v1:NetworkPolicy');
  });

  test('goes with the cluster when the same program makes the cluster, and only then', async () => {
    const owners = async (model: PlatformModel) => {
      const { resources } = await run('up', () => deploy(model, clouds));
      return [...new Set(inCluster(resources).map(({ deletedWith }) => deletedWith))];
    };
    expect(await owners(eastPlatform())).toEqual([expect.stringMatching(/aws:eks\/cluster:Cluster::east\/cluster$/)]);
    expect(await owners(withoutSchemas(existingMinimal.model()))).toEqual(['']);
  });

  test('has its content hidden when it is a Secret', async () => {
    const model = labPlatform((chart) => {
      new ApiObject(chart, 'token', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'token', namespace: 'default' },
        stringData: { token: 'abc' },
      });
    });
    const { resources } = await run('up', () => deploy(model, clouds));
    const secret = named(resources, 'lab/app-content/default/token');
    expect(secret.secrets).toEqual(['stringData']);
    expect(secret.additionalSecretOutputs).toEqual(['data', 'stringData']);
  });
});

describe('a reference', () => {
  const content = (chart: Chart) =>
    configMap(chart, {
      whole: Ref.string('db/host'),
      inside: `postgres://${Ref.string('db/host')}:${Ref.number('db/port')}/x`,
      password: `p=${Ref.string('db/password', { secret: true })}`,
      encoded: Ref.json(Ref.string('db/host')),
      port: Ref.number('db/port'),
      plain: 'as it is',
    });
  const refs = () => ({ 'db/host': pulumi.output('h"1'), 'db/port': 5432, 'db/password': 'hush' });

  test('becomes the value in its own type, or part of a text', async () => {
    const { resources } = await run('up', () => deploy(labPlatform(content), clouds, { refs: refs() }));
    expect(named(resources, 'lab/app-content/default/facts').inputs['data']).toEqual({
      whole: 'h"1',
      inside: 'postgres://h"1:5432/x',
      password: 'p=hush',
      encoded: '"h\\"1"',
      port: 5432,
      plain: 'as it is',
    });
  });

  test('keeps its own leaf secret, and no other', async () => {
    const { resources } = await run('up', () => deploy(labPlatform(content), clouds, { refs: refs() }));
    expect(named(resources, 'lab/app-content/default/facts').secrets).toEqual(['data.password']);
  });

  test('is unknown in its own leaf, and in no other, while the value is unknown', async () => {
    const program = () =>
      deploy(
        eastPlatform((cluster) => {
          configMap(new Chart(cluster, 'content'), { vpc: `in ${cluster.ref('vpcId')}`, region: 'us-east-1' });
        }),
        clouds,
      );
    const facts = 'east/app-content/default/facts';
    expect(named((await run('preview', program)).resources, facts).inputs['data']).toEqual({
      vpc: UNKNOWN,
      region: 'us-east-1',
    });
    expect(named((await run('up', program)).resources, facts).inputs['data']).toEqual({
      vpc: 'in id-east/vpc',
      region: 'us-east-1',
    });
  });

  test('that nothing fills is refused with every place, before anything is made', async () => {
    const { resources } = await run('up', () =>
      expect(() => deploy(labPlatform(content), clouds, { refs: { 'db/host': 'h' } })).toThrow(
        /REF-002 at p: references without a value: \n +db\/port at lab\/content\/facts\.data\.inside\n +db\/password at .*\n +db\/port at .*data\.port/,
      ),
    );
    expect(resources).toEqual([]);
  });

  test('is exported for the file renderers unless it is secret', async () => {
    const { result } = await run('up', () => deploy(labPlatform(content), clouds, { refs: refs() }));
    expect(Object.keys(result.bindings).sort()).toEqual(['db/host', 'db/port']);
    const { result: onAws } = await run('up', () => deploy(eastPlatform(), clouds));
    expect(Object.keys(onAws.bindings)).toContain('east/vpcId');
    expect(Object.keys(onAws.bindings)).not.toContain('east/kubeconfig');
  });
});

describe('a run-once unit', () => {
  const unit = 'basement/job-research-tiny-llm';
  const model = withoutSchemas(existingMinimal.model());

  test('is left out unless it is asked for', async () => {
    const { resources } = await run('up', () => deploy(model, clouds));
    expect(resources.filter(({ name }) => name.startsWith(unit))).toEqual([]);
  });

  test('that is asked for is started and then left alone', async () => {
    const { resources } = await run('up', () => deploy(model, clouds, { runOnce: [unit] }));
    const job = named(resources, `${unit}/research/tiny-llm`, 'kubernetes:batch/v1:Job');
    expect(job).toMatchObject({ ignoreChanges: ['spec'], retainOnDelete: true });
    expect(named(resources, 'basement/tenant-research/research')).toMatchObject({
      ignoreChanges: [],
      retainOnDelete: false,
    });
  });

  test('that does not exist is refused with those that do', () => {
    expect(() => deploy(model, clouds, { runOnce: ['basement/job-tiny'] })).toThrow(
      /PULUMI-002 at lab: no run-once unit is called 'basement\/job-tiny'\n +Use one of basement\/job-research-tiny-llm\./,
    );
  });

  test('hands on what it needed to what depends on it', () => {
    const [cluster] = model.clusters;
    if (cluster === undefined) throw new Error('the example has no cluster');
    const common = { kind: 'app', path: 'p', runOnce: false, charts: [], objects: [] } as const;
    const units = [
      { ...common, id: 'first', dependsOn: [] },
      { ...common, id: 'job', runOnce: true, dependsOn: ['first'] },
      { ...common, id: 'last', dependsOn: ['job'] },
    ];
    const [left] = withoutRunOnce({ ...model, clusters: [{ ...cluster, units }] }).clusters;
    expect(left?.units.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['first', []],
      ['last', ['first']],
    ]);
  });
});

test('two clusters with the same namespaces are two sets of resources', async () => {
  const platform = new Platform({ name: 'p' });
  for (const name of ['east', 'west']) {
    const cluster = new AiCluster(platform, name, {
      cloud: aws({ region: `us-${name}-1` }),
      kubernetesVersion: '1.35',
    });
    new Tenant(cluster, 'vision', { quota: [] });
  }
  const { resources, result } = await run('up', () => deploy(withoutSchemas(platform.model()), clouds));
  expect(new Set(resources.map(({ urn }) => urn)).size).toBe(resources.length);
  const namespaces = inCluster(resources).filter(
    ({ type, inputs }) => type.endsWith(':Namespace') && JSON.stringify(inputs).includes('"vision"'),
  );
  expect(namespaces.map(({ name }) => name).sort()).toEqual(['east/tenant-vision/vision', 'west/tenant-vision/vision']);
  expect(new Set(namespaces.map(({ provider }) => provider)).size).toBe(2);
  expect(Object.keys(result.clusters)).toEqual(['east', 'west']);
});

test('a cloud that the deployment was not given is named, with what to pass', () => {
  expect(() => deploy(eastPlatform(), {})).toThrow(
    /PULUMI-001 at east: nothing makes clusters of 'aws'\n.*aws: awsResources\(\)/,
  );
});

/** The release as the manifests write a chart down. */
function chartReference({ name, inputs }: Registered) {
  const { name: release, namespace, version, values, skipCrds, chart, repositoryOpts } = inputs;
  const { repo } = (repositoryOpts ?? {}) as { repo?: string };
  const [, repository, last] = /^(oci:.*)\/([^/]+)$/.exec(String(chart)) ?? [undefined, repo, chart];
  const unit = name.slice(0, name.lastIndexOf('/'));
  return { unit, release, namespace, repository, chart: last, version, skipCrds, values };
}

/** The document while nothing is known of what its references stand for. */
function beforeDeployment(value: Json): Json {
  if (typeof value === 'string') return markersIn(value).length > 0 ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(beforeDeployment);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, beforeDeployment(member ?? null)]));
}

/** Names of the units that a deployment makes unless it is asked for more. */
function deployed(model: PlatformModel): readonly string[] {
  return withoutRunOnce(model).clusters.flatMap((cluster) => cluster.units.map((unit) => `${cluster.name}/${unit.id}`));
}

/** Values as texts that do not depend on the order of keys or of the values. */
function texts(values: readonly unknown[]): readonly string[] {
  return values.map((value) => JSON.stringify(sorted(value as Json))).sort();
}
