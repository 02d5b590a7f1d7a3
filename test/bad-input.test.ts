import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from '@pulumi/pulumi';
import { ApiObject, Chart } from 'cdk8s';
import {
  AiCluster,
  aws,
  existing,
  Framework,
  type GpuNodePoolProps,
  type IGpuNodePool,
  Platform,
  PlatformError,
  Ref,
  Scheduler,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { bindPlatform } from '../lib/render/bindings.ts';

// What a user gets wrong: each mistake gives one clear finding with the place, the clash and the smallest fix, and writes nothing.

const outdir = () => mkdtempSync(join(tmpdir(), 'bad-input-'));

function eks(pool: Partial<GpuNodePoolProps> = {}) {
  const platform = new Platform({ name: 'research', outdir: outdir(), registries: ['registry.example.com'] });
  const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const h100 = cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4, maxNodes: 8, ...pool });
  return { platform, cluster, h100 };
}

function job(queue: TrainingQueue, pool: IGpuNodePool, workers: number) {
  return new TrainingJob(queue, 'resnet', {
    framework: Framework.pytorch(),
    pool,
    workers,
    gpusPerWorker: 8,
    image: 'registry.example.com/resnet@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  });
}

/** The errors of the platform, after making sure that `synth` refuses it and leaves the folder empty. */
function errorsOf(platform: Platform) {
  expect(() => platform.synth()).toThrow(/CHECK-001/);
  expect(readdirSync(platform.outdir)).toEqual([]);
  return platform.check().findings.filter((finding) => finding.severity === 'error' && finding.outcome === 'fail');
}

function thrownBy(action: () => unknown): PlatformError {
  try {
    action();
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('mistakes in sizes', () => {
  test('a quota above the capacity of its pool', () => {
    const { platform, cluster, h100 } = eks();
    new Tenant(cluster, 'vision', { quota: [h100.gpus(80)] });
    expect(errorsOf(platform)).toMatchObject([
      {
        code: 'QUOTA-009',
        where: 'east/vision',
        what: expect.stringContaining('64'),
        fix: expect.stringMatching(/10|64/),
      },
    ]);
  });

  test('a guarantee above the capability of its queue', () => {
    const { platform, cluster, h100 } = eks();
    const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(64)] });
    new TrainingQueue(vision, 'pretrain', {
      scheduler: Scheduler.volcano(),
      guarantee: [h100.gpus(32)],
      capability: [h100.gpus(16)],
    });
    expect(errorsOf(platform)).toContainEqual(
      expect.objectContaining({ code: 'QUOTA-016', where: 'east/vision/pretrain' }),
    );
  });

  test('a gang larger than the quota of its tenant', () => {
    const { platform, cluster, h100 } = eks();
    const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(16)] });
    job(new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano() }), h100, 4);
    expect(errorsOf(platform)).toMatchObject([
      { code: 'QUOTA-010', where: 'east/vision/pretrain/resnet', what: expect.stringContaining('32') },
    ]);
  });

  test('an amount that is no whole number', () => {
    const { h100 } = eks();
    expect(thrownBy(() => h100.gpus(1.5))).toMatchObject({ code: 'AMOUNT-001', where: 'east/h100' });
  });
});

describe('mistakes in placement', () => {
  test('a taint that an operator was told not to tolerate', () => {
    const platform = new Platform({ name: 'research', outdir: outdir(), registries: ['registry.example.com'] });
    const cluster = new AiCluster(platform, 'east', {
      cloud: aws({ region: 'us-east-1' }),
      kubernetesVersion: '1.35',
      components: {
        'gpu-operator': { values: { daemonsets: { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] } } },
      },
    });
    cluster.addGpuNodePool('h100', {
      instanceType: 'p5.48xlarge',
      minNodes: 1,
      taints: [{ key: 'team', value: 'vision', effect: 'NoSchedule' }],
    });
    const errors = errorsOf(platform);
    expect(errors.map((error) => error.code)).toContain('TAINT-012');
    expect(errors.find((error) => error.code === 'TAINT-012')).toMatchObject({
      what: expect.stringContaining('team'),
      fix: expect.stringContaining('daemonsets'),
    });
  });

  test('a required fabric that the machine type does not have', () => {
    expect(thrownBy(() => eks({ instanceType: 'g6.4xlarge', fabric: 'required' }))).toMatchObject({
      code: 'FABRIC-001',
      where: 'east/h100',
    });
  });

  test('an unknown machine type, with the names that look like it', () => {
    const error = thrownBy(() => eks({ instanceType: 'p5.48xlrge' }));
    expect(error).toMatchObject({
      code: 'CLOUD-001',
      where: 'east/h100',
      fix: expect.stringContaining("'p5.48xlarge'"),
    });
  });

  test("Kubernetes' own gang scheduling on a cluster that has it not", () => {
    const { cluster, h100 } = eks();
    const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(16)] });
    const error = thrownBy(() => new TrainingQueue(vision, 'gangs', { scheduler: Scheduler.kubernetes() }));
    expect(error).toMatchObject({
      code: 'SCHED-002',
      where: 'east/vision/gangs',
      fix: expect.stringContaining('Scheduler.volcano()'),
    });
  });
});

describe('mistakes in names and order', () => {
  test('two constructs with one Kubernetes identity', () => {
    const { platform, cluster, h100 } = eks();
    new Tenant(cluster, 'vision', { quota: [h100.gpus(8)] });
    const extras = new Chart(cluster, 'extras');
    new ApiObject(extras, 'quota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota', namespace: 'vision' },
      spec: { hard: { 'requests.nvidia.com/gpu': '8' } },
    });
    expect(errorsOf(platform)).toMatchObject([{ code: 'SUP-012', what: expect.stringMatching(/east\/extras\/quota/) }]);
  });

  test('a name that Kubernetes refuses, in a construct of ours and in an object of the user', () => {
    const { platform, cluster, h100 } = eks();
    expect(thrownBy(() => new Tenant(cluster, 'Vision Team', { quota: [h100.gpus(8)] }))).toMatchObject({
      code: 'NAME-001',
      fix: expect.stringContaining("'vision-team'"),
    });
    const extras = new Chart(cluster, 'extras');
    new ApiObject(extras, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'BAD NAME!' } });
    expect(thrownBy(() => platform.model())).toMatchObject({ code: 'NAME-001', where: 'east/extras/map' });
  });

  test('a cycle of dependencies, with the path that closes it', () => {
    const { platform, cluster } = eks();
    const [a, b] = ['a', 'b'].map((id) => {
      const chart = new Chart(cluster, id);
      new ApiObject(chart, 'map', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: id, namespace: 'default' },
      });
      return chart;
    });
    if (a === undefined || b === undefined) throw new Error('two charts');
    a.addDependency(b);
    b.addDependency(a);
    expect(thrownBy(() => platform.model())).toMatchObject({
      code: 'ORDER-001',
      where: 'east',
      what: expect.stringContaining('app-a -> app-b -> app-a'),
    });
  });

  test('an object outside of any cluster', () => {
    const { platform } = eks();
    const stray = new Chart(platform, 'stray');
    new ApiObject(stray, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } });
    expect(thrownBy(() => platform.model())).toMatchObject({ code: 'PLACE-001', where: 'stray/map' });
  });

  test('a pool with the name of the pool for operators', () => {
    const { cluster } = eks();
    expect(
      thrownBy(() => cluster.addGpuNodePool('system', { instanceType: 'p5.48xlarge', minNodes: 1 })),
    ).toMatchObject({ code: 'POOL-004', where: 'east/system' });
  });

  test('several mistakes are reported together', () => {
    const { platform, cluster } = eks();
    const extras = new Chart(cluster, 'extras');
    for (const name of ['A', 'B'])
      new ApiObject(extras, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    expect(() => platform.model()).toThrow(AggregateError);
    expect(() => platform.model()).toThrow(/"A"[\s\S]*"B"/);
  });
});

describe('values that are known only after deployment', () => {
  function withConfigMap(data: Record<string, unknown>, more: Record<string, unknown> = {}) {
    const { platform, cluster } = eks();
    const extras = new Chart(cluster, 'extras');
    new ApiObject(extras, 'map', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'map', namespace: 'default' },
      data,
      ...more,
    });
    return platform;
  }
  const endpoint = Ref.string('east/endpoint');

  test('a reference in a name', () => {
    const { platform, cluster } = eks();
    const extras = new Chart(cluster, 'extras');
    new ApiObject(extras, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `map-${endpoint}` } });
    expect(thrownBy(() => platform.model())).toMatchObject({
      code: 'REF-001',
      where: expect.stringContaining('metadata.name'),
    });
  });

  test('a reference in the name of a volume', () => {
    const { platform, cluster } = eks();
    const extras = new Chart(cluster, 'extras');
    new ApiObject(extras, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod', namespace: 'default' },
      spec: { containers: [], volumes: [{ name: endpoint, emptyDir: {} }] },
    });
    expect(thrownBy(() => platform.model())).toMatchObject({
      code: 'REF-001',
      where: expect.stringContaining('spec.volumes.0.name'),
    });
  });

  test('a reference without a value, when files are written', () => {
    const model = withConfigMap({ url: `https://${endpoint}/v1` }).model();
    const error = thrownBy(() => bindPlatform(model, {}));
    expect(error).toMatchObject({
      code: 'REF-002',
      what: expect.stringMatching(/east\/endpoint at east\/extras\/map\.data\.url/),
    });
    const bound = bindPlatform(model, { 'east/endpoint': 'k8s.example.com' });
    expect(JSON.stringify(bound)).toContain('https://k8s.example.com/v1');
  });

  test('a secret, when files are written', () => {
    const model = withConfigMap({ token: Ref.string('east/token', { secret: true }) }).model();
    expect(thrownBy(() => bindPlatform(model, { 'east/token': 'x' }))).toMatchObject({ code: 'REF-004' });
  });

  test('a Pulumi Output as a value, and inside a text', () => {
    expect(thrownBy(() => withConfigMap({ url: output('x') }).model())).toMatchObject({
      code: 'REF-003',
      where: 'east/extras/map.data.url',
    });
    expect(thrownBy(() => withConfigMap({ url: `https://${output('x')}` }).model())).toMatchObject({
      code: 'REF-003',
      where: 'east/extras/map.data.url',
    });
  });
});

test('an unknown value of a chart does not compile', () => {
  const platform = new Platform({ name: 'research', outdir: outdir(), registries: ['registry.example.com'] });
  new AiCluster(platform, 'east', {
    cloud: existing(),
    kubernetesVersion: '1.35',
    // @ts-expect-error -- the chart has daemonsets.tolerations
    components: { 'gpu-operator': { values: { daemonsets: { tolerationz: [] } } } },
  });
});

test('two clusters may have the same namespaces', () => {
  const platform = new Platform({ name: 'research', outdir: outdir(), registries: ['registry.example.com'] });
  for (const name of ['east', 'west']) {
    const cluster = new AiCluster(platform, name, {
      cloud: aws({ region: `us-${name}-1` }),
      kubernetesVersion: '1.35',
    });
    const h100 = cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4 });
    new Tenant(cluster, 'vision', { quota: [h100.gpus(32)] });
  }
  expect(platform.check().findings).toEqual([]);
  platform.synth();
  expect(
    readdirSync(platform.outdir)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['east', 'west']);
});
