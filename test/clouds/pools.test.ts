// Whatever pool a user writes down, its cloud makes the nodes that everything in the cluster assumes, or says why not.
import {
  AiCluster,
  alibaba,
  aws,
  azure,
  Capacity,
  existing,
  type GpuNodePoolProps,
  gcp,
  type InstanceType,
  Platform,
  Rdma,
} from 'cdk8s-ai';
import { alibabaResources } from 'cdk8s-ai/alibaba';
import { awsResources } from 'cdk8s-ai/aws';
import { azureResources } from 'cdk8s-ai/azure';
import { gcpResources } from 'cdk8s-ai/gcp';
import { type CloudResources, deploy, existingResources } from 'cdk8s-ai/pulumi';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cloud } from '../../lib/clouds/cloud.ts';
import type { Taint } from '../../lib/model/kubernetes.ts';
import type { PlatformModel, PoolModel } from '../../lib/model/platform-model.ts';
import { run } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { anyPool, type CloudWords } from './any-pool.ts';
import { type MadePool, readers } from './made-pools.ts';
import { ofType } from './registered.ts';

/** Stored, so that a failure in one place is a failure everywhere; FC_SEED looks elsewhere. */
const seed = Number(process.env['FC_SEED'] ?? 20_261_124);

/** A run with many pools costs little more than one with a single pool; a search for the smallest one must end. */
const limits = { seed, interruptAfterTimeLimit: 60_000 };
const someOf = (pool: fc.Arbitrary<GpuNodePoolProps>) => fc.array(pool, { minLength: 8, maxLength: 16 });

const GROUPS = '/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/capacityReservationGroups';

interface Scene {
  readonly cloud: Cloud;
  readonly resources: CloudResources;
  readonly words: Omit<CloudWords, 'instanceTypes'>;
}

const scenes: Readonly<Record<keyof typeof readers, Scene>> = {
  aws: {
    cloud: aws({ region: 'us-east-1', zones: ['us-east-1a', 'us-east-1b'] }),
    resources: { aws: awsResources() },
    words: {
      zones: ['us-east-1a', 'us-east-1b', 'us-east-1f'],
      reservation: 'cr-0123456789abcdef0',
      keys: ['nvidia.com/gpu', 'k8s.amazonaws.com/accelerator'],
    },
  },
  gcp: {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1', zones: ['us-central1-a', 'us-central1-b'] }),
    resources: { gcp: gcpResources() },
    words: {
      zones: ['us-central1-a', 'us-central1-b', 'us-east1-b'],
      reservation: 'h200-q3',
      keys: ['nvidia.com/gpu', 'kubernetes.io/arch', 'cloud.google.com/gke-queued'],
    },
  },
  azure: {
    cloud: azure({ subscriptionId: 's', location: 'eastus', zones: ['1', '2'] }),
    resources: { azure: azureResources() },
    words: {
      zones: ['1', '2', '3'],
      reservation: `${GROUPS}/g`,
      keys: ['nvidia.com/gpu', 'kubernetes.azure.com/accelerator', 'kubernetes.azure.com/scalesetpriority'],
    },
  },
  alibaba: {
    cloud: alibaba({ region: 'cn-hangzhou', zones: ['cn-hangzhou-h', 'cn-hangzhou-i'] }),
    resources: { alibaba: alibabaResources() },
    words: {
      zones: ['cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-z'],
      reservation: 'eap-bp67acfmxazb4p',
      keys: ['nvidia.com/gpu', 'ack.node.gpu.schedule'],
    },
  },
};

/** A cluster with the pools and nothing else. */
function modelOf(cloud: Cloud, pools: readonly GpuNodePoolProps[]): PlatformModel {
  const platform = new Platform({ name: 'p' });
  const installed = { installed: true } as const;
  const cluster = new AiCluster(platform, 'east', {
    cloud,
    kubernetesVersion: '1.35',
    components: {
      'aws-efa-k8s-device-plugin': installed,
      'cluster-autoscaler': installed,
      'gpu-operator': installed,
      'network-operator': installed,
    },
  });
  for (const [index, props] of pools.entries()) cluster.addGpuNodePool(`pool-${index}`, props);
  return platform.model();
}

/** What the library says against the pool; nothing when it is to be made. */
function problemsOf({ cloud, resources }: Scene, props: GpuNodePoolProps): readonly unknown[] {
  try {
    const [cluster] = modelOf(cloud, [props]).clusters;
    return cluster === undefined ? [] : (resources[cloud.id]?.refuse(cluster) ?? []);
  } catch (error) {
    return error instanceof AggregateError ? error.errors : [error];
  }
}

/** Taints in one order and one spelling: to Kubernetes no value is an empty one. */
function inOrder(taints: readonly Taint[]): readonly string[] {
  return taints.map(({ key, value = '', effect }) => `${key}=${value}:${effect}`).sort();
}

function expectMade(made: MadePool, pool: PoolModel): void {
  const { instanceType, minNodes, maxNodes, capacity, labels, driver, fabric, accelerator } = pool;
  expect(made).toMatchObject({ instanceType, minNodes, maxNodes, capacity, labels, driver });
  expect(made.labels).toEqual(labels);
  const asked = inOrder(made.taints);
  const added = inOrder(pool.cloudTaints).filter((taint) => !asked.includes(taint));
  expect([...asked, ...added].sort()).toEqual(inOrder(pool.taints));
  if (made.announced !== undefined)
    expect([...made.announced].sort()).toEqual(minNodes === 0 ? announcement(pool) : []);
  if (pool.zone !== undefined) expect(made.zones).toEqual([pool.zone]);
  if (made.accelerators !== undefined) expect(made.accelerators).toBe(accelerator.perNode);
  if (made.interfaces === Number.POSITIVE_INFINITY) expect(fabric.perNode).toBeGreaterThan(0);
  else if (made.interfaces !== undefined) expect(fabric.perNode).toBe(made.interfaces);
}

function announcement({ labels, taints, resources, allocatable }: PoolModel): readonly string[] {
  return [
    ...Object.entries(labels).map(([key, value]) => `label/${key}=${value}`),
    ...taints.map(({ key, value = '', effect }) => `taint/${key}=${value}:${effect}`),
    ...Object.entries(resources).map(([name, count]) => `resources/${name}=${count}`),
    ...(allocatable?.hugePagesMiB === undefined ? [] : [`resources/hugepages-2Mi=${allocatable.hugePagesMiB}Mi`]),
  ].sort();
}

/** The props are in the pool, so that what holds for the pool holds for them. */
function expectKept(pool: PoolModel, props: GpuNodePoolProps): void {
  const { instanceType, minNodes, maxNodes = minNodes, capacity = { kind: 'onDemand' } } = props;
  expect(pool).toMatchObject({ instanceType, minNodes, maxNodes, capacity, labels: props.labels ?? {} });
  expect(inOrder(pool.taints)).toEqual(expect.arrayContaining([...new Set(inOrder(props.taints ?? []))]));
  for (const name of ['zone', 'sharing', 'driver', 'devicePlugin'] as const)
    if (props[name] !== undefined) expect(pool[name]).toEqual(props[name]);
  if (props.fabric === 'none') expect(pool.fabric.kind).toBe('none');
  if (props.fabric === 'required' || props.rdma !== undefined) expect(pool.fabric.perNode).toBeGreaterThan(0);
  if (props.rdma?.mode === 'advertised') expect(pool.fabric.resource).toBe(props.rdma.resource);
  if (props.rdma?.mode === 'shared') expect(pool.fabric.rdma?.mode).toBe('shared');
  if (props.node?.memoryGiB !== undefined) expect(pool.node.memoryGiB).toBe(props.node.memoryGiB);
  // What workloads select is what the nodes carry.
  expect(pool.labels).toMatchObject(pool.selector);
}

describe.each(Object.keys(scenes) as (keyof typeof scenes)[])('any pool on %s', (id) => {
  const scene = scenes[id];
  const pool = anyPool({ ...scene.words, instanceTypes: [...scene.cloud.instanceTypes.keys()] });

  test('that is refused is refused with a code and a way out', () => {
    let refused = 0;
    fc.assert(
      fc.property(pool, (props) => {
        for (const problem of problemsOf(scene, props)) {
          refused++;
          expect(problem).toMatchObject({
            name: 'PlatformError',
            code: expect.stringMatching(/^(CLOUD|POOL|FABRIC)-\d{3}$/),
            where: expect.stringContaining('east'),
            fix: expect.stringMatching(/\w/),
          });
        }
      }),
      { seed, numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('that is not refused is made as everything in the cluster assumes, no prop left out', async () => {
    const accepted = pool.filter((props) => problemsOf(scene, props).length === 0);
    await fc.assert(
      fc.asyncProperty(someOf(accepted), async (pools) => {
        const model = modelOf(scene.cloud, pools);
        const { resources } = await run('up', () => deploy(withoutSchemas(model), scene.resources));
        for (const [index, props] of pools.entries()) {
          const found = model.clusters[0]?.pools.find(({ name }) => name === `pool-${index}`);
          if (found === undefined) throw new Error(`pool ${index} is lost`);
          expectKept(found, props);
          expectMade(readers[id](resources, found.name), found);
        }
      }),
      { ...limits, numRuns: 3 },
    );
  }, 120_000);
});

test('a pool of an existing cluster is as it is: nothing makes it, and what would have to make it is refused', async () => {
  const cloud = existing({ context: 'lab' });
  const words = { zones: ['a'], reservation: 'r', keys: ['nvidia.com/gpu'] };
  const scene = { cloud, resources: { existing: existingResources() }, words };
  const pool = anyPool({ ...words, instanceTypes: [...cloud.instanceTypes.keys()] }).map((props) => ({
    ...props,
    labels: { rack: 'a', ...props.labels },
  }));
  const accepted = pool.filter((props) => problemsOf(scene, props).length === 0);
  await fc.assert(
    fc.asyncProperty(someOf(accepted), async (pools) => {
      const model = modelOf(cloud, pools);
      for (const [index, props] of pools.entries()) {
        const found = model.clusters[0]?.pools.find(({ name }) => name === `pool-${index}`);
        if (found === undefined) throw new Error(`pool ${index} is lost`);
        expectKept(found, props);
        expect(found).toMatchObject({ capacity: { kind: 'onDemand' }, minNodes: found.maxNodes });
        expect(found.zone).toBeUndefined();
      }
      const { resources } = await run('up', () => deploy(withoutSchemas(model), scene.resources));
      expect(ofType(resources, 'NodePool')).toEqual([]);
    }),
    { ...limits, numRuns: 3 },
  );
}, 120_000);

const l4 = { instanceType: 'g2-standard-4', minNodes: 1 };
const leases = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'lease', effect: effect as Taint['effect'] }));

// Each was once left out, or made as something else, without a word.
test.each<[string, string, GpuNodePoolProps, Cloud?]>([
  ['no node at all on EKS', 'CLOUD-007', { instanceType: 'g6.xlarge', minNodes: 0 }, scenes.aws.cloud],
  [
    'two taints of a key where there may be no node to look at',
    'CLOUD-008',
    { instanceType: 'g6.xlarge', minNodes: 0, maxNodes: 1, taints: leases },
    scenes.aws.cloud,
  ],
  [
    'interfaces of GKE that nobody makes networks for',
    'CLOUD-007',
    { instanceType: 'a3-megagpu-8g', minNodes: 1, rdma: Rdma.advertised('rdma/ib') },
  ],
  [
    'a zone of another region',
    'CLOUD-003',
    { ...l4, zone: 'us-east1-b' },
    gcp({ project: 'p', region: 'us-central1' }),
  ],
  [
    'a machine type whose GPUs GKE cannot be told',
    'CLOUD-010',
    { instanceType: 'g9', minNodes: 1 },
    gcp({ project: 'p', region: 'us-central1', instanceTypes: [unnamed()] }),
  ],
  [
    'a highest price that no node has',
    'CLOUD-009',
    { instanceType: 'Standard_NC4as_T4_v3', minNodes: 1, capacity: Capacity.spot(0) },
    scenes.azure.cloud,
  ],
  ['a label that the pool itself sets otherwise', 'POOL-006', { ...l4, labels: { 'cdk8s-ai.dev/pool': 'a' } }],
  ['a fabric that is left out and asked for', 'FABRIC-002', { ...l4, fabric: 'none', rdma: Rdma.shared() }],
  [
    'a zone for nodes that are there',
    'CLOUD-003',
    { instanceType: 'dgx-h100', minNodes: 1, labels: { rack: 'a' }, zone: 'a' },
    existing(),
  ],
])('%s is refused as %s', (_, code, props, cloud = scenes.gcp.cloud) => {
  expect(problemsOf({ ...scenes.gcp, cloud, resources: {} }, props)).toMatchObject([{ code }]);
});

/** A machine type that is registered without the name of its GPUs. */
function unnamed(): InstanceType {
  const known = scenes.gcp.cloud.instanceTypes.get(l4.instanceType);
  if (known === undefined) throw new Error(`${l4.instanceType} is not in the catalogue`);
  const { cloudName: _, ...accelerator } = known.accelerator;
  return { ...known, name: 'g9', accelerator };
}
