import * as pulumi from '@pulumi/pulumi';
import { AiCluster, type AlibabaProps, alibaba, Capacity, type GpuNodePoolProps, Platform, Tenant } from 'cdk8s-ai';
import { type AlibabaOptions, alibabaResources } from 'cdk8s-ai/alibaba';
import { deploy } from 'cdk8s-ai/pulumi';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ComponentId } from '../../lib/components/index.ts';
import { isSecret, type Registered, run, UNKNOWN } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { kubernetesProvider, needs, ofType, one } from './registered.ts';

const a100 = { instanceType: 'ecs.ebmgn7e.32xlarge', minNodes: 2, maxNodes: 8 } as const;
const a10 = { instanceType: 'ecs.gn7i-c32g1.8xlarge', minNodes: 1 } as const;

interface Wish {
  readonly cloud?: Partial<AlibabaProps>;
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
  readonly tenants?: readonly string[];
  readonly options?: AlibabaOptions;
  readonly installed?: readonly ComponentId[];
}

function program({ cloud, pools = {}, tenants = [], options, installed = [] }: Wish) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: alibaba({ region: 'cn-hangzhou', ...cloud }),
    kubernetesVersion: '1.35',
    // The run is about the cloud alone.
    components: Object.fromEntries(['gpu-operator', ...installed].map((id) => [id, { installed: true }])),
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  for (const id of tenants) new Tenant(cluster, id, { quota: [] });
  return deploy(withoutSchemas(platform.model()), { alibaba: alibabaResources(options) });
}

const resourcesOf = async (wish: Wish, phase: 'up' | 'preview' = 'up') =>
  (await run(phase, () => program(wish))).resources;

const poolOf = async (props: GpuNodePoolProps) =>
  one(await resourcesOf({ pools: { pool: props } }), 'NodePool', 'east/pool').inputs;

describe('a cluster with an A100 pool that grows and a spot pool', () => {
  const wish: Wish = {
    pools: { a100, spare: { ...a10, capacity: Capacity.spot(12.5) } },
    tenants: ['vision'],
    cloud: { services: ['objectStore'] },
  };
  let up: readonly Registered[] = [];
  let preview: readonly Registered[] = [];
  beforeAll(async () => {
    up = await resourcesOf(wish);
    preview = await resourcesOf(wish, 'preview');
  });

  test('is the same set of resources in a preview and in an up', () => {
    const urns = (resources: readonly Registered[]) => resources.map(({ urn }) => urn).sort();
    expect(urns(preview)).toEqual(urns(up));
  });

  test('has names of its own on the cloud that are known when planning', () => {
    const own = ['name', 'nodePoolName', 'vpcName', 'vswitchName', 'natGatewayName', 'roleName', 'bucket'];
    const makers = /:(ManagedKubernetes|NodePool|Network|Switch|NatGateway|Role|Bucket)$/;
    const names = preview
      .filter(({ type }) => makers.test(type))
      .flatMap(({ inputs }) => own.map((key) => inputs[key]))
      .filter((name) => name !== undefined);
    expect(names).not.toContain(UNKNOWN);
    expect(names).toEqual(expect.arrayContaining(['east', 'east-nodes-1', 'east-cn-hangzhou-1234567890123456']));
  });

  test('spreads over three zones, with switches for nodes and pods that all have a way out', () => {
    const switches = ofType(up, 'Switch').map(({ name, inputs }) => [name, inputs['zoneId'], inputs['cidrBlock']]);
    expect(switches.sort()).toEqual([
      ['east/nodes-1', 'cn-hangzhou-g', '10.0.0.0/22'],
      ['east/nodes-2', 'cn-hangzhou-h', '10.0.4.0/22'],
      ['east/nodes-3', 'cn-hangzhou-i', '10.0.8.0/22'],
      ['east/pods-1', 'cn-hangzhou-g', '10.0.32.0/19'],
      ['east/pods-2', 'cn-hangzhou-h', '10.0.64.0/19'],
      ['east/pods-3', 'cn-hangzhou-i', '10.0.96.0/19'],
    ]);
    expect(ofType(up, 'SnatEntry').map(({ inputs }) => inputs['sourceVswitchId'])).toHaveLength(6);
    expect(needs(one(up, 'ManagedKubernetes', 'east/cluster'))).toContain('east/nat-6');
  });

  test('has a private and logged control plane of the newest release, which is not changed later', () => {
    const cluster = one(up, 'ManagedKubernetes', 'east/cluster');
    expect(cluster.inputs).toMatchObject({
      name: 'east',
      version: '1.35.4-aliyun.1',
      clusterSpec: 'ack.pro.small',
      slbInternetEnabled: false,
      enableRrsa: true,
      auditLogConfig: { enabled: true },
      deletionProtection: true,
      skipSetCertificateAuthority: true,
    });
    expect(cluster.ignoreChanges).toEqual(['addons', 'version']);
    const addons = cluster.inputs['addons'] as { name: string; config?: string }[];
    expect(addons.find(({ name }) => name === 'terway-eniip')?.config).toContain('"NetworkPolicy":"true"');
  });

  test('spells taints and labels as ACK does', () => {
    const { inputs } = one(up, 'NodePool', 'east/a100');
    expect(inputs['taints']).toEqual([{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }]);
    expect(inputs['imageType']).toBe('AliyunLinux3ContainerOptimized');
    expect(inputs['labels']).toEqual([
      { key: 'cdk8s-ai.dev/accelerator', value: 'A100-80GB' },
      { key: 'cdk8s-ai.dev/pool', value: 'a100' },
      { key: 'nvidia.com/gpu.deploy.operands', value: 'false' },
    ]);
  });

  test('sends the bounds of a pool that grows as a whole, and the size of others as a text', () => {
    const { inputs } = one(up, 'NodePool', 'east/a100');
    expect(inputs['scalingConfig']).toEqual({ enable: true, minSize: 2, maxSize: 8, type: 'gpu' });
    expect(inputs['desiredSize']).toBeUndefined();
    expect(one(up, 'NodePool', 'east/spare').inputs['desiredSize']).toBe('1');
    expect(one(up, 'AutoscalingConfig', 'east/autoscaler').inputs['scaleUpFromZero']).toBe(true);
  });

  test('pays for spot nodes no more than it is told', () => {
    expect(one(up, 'NodePool', 'east/spare').inputs).toMatchObject({
      spotStrategy: 'SpotWithPriceLimit',
      spotPriceLimits: [{ instanceType: 'ecs.gn7i-c32g1.8xlarge', priceLimit: '12.5' }],
    });
    expect(one(up, 'NodePool', 'east/a100').inputs['spotStrategy']).toBe('NoSpot');
  });

  test('lets the jobs of a tenant below their prefix in the bucket, by a role of their service account', () => {
    const role = JSON.parse(String(one(up, 'Role', 'east/tenant-vision').inputs['assumeRolePolicyDocument'])) as {
      Statement: { Condition: { StringEquals: Record<string, string[]> } }[];
    };
    expect(role.Statement[0]?.Condition.StringEquals['oidc:sub']).toEqual(['system:serviceaccount:vision:workload']);
    const policy = String(one(up, 'Policy', 'east/tenant-vision').inputs['policyDocument']);
    expect(policy).toContain('acs:oss:*:*:east-cn-hangzhou-1234567890123456/vision/*');
    expect(needs(kubernetesProvider(up))).toEqual(expect.arrayContaining(['east/system', 'east/tenant-vision']));
  });

  test('keeps the bucket private, and there when the program goes', () => {
    for (const kept of [one(up, 'Bucket', 'east/bucket'), one(up, 'BucketPublicAccessBlock', 'east/bucket')])
      expect(kept).toMatchObject({ protect: true, retainOnDelete: true });
  });

  test('has no credentials in its kubeconfig, which is secret all the same', () => {
    const provider = kubernetesProvider(up);
    expect(provider?.secrets).toEqual(['kubeconfig']);
    expect(provider?.inputs['clusterIdentifier']).toBe('id-east/cluster');
    const kubeconfig = JSON.parse(String(provider?.inputs['kubeconfig'])) as { users: { user: object }[] };
    expect(kubeconfig.users.map(({ user }) => user)).toEqual([
      { exec: expect.objectContaining({ command: 'ack-ram-tool', args: expect.arrayContaining(['id-east/cluster']) }) },
    ]);
  });
});

test('the references of a cluster are what the cloud gave it', async () => {
  const { result } = await run('up', () => program({ cloud: { services: ['objectStore'] } }));
  const refs = result.clusters['east']?.refs;
  expect(await new Promise((resolve) => pulumi.output(refs).apply(resolve))).toMatchObject({
    bucketName: 'east-cn-hangzhou-1234567890123456',
    certificateAuthority: 'Y2VydA==',
    clusterId: 'id-east/cluster',
    endpoint: 'https://10.0.0.3:6443',
    oidcIssuer: 'https://oidc.example.com',
    vpcId: 'id-east/vpc',
  });
  expect(await isSecret(refs?.['kubeconfig'])).toBe(true);
});

describe('a pool with eRDMA', () => {
  const pools = { l20: { instanceType: 'ecs.ebmgn8is.32xlarge', minNodes: 2 }, a10 };

  test('gets its interfaces from the add-on of ACK, which is there before its nodes', async () => {
    const resources = await resourcesOf({ pools });
    const addon = one(resources, 'KubernetesAddon', 'east/erdma-controller');
    expect(addon.inputs).toEqual({
      clusterId: 'id-east/cluster',
      name: 'ack-erdma-controller',
      config: '{"agent":{"allocateAllDevices":true,"preferDriver":"ofed"}}',
    });
    expect(needs(addon)).toContain('east/system');
    expect(needs(one(resources, 'NodePool', 'east/l20'))).toContain('east/erdma-controller');
    expect(needs(one(resources, 'NodePool', 'east/a10'))).not.toContain('east/erdma-controller');
  });

  test('has nodes that let containers lock memory, in one zone', async () => {
    const resources = await resourcesOf({ pools });
    const { preUserData, vswitchIds } = one(resources, 'NodePool', 'east/l20').inputs;
    expect(Buffer.from(String(preUserData), 'base64').toString()).toMatch(
      /^#!.*\n[\s\S]*'\[Service\]\\nLimitMEMLOCK=infinity/,
    );
    expect(vswitchIds).toHaveLength(1);
    expect(one(resources, 'NodePool', 'east/a10').inputs['preUserData']).toBeUndefined();
  });

  test('leaves the add-on to the team that says it is installed', async () => {
    const resources = await resourcesOf({ pools, installed: ['ack-erdma-controller'] });
    expect(ofType(resources, 'KubernetesAddon')).toEqual([]);
  });
});

describe('the options', () => {
  test('let administrators in, encrypt secrets with a key of the team, use a profile, and lift the protection', async () => {
    const resources = await resourcesOf({
      options: {
        administrators: { platform: '20001' },
        secretsKey: 'key-1',
        profile: 'ops',
        deletionProtection: false,
      },
    });
    expect(one(resources, 'KubernetesPermission', 'east/admin-platform').inputs).toEqual({
      uid: '20001',
      permissions: [{ cluster: 'id-east/cluster', roleType: 'cluster', roleName: 'admin' }],
    });
    expect(one(resources, 'ManagedKubernetes', 'east/cluster').inputs).toMatchObject({
      encryptionProviderKey: 'key-1',
      deletionProtection: false,
    });
    expect(kubernetesProvider(resources)?.inputs['kubeconfig']).toContain('"--profile-name","ops"');
  });

  test('name the release of the control plane, which then is upgraded with the name', async () => {
    const resources = await resourcesOf({ cloud: { release: '1.35.1-aliyun.1' } });
    const cluster = one(resources, 'ManagedKubernetes', 'east/cluster');
    expect(cluster.inputs['version']).toBe('1.35.1-aliyun.1');
    expect(cluster.ignoreChanges).toEqual(['addons']);
  });
});

describe('a pool', () => {
  test('from a private pool takes its nodes from it alone, in its zone', async () => {
    const inputs = await poolOf({ ...a10, capacity: Capacity.reservation('crp-1'), zone: 'cn-hangzhou-h' });
    expect(inputs).toMatchObject({
      privatePoolOptions: { privatePoolOptionsMatchCriteria: 'Target', privatePoolOptionsId: 'crp-1' },
      vswitchIds: ['id-east/nodes-2'],
    });
  });

  test('of spot nodes without a highest price follows the market', async () => {
    const inputs = await poolOf({ ...a10, capacity: Capacity.spot() });
    expect(inputs['spotStrategy']).toBe('SpotAsPriceGo');
    expect(inputs['spotPriceLimits']).toBeUndefined();
  });

  test('gets another name when what cannot be changed in place changes, and only then', async () => {
    const nameOf = async (change: Partial<GpuNodePoolProps>) => (await poolOf({ ...a10, ...change }))['nodePoolName'];
    const name = await nameOf({});
    expect(name).toMatch(/^east-pool-[0-9a-f]{8}$/);
    expect(await nameOf({ maxNodes: 9, labels: { team: 'a' } })).toBe(name);
    expect(await nameOf({ instanceType: 'ecs.gn7i-c32g1.16xlarge' })).not.toBe(name);
    expect(await nameOf({ capacity: Capacity.spot() })).not.toBe(name);
    expect(await nameOf({ zone: 'cn-hangzhou-g' })).not.toBe(name);
  });
});
