import {
  AiCluster,
  aws,
  existing,
  type FabricModel,
  Framework,
  type GpuNodePoolProps,
  Platform,
  PlatformError,
  Rdma,
  Scheduler,
  Tenant,
  TrainingJob,
  type TrainingJobProps,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf, stringMap } from '../../lib/model/kubernetes.ts';

const taints = [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }] as const;
const eight = Array.from({ length: 8 }, (_, index) => `ens${index}np0`);
const roce = { instanceType: 'hgx-h100-8', node: { cpu: 192, memoryGiB: 2048 } } as const;

/** A platform on racks of one's own with one pool; DGX machines have InfiniBand, HGX machines RoCE. */
function racks(pool: Partial<GpuNodePoolProps>) {
  const platform = new Platform({ name: 'lab' });
  const cluster = new AiCluster(platform, 'hall', { cloud: existing(), kubernetesVersion: '1.35' });
  const dgx = cluster.addGpuNodePool('dgx', {
    instanceType: 'dgx-h100',
    minNodes: 4,
    labels: { rack: 'a' },
    taints,
    ...pool,
  });
  return { platform, cluster, dgx };
}

function withJob(pool: Partial<GpuNodePoolProps>, job: Partial<TrainingJobProps> = {}) {
  const { platform, cluster, dgx } = racks(pool);
  const vision = new Tenant(cluster, 'vision', { quota: [dgx.gpus(32)] });
  const queue = new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano() });
  new TrainingJob(queue, 'llm', {
    framework: Framework.pytorch(),
    pool: dgx,
    workers: 4,
    gpusPerWorker: 8,
    image: 'registry.example.com/llm:1',
    ...job,
  });
  const objects = platform.model().clusters.flatMap(({ units }) => units.flatMap((unit) => unit.objects));
  const manifests = objects.map(({ manifest }) => manifest);
  const [template] = manifests.filter(({ kind }) => kind === 'Job').flatMap(podTemplatesOf);
  if (template === undefined) throw new Error('no pods');
  return { platform, manifests, template, container: at(template.spec, 'containers', 0) };
}

function environmentOf(container: ReturnType<typeof at>) {
  return Object.fromEntries(objectsIn(at(container, 'env')).map(({ name, value }) => [String(name), value]));
}

function problemOf(action: () => unknown): PlatformError {
  try {
    action();
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the fabric of racks that exist', () => {
  test('is not used unless the pool says how pods get at it', () => {
    expect(racks({}).dgx.pool.fabric.kind).toBe('none');
    expect(problemOf(() => racks({ fabric: 'required' }))).toMatchObject({
      code: 'FABRIC-001',
      fix: expect.stringContaining('Rdma.shared()'),
    });
  });

  test('shared by the pods of a node, is one resource with more places than a node has GPUs', () => {
    const { pool } = racks({ rdma: Rdma.shared() }).dgx;
    expect(pool.fabric).toEqual<FabricModel>({
      kind: 'infiniband',
      required: false,
      perNode: 8,
      lockedMemory: 'limited',
      rdma: { mode: 'shared', interfaces: [], devices: { 'rdma/dgx': 63 }, driver: 'host', networks: [] },
    });
    expect(pool.resources).toEqual({ 'nvidia.com/gpu': 8, 'rdma/dgx': 63 });
  });

  test('with a function of each interface for a pod, is a resource for each interface, by names without hyphens', () => {
    const { cluster } = racks({});
    const pool = cluster.addGpuNodePool('dgx-b', {
      instanceType: 'dgx-h100',
      minNodes: 2,
      labels: { rack: 'b' },
      rdma: Rdma.sriov({ interfaces: ['ib0', 'ib1'], functions: 4 }),
    }).pool;
    expect(pool.fabric.rdma?.devices).toEqual({ 'rdma/dgx_b_0': 4, 'rdma/dgx_b_1': 4 });
    expect(pool.fabric.perNode).toBe(2);
  });

  test('advertised by somebody else, goes by the name that they gave it', () => {
    const { fabric, resources } = racks({ rdma: Rdma.advertised('rdma/ib', { lockedMemory: 'unlimited' }) }).dgx.pool;
    expect(fabric).toEqual({ kind: 'infiniband', required: false, perNode: 8, resource: 'rdma/ib' });
    expect(resources).toEqual({ 'nvidia.com/gpu': 8, 'rdma/ib': 8 });
  });

  test('advertised as places for pods, is one place for each worker, however many GPUs it has', () => {
    const rdma = Rdma.advertised('rdma/hca', { sharedBy: 63 });
    expect(racks({ rdma }).dgx.pool.resources).toEqual({ 'nvidia.com/gpu': 8, 'rdma/hca': 63 });
    for (const gpusPerWorker of [1, 8]) {
      const { container } = withJob({ rdma }, { gpusPerWorker });
      expect(at(container, 'resources', 'limits', 'rdma/hca')).toBe('1');
    }
  });

  test('on RoCE has a network for each interface, with room for every pod', () => {
    const { pool } = racks({
      ...roce,
      rdma: Rdma.sriov({ interfaces: eight, functions: 4, addresses: '10.64.0.0/16' }),
    }).dgx;
    const networks = pool.fabric.rdma?.networks ?? [];
    expect(networks.map(({ name, subnet }) => [name, subnet]).slice(0, 3)).toEqual([
      ['dgx-0', '10.64.0.0/19'],
      ['dgx-1', '10.64.32.0/19'],
      ['dgx-2', '10.64.64.0/19'],
    ]);
    expect(networks).toHaveLength(8);
    expect(new Set(networks.map(({ addressesPerNode }) => addressesPerNode))).toEqual(new Set([4]));
  });

  test.each<[string, Partial<GpuNodePoolProps>, RegExp]>([
    ['RoCE without addresses', { ...roce, rdma: Rdma.shared({ interfaces: eight }) }, /need addresses/],
    ['addresses without interfaces', { rdma: Rdma.shared({ addresses: '10.64.0.0/16' }) }, /not the interfaces/],
    ['no addresses at all', { rdma: Rdma.shared({ interfaces: eight, addresses: '10.64.0.1/16' }) }, /no range/],
    ['no name of an interface', { rdma: Rdma.shared({ interfaces: ['ib0,ib1'] }) }, /'ib0,ib1' is no name/],
    ['half a function', { rdma: Rdma.sriov({ interfaces: eight, functions: 0.5 }) }, /functions is 0.5/],
    [
      'GPUs of another vendor',
      { instanceType: 'mi300x-8', rdma: Rdma.shared({ interfaces: eight, addresses: '10.64.0.0/16' }) },
      /GPU Operator/,
    ],
  ])('is refused with %s', (_, pool, message) => {
    const problem = problemOf(() => racks(pool));
    expect(problem).toMatchObject({ code: 'FABRIC-002', where: 'hall/dgx' });
    expect(problem.what).toMatch(message);
  });

  test('is refused where the machine type has none, and where Network Operator does not serve it', () => {
    const platform = new Platform({ name: 'cloud' });
    const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
    const add = (instanceType: string) => () =>
      cluster.addGpuNodePool(instanceType.replaceAll('.', '-'), { instanceType, minNodes: 1, rdma: Rdma.shared() });
    expect(problemOf(add('g6.4xlarge'))).toMatchObject({ code: 'FABRIC-001' });
    expect(problemOf(add('p5.48xlarge'))).toMatchObject({ code: 'FABRIC-002', what: expect.stringContaining('efa') });
  });

  test('tells the smallest range that has room', () => {
    const pool = (addresses: string) => ({ ...roce, rdma: Rdma.shared({ interfaces: eight, addresses }) });
    const { fix } = problemOf(() => racks(pool('10.64.0.0/24')));
    const [range = ''] = /\d+\.\d+\.\d+\.\d+\/\d+/.exec(fix) ?? [];
    expect(range).toBe('10.64.0.0/23');
    expect(() => racks(pool(range))).not.toThrow();
  });
});

describe('a job on the fabric', () => {
  test('takes a place on the shared interfaces, however many GPUs its workers have', () => {
    for (const gpusPerWorker of [1, 8]) {
      const { container } = withJob({ rdma: Rdma.shared() }, { gpusPerWorker });
      expect(at(container, 'resources', 'limits', 'rdma/dgx')).toBe('1');
    }
  });

  test('takes one function of every interface, and attaches to its network', () => {
    const rdma = Rdma.sriov({ interfaces: eight, functions: 4, addresses: '10.64.0.0/16' });
    const { manifests, template, container } = withJob({ ...roce, rdma });
    const limits = stringMap(at(container, 'resources', 'limits'));
    expect(Object.keys(limits).filter((name) => name.startsWith('rdma/'))).toHaveLength(8);
    const networks = manifests.filter(({ kind }) => kind === 'NetworkAttachmentDefinition');
    expect(template.annotations['k8s.v1.cni.cncf.io/networks']?.split(',')).toEqual(
      networks.map(({ metadata }) => metadata.name),
    );
    expect(networks[1]).toMatchObject({
      metadata: { namespace: 'vision', annotations: { 'k8s.v1.cni.cncf.io/resourceName': 'rdma/dgx_1' } },
    });
    expect(JSON.parse(String(at(networks[1]?.['spec'], 'config')))).toMatchObject({
      type: 'host-device',
      ipam: { type: 'nv-ipam', poolName: 'dgx-1' },
    });
  });

  test.each([
    ['IP over InfiniBand', {}, 'ipoib'],
    ['a macvlan on RoCE', roce, 'macvlan'],
  ])('reaches shared interfaces with addresses by %s', (_, pool, type) => {
    const rdma = Rdma.shared({ interfaces: eight, addresses: '10.64.0.0/16' });
    const { manifests } = withJob({ ...pool, rdma });
    const network = manifests.find(({ kind }) => kind === 'NetworkAttachmentDefinition');
    expect(JSON.parse(String(at(network?.['spec'], 'config')))).toMatchObject({ type, master: 'ens0np0' });
  });

  test('names the transport where the fabric is required, so that NCCL does not fall back to TCP', () => {
    const required = withJob({ rdma: Rdma.shared(), fabric: 'required' });
    expect(environmentOf(required.container)).toMatchObject({ NCCL_NET: 'IB', NCCL_SOCKET_IFNAME: '=eth0' });
    expect(environmentOf(withJob({ rdma: Rdma.shared() }).container)).not.toHaveProperty('NCCL_NET');
  });

  test('may say otherwise in its own environment', () => {
    const env = { NCCL_NET: 'IBext_v9' };
    const { container } = withJob({ rdma: Rdma.shared(), fabric: 'required' }, { env });
    expect(objectsIn(at(container, 'env')).filter(({ name }) => name === 'NCCL_NET')).toEqual([
      { name: 'NCCL_NET', value: 'IBext_v9' },
    ]);
  });

  test('gets IPC_LOCK as root on nodes that limit locked memory, and in no other case', () => {
    const added = (rdma: GpuNodePoolProps['rdma'], runAsUser: number) =>
      at(
        withJob(rdma === undefined ? {} : { rdma }, { runAsUser }).container,
        'securityContext',
        'capabilities',
        'add',
      );
    expect(added(Rdma.shared(), 0)).toEqual(['IPC_LOCK']);
    expect(added(Rdma.shared(), 1000)).toBeUndefined();
    expect(added(Rdma.shared({ lockedMemory: 'unlimited' }), 0)).toBeUndefined();
    expect(added(undefined, 0)).toBeUndefined();
  });

  test('with one worker has nobody to reach, and takes nothing of it', () => {
    const { template, container } = withJob(
      { ...roce, rdma: Rdma.shared({ interfaces: eight, addresses: '10.64.0.0/16' }), fabric: 'required' },
      { workers: 1 },
    );
    expect(at(container, 'resources', 'limits', 'rdma/dgx')).toBeUndefined();
    expect(template.annotations).not.toHaveProperty('k8s.v1.cni.cncf.io/networks');
    expect(environmentOf(container)).not.toHaveProperty('NCCL_NET');
  });
});

describe('a required fabric on EKS', () => {
  function onEks(gpusPerWorker: number) {
    const platform = new Platform({ name: 'research' });
    const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
    const p5 = cluster.addGpuNodePool('p5', { instanceType: 'p5.48xlarge', minNodes: 2, fabric: 'required' });
    const queue = new TrainingQueue(new Tenant(cluster, 'vision', { quota: [p5.gpus(16)] }), 'train', {
      scheduler: Scheduler.volcano(),
    });
    new TrainingJob(queue, 'llm', {
      framework: Framework.pytorch(),
      pool: p5,
      workers: 2,
      gpusPerWorker,
      image: 'registry.example.com/llm:1',
    });
    const [template] = platform
      .model()
      .clusters.flatMap(({ units }) => units.flatMap(({ objects }) => objects))
      .flatMap(({ manifest }) => podTemplatesOf(manifest));
    return at(template?.spec, 'containers', 0);
  }

  test("gives workers their share of interfaces and of the node's huge pages", () => {
    expect(at(onEks(8), 'resources', 'limits')).toMatchObject({
      'vpc.amazonaws.com/efa': '32',
      'hugepages-2Mi': '5120Mi',
    });
    expect(at(onEks(3), 'resources', 'requests')).toMatchObject({
      'vpc.amazonaws.com/efa': '12',
      'hugepages-2Mi': '1920Mi',
    });
  });

  test('knows that the nodes set huge pages aside, and have that much less of other memory', () => {
    const platform = new Platform({ name: 'research' });
    const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
    const [with_, without] = (['required', 'none'] as const).map(
      (fabric) =>
        cluster.addGpuNodePool(fabric, { instanceType: 'p5.48xlarge', minNodes: 2, maxNodes: 4, fabric }).pool
          .allocatable,
    );
    expect(with_).toMatchObject({ hugePagesMiB: 10_256, memoryMiB: (without?.memoryMiB ?? 0) - 10_256 });
    expect(without).not.toHaveProperty('hugePagesMiB');
  });

  test('names provider and plugin', () => {
    expect(environmentOf(onEks(8))).toMatchObject({ FI_PROVIDER: 'efa', NCCL_NET: 'AWS Libfabric' });
  });
});
