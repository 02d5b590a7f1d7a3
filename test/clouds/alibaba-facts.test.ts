import {
  AiCluster,
  type AlibabaProps,
  alibaba,
  Capacity,
  Framework,
  type GpuNodePoolProps,
  type InstanceType,
  Platform,
  Rdma,
  Scheduler,
  Sharing,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { isVpcCidr, MAX_ZONES, zoneAddresses } from '../../lib/clouds/alibaba/address-plan.ts';
import { tenantRoleName } from '../../lib/clouds/alibaba/identity.ts';
import { overlap, parseCidr } from '../../lib/clouds/cidr.ts';
import { at } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';
import { check } from '../../lib/policies/check.ts';

interface Wish {
  readonly cloud?: Partial<AlibabaProps>;
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
}

const a10 = { instanceType: 'ecs.gn7i-c32g1.8xlarge', minNodes: 1 } as const;

function platformOf({ cloud, pools = {} }: Wish): Platform {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: alibaba({ region: 'cn-hangzhou', ...cloud }),
    kubernetesVersion: '1.35',
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  return platform;
}

function modelOf(wish: Wish): ClusterModel {
  const [cluster] = platformOf(wish).model().clusters;
  if (cluster === undefined) throw new Error('no cluster');
  return cluster;
}

const operatorOf = (wish: Wish) => modelOf(wish).components.find(({ id }) => id === 'gpu-operator');

describe('GPUs on ACK', () => {
  test('need no GPU Operator, because ACK brings driver and device plugin', () => {
    expect(operatorOf({ pools: { a10 } })).toBeUndefined();
    expect(modelOf({ pools: { a10 } }).pools[0]).toMatchObject({
      driver: 'cloud',
      devicePlugin: 'cloud',
      cloudTaints: [],
    });
  });

  test("that are shared are advertised by the operator's device plugin alone, with the driver of ACK", () => {
    const wish: Wish = { pools: { a10: { ...a10, sharing: Sharing.timeSlicing(4) } } };
    expect(modelOf(wish).pools[0]?.labels['ack.node.gpu.schedule']).toBe('disabled');
    expect(operatorOf(wish)?.values).toMatchObject({
      driver: { enabled: false },
      toolkit: { enabled: false },
      devicePlugin: { enabled: true },
    });
  });
});

describe('eRDMA on ACK', () => {
  const l20 = { instanceType: 'ecs.ebmgn8is.32xlarge', minNodes: 2 } as const;
  const controllerOf = (wish: Wish) => modelOf(wish).components.find(({ id }) => id === 'ack-erdma-controller');

  test('is shared by the pods of a node, which ask for one place and get every interface', () => {
    const [pool] = modelOf({ pools: { l20: { ...l20, fabric: 'required' } } }).pools;
    expect(pool?.fabric).toEqual({
      kind: 'erdma',
      required: true,
      perNode: 2,
      resource: 'aliyun/erdma',
      sharedBy: 400,
    });
    expect(pool?.resources['aliyun/erdma']).toBe(400);
  });

  test('comes with an add-on that is no unit of ours, and whose agents tolerate whatever keeps others off', () => {
    const team = { key: 'team', value: 'a', effect: 'NoExecute' } as const;
    const cluster = modelOf({ pools: { l20: { ...l20, taints: [team] }, a10 } });
    expect(cluster.components.find(({ id }) => id === 'ack-erdma-controller')).toMatchObject({
      installed: false,
      neededBy: ['east/l20'],
      values: { agent: { preferDriver: 'ofed', allocateAllDevices: true } },
      agents: [{ name: 'alibabacloud-erdma-agent', runsOn: 'pools', pools: ['l20'] }],
    });
    expect(cluster.units.map(({ id }) => id)).not.toContain('ack-erdma-controller');
    expect(check(platformOf({ pools: { l20: { ...l20, taints: [team] } } }).model()).findings).toEqual([]);
  });

  test('needs no add-on where no pool has it, or where pods get at it by something else', () => {
    expect(controllerOf({ pools: { a10 } })).toBeUndefined();
    expect(controllerOf({ pools: { l20: { ...l20, fabric: 'none' } } })).toBeUndefined();
    expect(controllerOf({ pools: { l20: { ...l20, rdma: Rdma.advertised('rdma/hca') } } })).toBeUndefined();
  });

  test('gives each worker of a job one place, and names the transport where it is required', () => {
    const platform = new Platform({ name: 'p' });
    const cluster = new AiCluster(platform, 'east', {
      cloud: alibaba({ region: 'cn-hangzhou' }),
      kubernetesVersion: '1.35',
    });
    const pool = cluster.addGpuNodePool('l20', { ...l20, fabric: 'required' });
    const tenant = new Tenant(cluster, 'vision', { quota: [pool.gpus(2)] });
    new TrainingJob(new TrainingQueue(tenant, 'train', { scheduler: Scheduler.volcano() }), 'llm', {
      framework: Framework.pytorch(),
      pool,
      workers: 2,
      gpusPerWorker: 1,
      image: 'registry.example.com/llm:1',
    });
    const manifests = platform.model().clusters.flatMap(({ units }) => units.flatMap(({ objects }) => objects));
    const [pod] = manifests.flatMap(({ manifest }) => podTemplatesOf(manifest));
    const container = at(pod?.spec, 'containers', 0);
    expect(at(container, 'resources', 'limits', 'aliyun/erdma')).toBe('1');
    expect(at(container, 'env')).toEqual(
      expect.arrayContaining([
        { name: 'NCCL_NET', value: 'IB' },
        { name: 'NCCL_SOCKET_IFNAME', value: '=eth0' },
      ]),
    );
    expect(at(container, 'securityContext', 'capabilities', 'add')).toBeUndefined();
  });
});

/** A machine type as somebody registers it who does not know how many interfaces it has. */
function uncounted(): InstanceType {
  const known = alibaba({ region: 'cn-hangzhou' }).instanceTypes.get('ecs.ebmgn8is.32xlarge');
  if (known === undefined) throw new Error('not in the catalogue');
  return { ...known, name: 'ecs.new', fabric: { kind: 'erdma' } };
}

test('all ranges lie in the VPC and none overlaps another', () => {
  for (const vpcCidr of ['10.0.0.0/8', '10.0.0.0/16', '192.168.0.0/18']) {
    expect(isVpcCidr(vpcCidr)).toBe(true);
    const texts = Array.from({ length: MAX_ZONES }, (_, zone) => zoneAddresses(vpcCidr, zone)).flatMap(
      ({ nodeCidr, podCidr }) => [nodeCidr, podCidr],
    );
    const ranges = texts.flatMap((text) => parseCidr(text) ?? []);
    const vpc = parseCidr(vpcCidr);
    expect(ranges).toHaveLength(2 * MAX_ZONES);
    for (const [index, range] of ranges.entries()) {
      expect(vpc !== undefined && overlap(vpc, range) && range.prefix > vpc.prefix).toBe(true);
      expect(ranges.slice(index + 1).filter((other) => overlap(range, other))).toEqual([]);
    }
  }
});

test('the role of a tenant has a name that RAM takes, and that no other tenant has', () => {
  const long = 'a'.repeat(40);
  expect(tenantRoleName('east', 'cn-hangzhou', 'vision')).toBe('east-cn-hangzhou-tenant-vision');
  expect(tenantRoleName(long, 'ap-southeast-1', `${long}1`)).toHaveLength(64);
  expect(tenantRoleName(long, 'ap-southeast-1', `${long}1`)).not.toBe(
    tenantRoleName(long, 'ap-southeast-1', `${long}2`),
  );
});

describe('what ACK cannot honour is refused before anything is written or made', () => {
  test.each<[string, Wish, RegExp]>([
    [
      'queued nodes',
      { pools: { a10: { ...a10, capacity: Capacity.queued() } } },
      /CLOUD-002 at east\/a10: alibaba does not sell nodes as 'queued'/,
    ],
    [
      'more zones than there are ranges for',
      { cloud: { zones: 8 } },
      /CLOUD-003 at east: a cluster in 8 zones\n +Set zones to 1 to 7/,
    ],
    [
      'a zone outside of the cluster',
      { cloud: { zones: ['cn-hangzhou-g'] }, pools: { a10: { ...a10, zone: 'cn-hangzhou-k' } } },
      /CLOUD-003 at east\/a10: zone 'cn-hangzhou-k'/,
    ],
    [
      'a private pool without its zone',
      { pools: { a10: { ...a10, capacity: Capacity.reservation('crp-1') } } },
      /CLOUD-004 at east\/a10: private pool 'crp-1'.*\n +Set zone/,
    ],
    [
      'a network that is too small',
      { cloud: { vpcCidr: '10.0.0.0/24' } },
      /CLOUD-005 at east: '10\.0\.0\.0\/24' has no room.*\n.*10\.0\.0\.0\/16/,
    ],
    [
      'a driver that the operator brings',
      { pools: { a10: { ...a10, driver: 'operator' } } },
      /CLOUD-006 at east\/a10: ACK installs the driver.*\n +Set driver: 'cloud'/,
    ],
    [
      'a release of another minor version',
      { cloud: { release: '1.34.1-aliyun.1' } },
      /CLOUD-010 at east: release '1\.34\.1-aliyun\.1' is not one of Kubernetes 1\.35/,
    ],
    [
      'a fabric whose interfaces nobody has counted',
      {
        cloud: { instanceTypes: [uncounted()] },
        pools: { l20: { instanceType: 'ecs.new', minNodes: 2, fabric: 'required' } },
      },
      /FABRIC-001 at east\/l20: .*erdma.*\n +Register the machine type with the number/,
    ],
  ])('%s', (_, wish, message) => {
    expect(() => platformOf(wish).model()).toThrow(message);
  });
});
