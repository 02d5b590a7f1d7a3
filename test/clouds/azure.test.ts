import * as pulumi from '@pulumi/pulumi';
import { AiCluster, type AzureProps, azure, Capacity, type GpuNodePoolProps, Platform, Rdma, Tenant } from 'cdk8s-ai';
import { type AzureOptions, azureResources } from 'cdk8s-ai/azure';
import { deploy } from 'cdk8s-ai/pulumi';
import { beforeAll, describe, expect, test } from 'vitest';
import { isSecret, type Registered, run, UNKNOWN } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { kubernetesProvider, needs, ofType, one } from './registered.ts';

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000000';
const RESERVATIONS = `/subscriptions/${SUBSCRIPTION}/resourceGroups/capacity/providers/Microsoft.Compute/capacityReservationGroups/h100`;
const h100 = { instanceType: 'Standard_ND96isr_H100_v5', minNodes: 2, maxNodes: 8 } as const;
const a100 = { instanceType: 'Standard_NC24ads_A100_v4', minNodes: 1 } as const;

interface Wish {
  readonly cloud?: Partial<AzureProps>;
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
  readonly tenants?: readonly string[];
  readonly options?: AzureOptions;
}

function program({ cloud, pools = {}, tenants = [], options }: Wish) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: azure({ subscriptionId: SUBSCRIPTION, location: 'eastus2', ...cloud }),
    kubernetesVersion: '1.35',
    // The run is about the cloud alone.
    components: { 'gpu-operator': { installed: true } },
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  for (const id of tenants) new Tenant(cluster, id, { quota: [] });
  return deploy(withoutSchemas(platform.model()), { azure: azureResources(options) });
}

const resourcesOf = async (wish: Wish, phase: 'up' | 'preview' = 'up') =>
  (await run(phase, () => program(wish))).resources;

const poolOf = async (props: GpuNodePoolProps) =>
  one(await resourcesOf({ pools: { pool: props } }), 'AgentPool', 'east/pool').inputs;

describe('a cluster with an H100 pool and a spot pool', () => {
  const wish: Wish = {
    pools: { h100, spare: { ...a100, minNodes: 0, maxNodes: 4, capacity: Capacity.spot(1.2) } },
    tenants: ['vision'],
    cloud: { services: ['objectStore', 'registry'] },
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
    const own: Readonly<Record<string, string>> = {
      AgentPool: 'agentPoolName',
      BlobContainer: 'containerName',
      ManagedCluster: 'resourceName',
      Registry: 'registryName',
      ResourceGroup: 'resourceGroupName',
      StorageAccount: 'accountName',
      VirtualNetwork: 'virtualNetworkName',
    };
    for (const [type, key] of Object.entries(own)) {
      const names = ofType(preview, type).map(({ inputs }) => inputs[key]);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(name).not.toBe(UNKNOWN);
    }
  });

  test('has a private control plane for users of Entra ID alone, whose audit log is kept', () => {
    const cluster = one(up, 'ManagedCluster', 'east/cluster');
    expect(cluster.inputs).toMatchObject({
      resourceName: 'east',
      kubernetesVersion: '1.35',
      apiServerAccessProfile: { enablePrivateCluster: true },
      aadProfile: { managed: true, enableAzureRBAC: true },
      disableLocalAccounts: true,
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true } },
      networkProfile: {
        networkPluginMode: 'overlay',
        networkDataplane: 'cilium',
        serviceCidr: '172.20.0.0/16',
        dnsServiceIP: '172.20.0.10',
        outboundType: 'userAssignedNATGateway',
      },
    });
    expect(cluster.protect).toBe(true);
    const { logs } = one(up, 'DiagnosticSetting', 'east/logs').inputs as { logs: { category: string }[] };
    expect(logs.map(({ category }) => category)).toContain('kube-audit-admin');
  });

  test('has the system pool alone within itself, and leaves its size to the autoscaler', () => {
    const { inputs, ignoreChanges } = one(up, 'ManagedCluster', 'east/cluster');
    expect(inputs['agentPoolProfiles']).toEqual([
      expect.objectContaining({
        name: 'system',
        mode: 'System',
        vmSize: 'Standard_D8s_v5',
        availabilityZones: ['1', '2', '3'],
        count: 2,
        minCount: 2,
        maxCount: 4,
        nodeLabels: { 'cdk8s-ai.dev/pool': 'system' },
        nodeTaints: [],
      }),
    ]);
    expect(ignoreChanges).toEqual(['agentPoolProfiles[0].count']);
  });

  test('works on the network by an identity that may do so first', () => {
    expect(needs(one(up, 'ManagedCluster', 'east/cluster'))).toContain('east/cluster-network');
    expect(one(up, 'RoleAssignment', 'east/cluster-network').inputs).toMatchObject({
      scope: 'id-east/nodes',
      principalId: 'principal-of-east/cluster',
      roleDefinitionId: expect.stringMatching(/roleDefinitions\/4d97b98b-1d4f-4787-a291-c67834d212e7$/),
    });
  });

  test('spells taints as AKS does, and sends no label that AKS keeps for itself', () => {
    expect(one(up, 'AgentPool', 'east/spare').inputs).toMatchObject({
      nodeTaints: ['nvidia.com/gpu=present:NoSchedule', 'kubernetes.azure.com/scalesetpriority=spot:NoSchedule'],
      nodeLabels: { 'kubernetes.azure.com/scalesetpriority': 'spot', 'cdk8s-ai.dev/pool': 'spare' },
      scaleSetPriority: 'Spot',
      scaleSetEvictionPolicy: 'Delete',
      spotMaxPrice: 1.2,
    });
    for (const { inputs } of ofType(up, 'AgentPool'))
      expect(inputs['nodeLabels']).not.toHaveProperty('kubernetes.azure.com/accelerator');
  });

  test('leaves the driver to the image, and the size within its bounds to the autoscaler', () => {
    const pool = one(up, 'AgentPool', 'east/h100');
    expect(pool.inputs).toMatchObject({
      vmSize: 'Standard_ND96isr_H100_v5',
      mode: 'User',
      gpuProfile: { driver: 'Install' },
      enableAutoScaling: true,
      count: 2,
      minCount: 2,
      maxCount: 8,
      upgradeSettings: { maxSurge: '0', maxUnavailable: '1' },
    });
    expect(pool.inputs['availabilityZones']).toBeUndefined();
    expect(pool.ignoreChanges).toEqual(['count']);
  });

  test('lets the jobs of a tenant into its container by an identity of their service account', () => {
    expect(one(up, 'FederatedIdentityCredential', 'east/tenant-vision').inputs).toMatchObject({
      subject: 'system:serviceaccount:vision:workload',
      issuer: 'https://oidc.example.com/east/cluster',
      audiences: ['api://AzureADTokenExchange'],
    });
    expect(one(up, 'RoleAssignment', 'east/tenant-vision').inputs).toMatchObject({
      scope: 'id-east/tenant-vision',
      principalId: 'principal-of-east/tenant-vision',
    });
  });

  test('keeps data in a resource group of its own, which stays when the program goes', () => {
    for (const [type, name] of [
      ['ResourceGroup', 'east/data'],
      ['StorageAccount', 'east/bucket'],
      ['BlobContainer', 'east/tenant-vision'],
      ['Registry', 'east/registry'],
    ] as const) {
      const kept = one(up, type, name);
      expect(kept).toMatchObject({ protect: true, retainOnDelete: true });
      if (type !== 'ResourceGroup') expect(kept.inputs['resourceGroupName']).toBe('east-eastus2-data');
    }
    expect(one(up, 'StorageAccount', 'east/bucket').inputs).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
    });
  });

  test('waits for the rights of whoever deploys before anything goes into the cluster', () => {
    const provider = kubernetesProvider(up);
    expect(needs(provider)).toEqual(
      expect.arrayContaining(['east/cluster', 'east/admin-deployer', 'east/tenant-vision']),
    );
    expect(provider?.inputs['clusterIdentifier']).toBe('https://east-1a2b.hcp.example.com:443');
    expect(one(up, 'RoleAssignment', 'east/admin-deployer')).toMatchObject({
      inputs: { principalId: 'whoever-deploys' },
      ignoreChanges: ['principalId'],
    });
  });

  test('has no credentials in its kubeconfig, which is secret all the same', () => {
    const provider = kubernetesProvider(up);
    expect(provider?.secrets).toEqual(['kubeconfig']);
    const kubeconfig = JSON.parse(String(provider?.inputs['kubeconfig'])) as {
      users: { user: object }[];
      clusters: object[];
    };
    expect(kubeconfig.clusters).toEqual([
      {
        name: 'east',
        cluster: { server: 'https://east-1a2b.hcp.example.com:443', 'certificate-authority-data': 'Y2VydA==' },
      },
    ]);
    expect(kubeconfig.users.map(({ user }) => user)).toEqual([
      { exec: expect.objectContaining({ command: 'kubelogin', args: expect.arrayContaining(['azurecli']) }) },
    ]);
  });
});

test('the references of a cluster are what the cloud gave it', async () => {
  const { result } = await run('up', () => program({ cloud: { services: ['objectStore', 'registry'] } }));
  const refs = result.clusters['east']?.refs;
  expect(await new Promise((resolve) => pulumi.output(refs).apply(resolve))).toMatchObject({
    bucketName: expect.stringMatching(/^east[0-9a-f]{8}$/),
    certificateAuthority: 'Y2VydA==',
    endpoint: 'https://east-1a2b.hcp.example.com:443',
    oidcIssuer: 'https://oidc.example.com/east/cluster',
    repositoryUrl: expect.stringMatching(/\.example\.com$/),
    vnetId: 'id-east/vnet',
  });
  expect(await isSecret(refs?.['kubeconfig'])).toBe(true);
  expect(await isSecret(refs?.['endpoint'])).toBe(false);
});

describe('the options', () => {
  test('open the control plane to the allowed ranges and the nodes themselves, and no others', async () => {
    const resources = await resourcesOf({ cloud: { allowedCidrs: ['192.0.2.0/24'] } });
    expect(one(resources, 'ManagedCluster', 'east/cluster').inputs['apiServerAccessProfile']).toEqual({
      authorizedIPRanges: ['192.0.2.0/24', '203.0.113.7/32'],
      disableRunCommand: true,
    });
  });

  test('let the named administrators in and nobody else, and lift the protection', async () => {
    const resources = await resourcesOf({
      options: { administrators: { platform: 'group-1' }, deletionProtection: false },
    });
    const admins = ofType(resources, 'RoleAssignment').filter(({ name }) => name.startsWith('east/admin-'));
    expect(admins.map(({ inputs }) => inputs['principalId'])).toEqual(['group-1']);
    expect(one(resources, 'ManagedCluster', 'east/cluster').protect).toBe(false);
  });
});

describe('a pool', () => {
  test('from a reservation takes its nodes from the group, on which the cluster gets rights first', async () => {
    const pools = { h100: { ...h100, capacity: Capacity.reservation(RESERVATIONS), zone: '2' } };
    const resources = await resourcesOf({ pools });
    expect(one(resources, 'AgentPool', 'east/h100').inputs).toMatchObject({
      capacityReservationGroupID: RESERVATIONS,
      availabilityZones: ['2'],
    });
    expect(one(resources, 'RoleAssignment', 'east/cluster-reservations-1').inputs['scope']).toBe(
      `/subscriptions/${SUBSCRIPTION}/resourceGroups/capacity`,
    );
    expect(needs(one(resources, 'ManagedCluster', 'east/cluster'))).toContain('east/cluster-reservations-1');
  });

  test('with InfiniBand has its nodes on one fabric, which the subscription is told first and keeps', async () => {
    const rdma = Rdma.shared({ driver: 'operator' });
    const resources = await resourcesOf({ pools: { h100: { ...h100, rdma, fabric: 'required' }, a100 } });
    const feature = one(resources, 'SubscriptionFeatureRegistration', 'east/infiniband');
    expect(feature.inputs['featureName']).toBe('AKSInfinibandSupport');
    expect(feature.retainOnDelete).toBe(true);
    expect(needs(one(resources, 'AgentPool', 'east/h100'))).toContain('east/infiniband');
    expect(needs(one(resources, 'AgentPool', 'east/a100'))).not.toContain('east/infiniband');
    expect(ofType(await resourcesOf({ pools: { h100 } }), 'SubscriptionFeatureRegistration')).toEqual([]);
  });

  test('whose driver the operator brings gets none from AKS', async () => {
    expect((await poolOf({ ...a100, driver: 'operator' }))['gpuProfile']).toEqual({ driver: 'None' });
  });

  test('of one size has that size and keeps it', async () => {
    const inputs = await poolOf({ ...a100, minNodes: 3 });
    expect(inputs['count']).toBe(3);
    expect(inputs['enableAutoScaling']).toBeUndefined();
  });

  test('of spot nodes without a highest price pays at most the price on demand', async () => {
    expect((await poolOf({ ...a100, capacity: Capacity.spot() }))['spotMaxPrice']).toBe(-1);
  });

  test('has a name that AKS takes, another one when what cannot be changed in place changes, and only then', async () => {
    const nameOf = async (change: Partial<GpuNodePoolProps>, id = 'long-name-a') =>
      one(await resourcesOf({ pools: { [id]: { ...a100, ...change } } }), 'AgentPool', `east/${id}`).inputs[
        'agentPoolName'
      ];
    const name = await nameOf({});
    expect(name).toMatch(/^longna[0-9a-f]{6}$/);
    expect(await nameOf({ maxNodes: 9, labels: { team: 'a' } })).toBe(name);
    expect(await nameOf({}, 'long-name-b')).not.toBe(name);
    expect(await nameOf({ instanceType: 'Standard_NC48ads_A100_v4' })).not.toBe(name);
    expect(await nameOf({ capacity: Capacity.spot() })).not.toBe(name);
    expect(await nameOf({ zone: '1' })).not.toBe(name);
    expect(await nameOf({ driver: 'operator' })).not.toBe(name);
  });
});
