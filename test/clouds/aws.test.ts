import * as pulumi from '@pulumi/pulumi';
import {
  AiCluster,
  type AiClusterProps,
  type AwsProps,
  aws,
  Capacity,
  type GpuNodePoolProps,
  Platform,
  type SystemPoolProps,
} from 'cdk8s-ai';
import { type AwsOptions, awsResources } from 'cdk8s-ai/aws';
import { deploy } from 'cdk8s-ai/pulumi';
import { beforeAll, describe, expect, test } from 'vitest';
import { networkInterfaces } from '../../lib/clouds/aws/efa.ts';
import { isSecret, type Registered, run, UNKNOWN } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';

const h100 = { instanceType: 'p5.48xlarge', minNodes: 4, maxNodes: 16, fabric: 'required' } as const;

interface Wish {
  readonly cloud?: Partial<AwsProps>;
  readonly systemPool?: SystemPoolProps;
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
  readonly options?: AwsOptions;
  readonly components?: AiClusterProps['components'];
}

/** Deploys a cluster without the components of GPU pools, so that the run is about the cloud alone. */
function program({ cloud, systemPool, pools = {}, options, components }: Wish) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: aws({ region: 'us-east-1', ...cloud }),
    kubernetesVersion: '1.35',
    ...(systemPool === undefined ? {} : { systemPool }),
    components: {
      'gpu-operator': { installed: true },
      'aws-efa-k8s-device-plugin': { installed: true },
      ...components,
    },
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  return deploy(withoutSchemas(platform.model()), { aws: awsResources(options) });
}

const resourcesOf = async (wish: Wish, phase: 'up' | 'preview' = 'up') =>
  (await run(phase, () => program(wish))).resources;

function ofType(resources: readonly Registered[], type: string): readonly Registered[] {
  return resources.filter((resource) => resource.type.endsWith(`:${type}`));
}

function one(resources: readonly Registered[], type: string, name: string): Registered {
  const [found, ...rest] = ofType(resources, type).filter((resource) => resource.name === name);
  if (found === undefined || rest.length > 0) throw new Error(`not one ${type} is called ${name}`);
  return found;
}

describe('a cluster with an H100 pool on EFA and an L4 pool', () => {
  const wish: Wish = { pools: { h100, l4: { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 20 } } };
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
    const names = preview
      .flatMap(({ inputs }) => ['name', 'nodeGroupName'].map((key) => inputs[key]))
      .filter((name) => name !== undefined);
    expect(names).not.toContain(UNKNOWN);
    expect(names).toContain('east-us-east-1-node');
  });

  test('spreads over three zones, each with its own way out', () => {
    const subnets = ofType(up, 'Subnet');
    expect(subnets.map(({ name, inputs }) => [name, inputs['availabilityZone']]).sort()).toEqual(
      ['private', 'public'].flatMap((kind) =>
        ['a', 'b', 'c'].map((zone, index) => [`east/${kind}-${index + 1}`, `us-east-1${zone}`]),
      ),
    );
    expect(
      ofType(up, 'NatGateway')
        .map(({ inputs }) => inputs['subnetId'])
        .sort(),
    ).toEqual(['id-east/public-1', 'id-east/public-2', 'id-east/public-3']);
    expect(one(up, 'Route', 'east/private-2').inputs).toMatchObject({
      natGatewayId: 'id-east/nat-2',
      routeTableId: 'id-east/private-2',
    });
    expect(one(up, 'VpcEndpoint', 'east/s3').inputs['routeTableIds']).toHaveLength(3);
  });

  test('has a private, encrypted, logged and protected control plane', () => {
    const { inputs } = one(up, 'Cluster', 'east/cluster');
    expect(inputs).toMatchObject({
      name: 'east',
      version: '1.35',
      vpcConfig: {
        endpointPrivateAccess: true,
        endpointPublicAccess: false,
        subnetIds: ['id-east/private-1', 'id-east/private-2', 'id-east/private-3'],
      },
      accessConfig: { authenticationMode: 'API' },
      encryptionConfig: { resources: ['secrets'] },
      deletionProtection: true,
    });
    expect(inputs['enabledClusterLogTypes']).toContain('audit');
  });

  test('makes nodes once they can get addresses, images and credentials', () => {
    const needed = one(up, 'NodeGroup', 'east/h100').dependencies.map((urn) => urn.slice(urn.lastIndexOf('::') + 2));
    expect(needed).toEqual(
      expect.arrayContaining([
        'east/vpc-cni',
        'east/eks-pod-identity-agent',
        'east/private-1',
        'east/node-AmazonEKSWorkerNodePolicy',
      ]),
    );
  });

  test('waits for its system nodes before anything goes into the cluster', () => {
    const provider = ofType(up, 'kubernetes').find(({ type }) => type === 'pulumi:providers:kubernetes');
    expect(provider?.dependencies).toEqual(
      expect.arrayContaining([one(up, 'NodeGroup', 'east/system').urn, one(up, 'Addon', 'east/coredns').urn]),
    );
    expect(provider?.inputs['clusterIdentifier']).toBe('https://east-cluster.eks.example.com');
  });

  test('spells taints as EKS does and carries the labels of the pool', () => {
    const { inputs } = one(up, 'NodeGroup', 'east/h100');
    expect(inputs['taints']).toEqual([{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }]);
    expect(inputs['labels']).toEqual({
      'cdk8s-ai.dev/pool': 'h100',
      'cdk8s-ai.dev/accelerator': 'H100',
      'cdk8s-ai.dev/fabric': 'efa',
      'k8s.amazonaws.com/accelerator': 'nvidia-h100',
    });
    expect(one(up, 'NodeGroup', 'east/l4').inputs).toMatchObject({
      amiType: 'AL2023_x86_64_NVIDIA',
      capacityType: 'ON_DEMAND',
      instanceTypes: ['g6.4xlarge'],
    });
  });

  test('leaves the size to whoever scales the pool', () => {
    const group = one(up, 'NodeGroup', 'east/h100');
    expect(group.inputs['scalingConfig']).toEqual({ minSize: 4, maxSize: 16, desiredSize: 4 });
    expect(group.ignoreChanges).toEqual(['scalingConfig.desiredSize']);
  });

  test('keeps a pool with EFA in one zone and one placement group, and others in all zones', () => {
    expect(one(up, 'NodeGroup', 'east/h100').inputs['subnetIds']).toEqual(['id-east/private-1']);
    expect(one(up, 'NodeGroup', 'east/l4').inputs['subnetIds']).toHaveLength(3);
    expect(one(up, 'PlacementGroup', 'east/h100').inputs).toEqual({ name: 'east-h100', strategy: 'cluster' });
    expect(one(up, 'LaunchTemplate', 'east/h100').inputs['placement']).toEqual({ groupName: 'east-h100' });
  });

  test('gives every network card of a p5 one adapter, within a group that talks to itself alone', () => {
    const interfaces = one(up, 'LaunchTemplate', 'east/h100').inputs['networkInterfaces'] as readonly Record<
      string,
      unknown
    >[];
    expect(interfaces).toHaveLength(33);
    expect(
      interfaces
        .filter(({ interfaceType }) => interfaceType === 'efa-only')
        .map(({ networkCardIndex }) => networkCardIndex),
    ).toEqual([...Array(32).keys()]);
    expect(interfaces.every(({ securityGroups }) => (securityGroups as unknown[])[1] === 'id-east/h100-efa')).toBe(
      true,
    );
    const rule = { protocol: '-1', fromPort: 0, toPort: 0, self: true };
    expect(one(up, 'SecurityGroup', 'east/h100-efa').inputs).toMatchObject({ ingress: [rule], egress: [rule] });
    expect(one(up, 'LaunchTemplate', 'east/l4').inputs['networkInterfaces']).toBeUndefined();
  });

  test('keeps pods away from the metadata of their node, and disks encrypted', () => {
    for (const { inputs } of ofType(up, 'LaunchTemplate')) {
      expect(inputs['metadataOptions']).toEqual({
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
      });
      expect(inputs['blockDeviceMappings']).toMatchObject([{ ebs: { encrypted: 'true', volumeType: 'gp3' } }]);
    }
  });

  test('has no credentials in its kubeconfig, which is secret all the same', async () => {
    const provider = up.find(({ type }) => type === 'pulumi:providers:kubernetes');
    expect(provider?.secrets).toEqual(['kubeconfig']);
    const kubeconfig = JSON.parse(String(provider?.inputs['kubeconfig'])) as { users: { user: object }[] };
    expect(kubeconfig.users.map(({ user }) => user)).toEqual([
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1beta1',
          command: 'aws',
          args: ['eks', 'get-token', '--cluster-name', 'east', '--region', 'us-east-1', '--output', 'json'],
        },
      },
    ]);
  });
});

describe('the autoscaler', () => {
  test('may resize the node groups of its own cluster and no others, as the account that its chart makes', async () => {
    const up = await resourcesOf({});
    expect(one(up, 'PodIdentityAssociation', 'east/cluster-autoscaler').inputs).toMatchObject({
      clusterName: 'east',
      namespace: 'cluster-autoscaler',
      serviceAccount: 'cluster-autoscaler',
      roleArn: 'arn:aws:test:::east/cluster-autoscaler',
    });
    const policy = JSON.parse(String(one(up, 'RolePolicy', 'east/cluster-autoscaler').inputs['policy'])) as {
      Statement: { Action: string[]; Condition?: object }[];
    };
    const changing = policy.Statement.filter(({ Action }) => Action.some((action) => !/:(Describe|Get)/.test(action)));
    expect(changing).toMatchObject([{ Condition: { StringEquals: { 'aws:ResourceTag/eks:cluster-name': 'east' } } }]);
  });

  test('has its rights before anything starts in the cluster', async () => {
    const up = await resourcesOf({});
    const provider = up.find(({ type }) => type === 'pulumi:providers:kubernetes');
    expect(provider?.dependencies).toContain(one(up, 'PodIdentityAssociation', 'east/cluster-autoscaler').urn);
  });

  test('that the team brings itself gets no rights from us', async () => {
    const up = await resourcesOf({ components: { 'cluster-autoscaler': { installed: true } } });
    expect(ofType(up, 'PodIdentityAssociation')).toEqual([]);
  });
});

describe('the references of a cluster', () => {
  test('are what the cloud gave it', async () => {
    const { result } = await run('up', () => program({}));
    const values = await new Promise((resolve) => pulumi.output(result.clusters['east']?.refs).apply(resolve));
    expect(values).toMatchObject({
      endpoint: 'https://east-cluster.eks.example.com',
      oidcIssuer: 'https://oidc.example.com/east/cluster',
      vpcId: 'id-east/vpc',
    });
    expect(await isSecret(result.clusters['east']?.refs['kubeconfig'])).toBe(true);
  });
});

describe('the options', () => {
  test('open the public endpoint to the allowed ranges and no others', async () => {
    const resources = await resourcesOf({ cloud: { allowedCidrs: ['192.0.2.0/24'] } });
    expect(one(resources, 'Cluster', 'east/cluster').inputs['vpcConfig']).toMatchObject({
      endpointPublicAccess: true,
      publicAccessCidrs: ['192.0.2.0/24'],
    });
  });

  test('deploy and connect as the same identity', async () => {
    const resources = await resourcesOf({
      options: { profile: 'ops', roleArn: 'arn:aws:iam::123456789012:role/deploy' },
    });
    const provider = resources.find(({ type }) => type === 'pulumi:providers:aws');
    expect(provider?.inputs).toMatchObject({
      profile: 'ops',
      assumeRoles: '[{"roleArn":"arn:aws:iam::123456789012:role/deploy"}]',
    });
    const kubernetes = resources.find(({ type }) => type === 'pulumi:providers:kubernetes');
    expect(kubernetes?.inputs['kubeconfig']).toContain(
      '"--role-arn","arn:aws:iam::123456789012:role/deploy","--profile","ops"',
    );
  });

  test('let administrators in by access entries', async () => {
    const principalArn = 'arn:aws:iam::123456789012:role/platform';
    const resources = await resourcesOf({
      options: { administrators: { platform: principalArn }, deletionProtection: false },
    });
    expect(one(resources, 'AccessPolicyAssociation', 'east/admin-platform').inputs).toMatchObject({
      principalArn,
      policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
      accessScope: { type: 'cluster' },
    });
    expect(one(resources, 'Cluster', 'east/cluster').inputs['deletionProtection']).toBe(false);
  });

  test('use the names of the partition that the region is in', async () => {
    const resources = await resourcesOf({
      cloud: { region: 'us-gov-west-1', zones: ['us-gov-west-1a', 'us-gov-west-1b'] },
    });
    const policies = ofType(resources, 'RolePolicyAttachment').map(({ inputs }) => String(inputs['policyArn']));
    expect(policies.every((arn) => arn.startsWith('arn:aws-us-gov:iam::aws:policy/'))).toBe(true);
  });
});

describe('a pool', () => {
  test('from a capacity block takes its nodes from the block alone', async () => {
    const pools = { h100: { ...h100, capacity: Capacity.block('cr-0123'), zone: 'us-east-1b' } };
    const resources = await resourcesOf({ pools });
    expect(one(resources, 'LaunchTemplate', 'east/h100').inputs).toMatchObject({
      instanceType: 'p5.48xlarge',
      instanceMarketOptions: { marketType: 'capacity-block' },
      capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: 'cr-0123' } },
    });
    const { inputs } = one(resources, 'NodeGroup', 'east/h100');
    expect(inputs).toMatchObject({ capacityType: 'CAPACITY_BLOCK', subnetIds: ['id-east/private-2'] });
    expect(inputs['instanceTypes']).toBeUndefined();
    expect(ofType(resources, 'PlacementGroup')).toEqual([]);
  });

  test('from a reservation is bought on demand, from the reservation', async () => {
    const pools = {
      l4: { instanceType: 'g6.4xlarge', minNodes: 1, capacity: Capacity.reservation('cr-9'), zone: 'us-east-1a' },
    };
    const resources = await resourcesOf({ pools });
    expect(one(resources, 'NodeGroup', 'east/l4').inputs).toMatchObject({
      capacityType: 'ON_DEMAND',
      instanceTypes: ['g6.4xlarge'],
    });
    const template = one(resources, 'LaunchTemplate', 'east/l4').inputs;
    expect(template).toMatchObject({
      capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: 'cr-9' } },
    });
    expect(template['instanceMarketOptions']).toBeUndefined();
  });

  test('of one size has that size and keeps it', async () => {
    const pools = { l4: { instanceType: 'g6.4xlarge', minNodes: 3 } };
    const group = one(await resourcesOf({ pools }), 'NodeGroup', 'east/l4');
    expect(group.inputs['scalingConfig']).toEqual({ minSize: 3, maxSize: 3, desiredSize: 3 });
    expect(group.ignoreChanges).toEqual([]);
  });

  test('of spot nodes with other taints spells them as EKS does', async () => {
    const taints = [
      { key: 'team', value: 'a', effect: 'NoExecute' },
      { key: 'soft', effect: 'PreferNoSchedule' },
    ] as const;
    const pools = { l4: { instanceType: 'g6.4xlarge', minNodes: 1, capacity: Capacity.spot(), taints } };
    const { inputs } = one(await resourcesOf({ pools }), 'NodeGroup', 'east/l4');
    expect(inputs['capacityType']).toBe('SPOT');
    expect(inputs['taints']).toEqual([
      { key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' },
      { key: 'team', value: 'a', effect: 'NO_EXECUTE' },
      { key: 'soft', effect: 'PREFER_NO_SCHEDULE' },
    ]);
  });

  test('that may be empty tells an autoscaler what its nodes would be', async () => {
    const tags = ofType(await resourcesOf({ pools: { h100: { ...h100, minNodes: 0 } } }), 'Tag').map(
      ({ inputs }) => inputs,
    );
    const values = tags
      .map(({ tag }) => tag as { key: string; value: string })
      .map(({ key, value }) => [key.slice('k8s.io/cluster-autoscaler/node-template/'.length), value]);
    expect(Object.fromEntries(values)).toMatchObject({
      'label/cdk8s-ai.dev/pool': 'h100',
      'taint/nvidia.com/gpu': 'present:NoSchedule',
      'resources/nvidia.com/gpu': '8',
      'resources/vpc.amazonaws.com/efa': '32',
    });
    expect(new Set(tags.map(({ autoscalingGroupName }) => autoscalingGroupName))).toEqual(new Set(['asg-east/h100']));
    expect(ofType(await resourcesOf({ pools: { h100 } }), 'Tag')).toEqual([]);
  });

  test('gets another name when what cannot be changed in place changes, and only then', async () => {
    const nameOf = async (change: Partial<GpuNodePoolProps>) =>
      one(
        await resourcesOf({ pools: { l4: { instanceType: 'g6.4xlarge', minNodes: 1, ...change } } }),
        'NodeGroup',
        'east/l4',
      ).inputs['nodeGroupName'];
    const name = await nameOf({});
    expect(name).toMatch(/^l4-[0-9a-f]{8}$/);
    expect(await nameOf({ maxNodes: 9, labels: { team: 'a' } })).toBe(name);
    expect(await nameOf({ instanceType: 'g6.8xlarge', fabric: 'none' })).not.toBe(name);
    expect(await nameOf({ zone: 'us-east-1a' })).not.toBe(name);
    expect(await nameOf({ capacity: Capacity.spot() })).not.toBe(name);
  });
});

test('the add-ons of the system pool select it and tolerate its taints', async () => {
  const systemPool = { taints: [{ key: 'system', effect: 'NoSchedule' }] } as const;
  const resources = await resourcesOf({ systemPool });
  const placement = {
    nodeSelector: { 'cdk8s-ai.dev/pool': 'system' },
    tolerations: [{ key: 'system', operator: 'Exists', effect: 'NoSchedule' }],
  };
  const values = (name: string): unknown =>
    JSON.parse(String(one(resources, 'Addon', name).inputs['configurationValues']));
  expect(values('east/coredns')).toEqual(placement);
  expect(values('east/aws-ebs-csi-driver')).toMatchObject({ controller: placement });
  expect(one(resources, 'NodeGroup', 'east/system').inputs['taints']).toEqual([
    { key: 'system', effect: 'NO_SCHEDULE' },
  ]);
});

describe('what EKS cannot honour is refused before anything is made', () => {
  test.each<[string, Wish, RegExp]>([
    ['one zone', { cloud: { zones: 1 } }, /CLOUD-003 at east: a cluster in 1 zones\n +Set zones to 2 to 7/],
    [
      'a range that is no VPC',
      { cloud: { vpcCidr: '10.0.0.0/8' } },
      /CLOUD-005 at east: '10\.0\.0\.0\/8'.*\n.*10\.0\.0\.0\/16/,
    ],
    [
      'reserved capacity without its zone',
      { pools: { h100: { ...h100, capacity: Capacity.block('cr-1') } } },
      /CLOUD-004 at east\/h100: .*'cr-1'.*\n +Set zone/,
    ],
    [
      'a zone outside of the cluster',
      { cloud: { zones: ['us-east-1a', 'us-east-1b'] }, pools: { h100: { ...h100, zone: 'us-east-1f' } } },
      /CLOUD-003 at east\/h100: zone 'us-east-1f'.*\n +Use one of us-east-1a, us-east-1b/,
    ],
    [
      'a driver that the operator brings',
      { pools: { h100: { ...h100, driver: 'operator' } } },
      /CLOUD-006 at east\/h100/,
    ],
    [
      'a device plugin that the cloud brings',
      { pools: { h100: { ...h100, devicePlugin: 'cloud' } } },
      /CLOUD-006 at east\/h100/,
    ],
  ])('%s', async (_, wish, message) => {
    const { resources } = await run('up', () => expect(() => program(wish)).toThrow(message));
    expect(resources).toEqual([]);
  });
});

describe('network interfaces', () => {
  test('of a machine with a card more than adapters leave the first card to addresses', () => {
    const interfaces = networkInterfaces('p6-b300.48xlarge', 16);
    expect(
      interfaces
        .filter(({ interfaceType }) => interfaceType === 'efa-only')
        .map(({ networkCardIndex }) => networkCardIndex),
    ).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  test('have one with addresses, and are all told apart', () => {
    for (const [type, adapters] of [
      ['p5.48xlarge', 32],
      ['p6-b300.48xlarge', 16],
      ['g6e.48xlarge', 4],
      ['of.tomorrow', 8],
    ] as const) {
      const interfaces = networkInterfaces(type, adapters);
      expect(interfaces.filter(({ interfaceType }) => interfaceType === 'interface')).toHaveLength(1);
      expect(new Set(interfaces.map((one) => `${one.networkCardIndex}/${one.deviceIndex}`)).size).toBe(adapters + 1);
    }
  });
});

test('a role whose name would be too long for IAM gets a shorter one of its own', async () => {
  const names = async (region: string) =>
    ofType(await resourcesOf({ cloud: { region } }), 'Role').map(({ inputs }) => String(inputs['name']));
  expect(await names('us-east-1')).toContain('east-us-east-1-aws-ebs-csi-driver');
  for (const name of await names(`us-${'far'.repeat(20)}-1`)) expect(name.length).toBeLessThanOrEqual(64);
  expect(new Set(await names(`us-${'far'.repeat(20)}-1`)).size).toBe((await names('us-east-1')).length);
});
