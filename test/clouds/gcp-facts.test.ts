import { AiCluster, Capacity, type GcpProps, type GpuNodePoolProps, gcp, Platform, Sharing } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at } from '../../lib/model/json.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';

interface Wish {
  readonly cloud?: Partial<GcpProps>;
  readonly version?: `1.${number}`;
  readonly systemPool?: ConstructorParameters<typeof AiCluster>[2]['systemPool'];
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
}

const l4 = { instanceType: 'g2-standard-16', minNodes: 1 } as const;
const mega = { instanceType: 'a3-megagpu-8g', minNodes: 2 } as const;

function platformOf({ cloud, version = '1.35', systemPool, pools = {} }: Wish): Platform {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1', ...cloud }),
    kubernetesVersion: version,
    ...(systemPool === undefined ? {} : { systemPool }),
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  return platform;
}

function modelOf(wish: Wish): ClusterModel {
  const [cluster] = platformOf(wish).model().clusters;
  if (cluster === undefined) throw new Error('no cluster');
  return cluster;
}

const poolOf = (props: GpuNodePoolProps, wish: Wish = {}) => modelOf({ ...wish, pools: { pool: props } }).pools[0];
const component = (cluster: ClusterModel, id: string) => cluster.components.find((one) => one.id === id);

describe('GPUs that GKE itself drives and advertises', () => {
  test('need no GPU Operator, and one that others need stays off their nodes', () => {
    const cluster = modelOf({ pools: { plain: l4, shared: { ...l4, sharing: Sharing.mps(4) } } });
    expect(component(modelOf({ pools: { plain: l4 } }), 'gpu-operator')).toBeUndefined();
    expect(component(cluster, 'gpu-operator')?.neededBy).toEqual(['east/shared']);
    const [plain, shared] = cluster.pools;
    expect(plain?.labels['nvidia.com/gpu.deploy.operands']).toBe('false');
    expect(shared?.labels['nvidia.com/gpu.deploy.operands']).toBeUndefined();
  });

  test('carry the taint of GKE and no second one', () => {
    const gpuTaint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
    expect(poolOf(l4)).toMatchObject({
      taints: [gpuTaint],
      cloudTaints: [gpuTaint],
      labels: { 'cdk8s-ai.dev/pool': 'pool' },
    });
  });
});

describe('the GPU Operator on Container-Optimized OS', () => {
  const cluster = modelOf({ pools: { shared: { ...l4, sharing: Sharing.timeSlicing(4) } } });
  const objects = cluster.units.find(({ id }) => id === 'gpu-operator')?.objects.map(({ manifest }) => manifest) ?? [];

  test('is told where that system keeps driver and toolkit', () => {
    expect(component(cluster, 'gpu-operator')?.values).toMatchObject({
      driver: { enabled: false },
      hostPaths: { driverInstallDir: '/home/kubernetes/bin/nvidia' },
      toolkit: {
        enabled: true,
        installDir: '/home/kubernetes/bin/nvidia',
        env: [{ name: 'RUNTIME_CONFIG_SOURCE', value: 'file' }],
      },
      devicePlugin: { enabled: true },
    });
  });

  test('may run pods that are critical for the system, and has the driver installed on its own nodes', () => {
    const quota = objects.find(({ kind }) => kind === 'ResourceQuota');
    expect(at(quota, 'spec', 'scopeSelector', 'matchExpressions', 0, 'values')).toContain('system-node-critical');
    const installer = objects.find(({ kind }) => kind === 'DaemonSet');
    const terms = at(installer, 'spec', 'template', 'spec', 'affinity', 'nodeAffinity');
    expect(JSON.stringify(terms)).toContain('"key":"cdk8s-ai.dev/pool","operator":"In","values":["shared"]');
  });

  test('installs its own driver on Ubuntu, and then needs neither', () => {
    const ubuntu = modelOf({ pools: { own: { ...l4, driver: 'operator' } } });
    const values = component(ubuntu, 'gpu-operator')?.values;
    expect(values).toMatchObject({ driver: { enabled: true }, toolkit: { enabled: true } });
    expect(values?.['hostPaths']).toBeUndefined();
    const kinds = ubuntu.units.find(({ id }) => id === 'gpu-operator')?.objects.map(({ manifest }) => manifest.kind);
    expect(kinds).toEqual(['Namespace', 'ResourceQuota']);
  });
});

describe('a fabric', () => {
  const h200 = { instanceType: 'a3-ultragpu-8g', minNodes: 2 } as const;

  test('of RoCE is claimed by pods, and GKE is told so by a label', () => {
    const pool = poolOf(h200);
    expect(pool?.fabric).toEqual({
      kind: 'roce',
      required: false,
      resource: 'mrdma.google.com',
      claimed: true,
      perNode: 8,
    });
    expect(pool?.resources).toEqual({ 'nvidia.com/gpu': 8 });
    expect(pool?.labels['cloud.google.com/gke-networking-dra-driver']).toBe('true');
  });

  test('is left out where GKE cannot give it to pods, and refused where it is required', () => {
    expect(poolOf(h200, { version: '1.33' })?.fabric.kind).toBe('none');
    expect(poolOf({ instanceType: 'a3-highgpu-8g', minNodes: 2 })?.fabric.kind).toBe('none');
    expect(() => poolOf({ instanceType: 'a3-highgpu-8g', minNodes: 2, fabric: 'required' })).toThrow(
      /FABRIC-001 at east\/pool: .*gpudirect-tcpx .*\n +Take a3-megagpu-8g, or a machine type with RoCE, such as a3-ultragpu-8g/,
    );
  });

  test('of GPUDirect-TCPXO is a network of the cluster for each interface, on any version', () => {
    expect(poolOf(mega, { version: '1.33' })?.fabric).toEqual({
      kind: 'gpudirect-tcpxo',
      required: false,
      perNode: 8,
      networks: ['gpu-0', 'gpu-1', 'gpu-2', 'gpu-3', 'gpu-4', 'gpu-5', 'gpu-6', 'gpu-7'],
    });
    expect(poolOf(mega)?.resources).toEqual({ 'nvidia.com/gpu': 8 });
    expect(poolOf({ ...mega, fabric: 'none' })?.fabric.networks).toBeUndefined();
  });
});

test('an Arm pool and a queued pool carry the further taints of GKE', () => {
  expect(poolOf({ instanceType: 'a4x-highgpu-4g', minNodes: 18 })?.cloudTaints).toContainEqual({
    key: 'kubernetes.io/arch',
    value: 'arm64',
    effect: 'NoSchedule',
  });
  expect(poolOf({ ...l4, minNodes: 0, maxNodes: 4, capacity: Capacity.queued() })?.cloudTaints).toContainEqual({
    key: 'cloud.google.com/gke-queued',
    value: 'true',
    effect: 'NoSchedule',
  });
});

test('a reference to a service that was not asked for says how to get it', () => {
  const cluster = new AiCluster(new Platform({ name: 'p' }), 'east', {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1' }),
    kubernetesVersion: '1.35',
  });
  expect(() => cluster.ref('bucketName')).toThrow(/REF-005.*\n.*gcp\({ services: \['objectStore'\] }\)/);
});

describe('what GKE cannot honour is refused before anything is written or made', () => {
  test.each<[string, Wish, RegExp]>([
    [
      'a capacity block',
      { pools: { l4: { ...l4, capacity: Capacity.block('cr-1') } } },
      /CLOUD-002 at east\/l4: gcp does not sell nodes as 'block'\n.*Capacity\.reservation\(\)/,
    ],
    [
      'a highest price for spot nodes',
      { pools: { l4: { ...l4, capacity: Capacity.spot(1.5) } } },
      /CLOUD-009 at east\/l4: .*got 1\.5 an hour\n +Use Capacity\.spot\(\)/,
    ],
    ['no zone at all', { cloud: { zones: [] } }, /CLOUD-003 at east: a cluster in 0 zones/],
    [
      'a zone of another region',
      { cloud: { zones: ['us-central1-a', 'us-east1-b'] } },
      /CLOUD-003 at east: zone 'us-east1-b'.*\n +Name zones such as 'us-central1-a'/,
    ],
    [
      'a zone outside of the cluster',
      { cloud: { zones: ['us-central1-a'] }, pools: { l4: { ...l4, zone: 'us-central1-f' } } },
      /CLOUD-003 at east\/l4: zone 'us-central1-f'.*\n +Use one of us-central1-a, or/,
    ],
    [
      'a reservation without its zone',
      { pools: { l4: { ...l4, capacity: Capacity.reservation('q3') } } },
      /CLOUD-004 at east\/l4: reservation 'q3'.*\n +Set zone/,
    ],
    ['a range that is none', { cloud: { podCidr: '10.64.0.0' } }, /CLOUD-005 at east: podCidr '10\.64\.0\.0'/],
    [
      'ranges with addresses in common',
      { cloud: { nodeCidr: '10.65.0.0/20' } },
      /CLOUD-005 at east: nodeCidr 10\.65\.0\.0\/20 and podCidr 10\.64\.0\.0\/14 have addresses in common/,
    ],
    [
      "GKE's device plugin with another driver",
      { pools: { l4: { ...l4, driver: 'operator', devicePlugin: 'cloud' } } },
      /CLOUD-006 at east\/l4: the device plugin of GKE/,
    ],
    [
      "shared GPUs with GKE's device plugin",
      { pools: { l4: { ...l4, devicePlugin: 'cloud', sharing: Sharing.mps(2) } } },
      /POOL-005 at east\/l4: its GPUs are shared/,
    ],
    [
      'networks of GPUDirect-TCPXO that share addresses with the nodes',
      { cloud: { nodeCidr: '192.168.0.0/20' }, pools: { mega } },
      /CLOUD-005 at east: nodeCidr 192\.168\.0\.0\/20 and fabricCidr 192\.168\.0\.0\/16 have addresses in common/,
    ],
    [
      'GPUDirect-TCPXO with the driver of the operator',
      { pools: { mega: { ...mega, driver: 'operator' } } },
      /CLOUD-006 at east\/mega: GPUDirect-TCPXO works with the driver.*\n.*Or set fabric: 'none'/,
    ],
    [
      'GPUDirect-TCPXO on GPUs that are shared',
      { pools: { mega: { ...mega, sharing: Sharing.mps(2) } } },
      /CLOUD-006 at east\/mega: GPUDirect-TCPXO works with the driver/,
    ],
    [
      'flex-start nodes that are always there',
      { pools: { l4: { ...l4, maxNodes: 4, capacity: Capacity.flexStart(24) } } },
      /CLOUD-007 at east\/l4: nodes bought as 'flexStart' come and go, and the pool has 1 to 4\n +Set minNodes to 0/,
    ],
    [
      'a flex-start run of more than a week',
      { pools: { l4: { ...l4, minNodes: 0, maxNodes: 4, capacity: Capacity.flexStart(200) } } },
      /CLOUD-007 at east\/l4: a run of 200 hours\n.*1 to 168/,
    ],
    [
      'queued nodes that are always there',
      { pools: { l4: { ...l4, capacity: Capacity.queued() } } },
      /CLOUD-007 at east\/l4: nodes bought as 'queued'/,
    ],
    [
      'a system pool that keeps the agents of GKE off',
      { systemPool: { taints: [{ key: 'system', effect: 'NoSchedule' }] } },
      /CLOUD-008 at east\/system: system:NoSchedule/,
    ],
  ])('%s', (_, wish, message) => {
    expect(() => platformOf(wish).model()).toThrow(message);
  });

  test('all of it in one message', () => {
    const wish: Wish = {
      cloud: { zones: [], podCidr: 'x' },
      pools: { l4: { ...l4, capacity: Capacity.reservation('r') } },
    };
    expect(() => platformOf(wish).model()).toThrow(/CLOUD-003[\s\S]*CLOUD-005[\s\S]*CLOUD-004/);
  });
});
