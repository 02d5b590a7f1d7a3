import type { Manifest } from '../model/kubernetes.ts';
import type {
  ClusterModel,
  JobModel,
  PlatformModel,
  PoolModel,
  QueueModel,
  TenantModel,
  UnitModel,
} from '../model/platform-model.ts';

// The smallest platform that has one of everything: rules show their passing and failing case as a change to it.

const taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' } as const;

/** A pool of four to eight nodes with eight GPUs each. */
export const examplePool: PoolModel = {
  name: 'h100',
  path: 'example/east/h100',
  instanceType: 'p5.48xlarge',
  accelerator: { vendor: 'nvidia', model: 'H100', perNode: 8, memoryGiB: 80, resource: 'nvidia.com/gpu' },
  node: { cpu: 192, memoryGiB: 2048, arch: 'amd64' },
  allocatable: { cpuMillis: 190_000, memoryMiB: 2_000_000 },
  minNodes: 4,
  maxNodes: 8,
  capacity: { kind: 'onDemand' },
  labels: { 'cdk8s-ai.dev/pool': 'h100' },
  selector: { 'cdk8s-ai.dev/pool': 'h100' },
  taints: [taint],
  cloudTaints: [],
  resources: { 'nvidia.com/gpu': 8 },
  fabric: { kind: 'none', required: false, perNode: 0 },
  driver: 'operator',
  devicePlugin: 'operator',
};

/** A team that may use 32 of the 64 GPUs. */
export const exampleTenant: TenantModel = {
  name: 'vision',
  path: 'example/east/vision',
  namespace: 'vision',
  quota: [{ pool: 'h100', resource: 'nvidia.com/gpu', count: 32 }],
  pools: ['h100'],
  overcommit: 1,
};

/** A Volcano queue that is sure of 16 GPUs and entitled to 32. */
export const exampleQueue: QueueModel = {
  name: 'vision-pretrain',
  path: 'example/east/vision/pretrain',
  scheduler: 'volcano',
  tenant: 'vision',
  guarantee: [{ pool: 'h100', resource: 'nvidia.com/gpu', count: 16 }],
  deserved: [{ pool: 'h100', resource: 'nvidia.com/gpu', count: 32 }],
  capability: [],
  reclaimable: true,
};

/** A gang of two workers with eight GPUs each. */
export const exampleJob: JobModel = {
  name: 'resnet',
  path: 'example/east/vision/pretrain/resnet',
  namespace: 'vision',
  tenant: 'vision',
  queue: 'vision-pretrain',
  scheduler: 'volcano',
  pool: 'h100',
  workers: 2,
  minWorkers: 2,
  perWorker: { cpuMillis: 64_000, memoryMiB: 512_000, devices: { 'nvidia.com/gpu': 8 } },
};

/** A unit that holds the given objects. */
export function exampleUnit(...manifests: readonly Manifest[]): UnitModel {
  return {
    id: 'tenant-vision',
    kind: 'tenant',
    path: 'example/east/vision',
    runOnce: false,
    dependsOn: [],
    charts: [],
    objects: manifests.map((manifest) => ({ path: `example/east/vision/${manifest.metadata.name}`, manifest })),
  };
}

/** The example platform with some parts of its one cluster replaced. */
export function examplePlatform(changes: Partial<ClusterModel> = {}): PlatformModel {
  const cluster: ClusterModel = {
    name: 'east',
    path: 'example/east',
    cloud: {
      id: 'aws',
      region: 'us-east-1',
      settings: {},
      storageClasses: [
        { name: 'disks', isDefault: true },
        { name: 'files', accessModes: ['ReadWriteOnce', 'ReadWriteMany'] },
      ],
    },
    kubernetesVersion: '1.35',
    featureGates: [],
    systemPool: {
      path: 'example/east/system',
      minNodes: 2,
      maxNodes: 4,
      capacity: { kind: 'onDemand' },
      node: { cpu: 8, memoryGiB: 32, arch: 'amd64' },
      labels: { 'cdk8s-ai.dev/pool': 'system' },
      taints: [],
    },
    pools: [examplePool],
    tenants: [exampleTenant],
    queues: [exampleQueue],
    jobs: [exampleJob],
    datasets: [],
    services: [],
    components: [],
    units: [],
    ...changes,
  };
  return { name: 'example', clusters: [cluster], waivers: [] };
}
