import * as pulumi from '@pulumi/pulumi';
import { AiCluster, Capacity, type GcpProps, type GpuNodePoolProps, gcp, Platform, Sharing, Tenant } from 'cdk8s-ai';
import { type GcpOptions, gcpResources } from 'cdk8s-ai/gcp';
import { deploy } from 'cdk8s-ai/pulumi';
import { beforeAll, describe, expect, test } from 'vitest';
import { spread } from '../../lib/clouds/gcp/spread.ts';
import { isSecret, type Registered, run, UNKNOWN } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { kubernetesProvider, needs, ofType, one } from './registered.ts';

const h200 = { instanceType: 'a3-ultragpu-8g', minNodes: 2, maxNodes: 8, fabric: 'required' } as const;
const l4 = { instanceType: 'g2-standard-16', minNodes: 1, maxNodes: 20 } as const;

interface Wish {
  readonly cloud?: Partial<GcpProps>;
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
  readonly tenants?: readonly string[];
  readonly options?: GcpOptions;
}

function program({ cloud, pools = {}, tenants = [], options }: Wish) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1', ...cloud }),
    kubernetesVersion: '1.35',
    // The run is about the cloud alone.
    components: { 'gpu-operator': { installed: true } },
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  for (const id of tenants) new Tenant(cluster, id, { quota: [] });
  return deploy(withoutSchemas(platform.model()), { gcp: gcpResources(options) });
}

const resourcesOf = async (wish: Wish, phase: 'up' | 'preview' = 'up') =>
  (await run(phase, () => program(wish))).resources;

const poolOf = async (props: GpuNodePoolProps, wish: Wish = {}) =>
  one(await resourcesOf({ ...wish, pools: { pool: props } }), 'NodePool', 'east/pool').inputs;

describe('a cluster with an H200 pool on RoCE and an L4 pool', () => {
  const wish: Wish = { pools: { h200, l4 }, tenants: ['vision'], cloud: { services: ['objectStore', 'registry'] } };
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
    const names = preview.map(({ inputs }) => inputs['name']).filter((name) => name !== undefined);
    expect(names).not.toContain(UNKNOWN);
    expect(names).toEqual(expect.arrayContaining(['east', 'east-nodes', 'acme-ml-east-data']));
  });

  test('has a private and logged control plane that refuses to be deleted', () => {
    expect(one(up, 'Cluster', 'east/cluster').inputs).toMatchObject({
      name: 'east',
      location: 'us-central1',
      nodeLocations: ['us-central1-a', 'us-central1-b', 'us-central1-c'],
      minMasterVersion: '1.35',
      datapathProvider: 'ADVANCED_DATAPATH',
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
      masterAuthorizedNetworksConfig: { cidrBlocks: [] },
      workloadIdentityConfig: { workloadPool: 'acme-ml.svc.id.goog' },
      removeDefaultNodePool: true,
      deletionProtection: true,
    });
    const logging = one(up, 'Cluster', 'east/cluster').inputs['loggingConfig'] as { enableComponents: string[] };
    expect(logging.enableComponents).toContain('APISERVER');
  });

  test('makes GPU nodes once there are system nodes, a way out and an account with its roles', () => {
    expect(needs(one(up, 'NodePool', 'east/h200'))).toEqual(
      expect.arrayContaining(['east/system', 'east/cluster', 'east/nodes-logging.logWriter']),
    );
    expect(needs(one(up, 'Cluster', 'east/cluster'))).toContain('east/nat');
  });

  test('waits for its system nodes and the rights of its tenants before anything goes into the cluster', () => {
    expect(needs(kubernetesProvider(up))).toEqual(expect.arrayContaining(['east/system', 'east/tenant-vision']));
  });

  test('gives the pods of a pool with RoCE interfaces to claim, on nodes close to each other in one zone', () => {
    const { inputs } = one(up, 'NodePool', 'east/h200');
    expect(inputs).toMatchObject({
      nodeLocations: ['us-central1-a'],
      networkConfig: { acceleratorNetworkProfile: 'auto' },
      placementPolicy: { type: 'COMPACT' },
      upgradeSettings: { maxSurge: 0, maxUnavailable: 1 },
    });
    expect(inputs['nodeConfig']).toMatchObject({
      labels: { 'cloud.google.com/gke-networking-dra-driver': 'true', 'cdk8s-ai.dev/fabric': 'roce' },
    });
    expect(one(up, 'NodePool', 'east/l4').inputs['placementPolicy']).toBeUndefined();
  });

  test('names the taint that GKE sets only beside a pool without GPUs, in the spelling of GKE', () => {
    for (const pool of ['east/h200', 'east/l4']) {
      expect(one(up, 'NodePool', pool).inputs['nodeConfig']).toMatchObject({
        taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
      });
    }
  });

  test('leaves driver and device plugin to GKE, and its metrics too', () => {
    const { inputs } = one(up, 'NodePool', 'east/h200');
    expect(inputs['nodeConfig']).toMatchObject({
      imageType: 'COS_CONTAINERD',
      guestAccelerators: [
        { type: 'nvidia-h200-141gb', count: 8, gpuDriverInstallationConfig: { gpuDriverVersion: 'DEFAULT' } },
      ],
      ephemeralStorageLocalSsdConfig: { localSsdCount: 32 },
    });
    expect(one(up, 'Cluster', 'east/cluster').inputs['monitoringConfig']).toMatchObject({
      enableComponents: ['SYSTEM_COMPONENTS', 'DCGM'],
    });
  });

  test('leaves the size within its bounds to the autoscaler of GKE', () => {
    const pool = one(up, 'NodePool', 'east/l4');
    expect(pool.inputs).toMatchObject({
      initialNodeCount: 1,
      autoscaling: { totalMinNodeCount: 1, totalMaxNodeCount: 20, locationPolicy: 'ANY' },
    });
    expect(pool.inputs['nodeCount']).toBeUndefined();
    expect(pool.ignoreChanges).toEqual(['initialNodeCount', 'nodeCount']);
  });

  test('gives nodes an account that may do little, and pods no way to it', () => {
    const roles = ofType(up, 'IAMMember').map(({ inputs }) => inputs['role']);
    expect(roles).toEqual([
      'roles/artifactregistry.reader',
      'roles/logging.logWriter',
      'roles/monitoring.metricWriter',
      'roles/monitoring.viewer',
      'roles/stackdriver.resourceMetadata.writer',
    ]);
    for (const { inputs } of ofType(up, 'NodePool')) {
      expect(inputs['nodeConfig']).toMatchObject({
        serviceAccount: 'east-nodes@iam.example.com',
        workloadMetadataConfig: { mode: 'GKE_METADATA' },
      });
    }
  });

  test('lets the jobs of a tenant into its part of the bucket by their own identity', () => {
    const { inputs } = one(up, 'BucketIAMMember', 'east/tenant-vision');
    expect(inputs['member']).toBe(
      'principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/acme-ml.svc.id.goog/subject/ns/vision/sa/workload',
    );
    const { expression } = inputs['condition'] as { expression: string };
    expect(expression).toContain('startsWith("projects/_/buckets/acme-ml-east-data/objects/vision/")');
  });

  test('keeps the bucket private, and both bucket and registry when the program goes', () => {
    const bucket = one(up, 'Bucket', 'east/bucket');
    expect(bucket.inputs).toMatchObject({
      publicAccessPrevention: 'enforced',
      uniformBucketLevelAccess: true,
      forceDestroy: false,
    });
    for (const kept of [bucket, one(up, 'Repository', 'east/registry')])
      expect(kept).toMatchObject({ protect: true, retainOnDelete: true });
  });

  test('has no credentials in its kubeconfig, which is secret all the same', () => {
    const provider = kubernetesProvider(up);
    expect(provider?.secrets).toEqual(['kubeconfig']);
    const kubeconfig = JSON.parse(String(provider?.inputs['kubeconfig'])) as {
      users: { user: object }[];
      clusters: { cluster: object }[];
    };
    expect(kubeconfig.clusters.map(({ cluster }) => cluster)).toEqual([
      { server: 'https://10.0.0.2', 'certificate-authority-data': 'Y2VydA==' },
    ]);
    expect(kubeconfig.users.map(({ user }) => user)).toEqual([
      { exec: expect.objectContaining({ command: 'gke-gcloud-auth-plugin' }) },
    ]);
  });
});

describe('a cluster with a pool on GPUDirect-TCPXO', () => {
  const mega = { instanceType: 'a3-megagpu-8g', minNodes: 2, maxNodes: 8, fabric: 'required' } as const;

  test('has a network of its own for each interface, whose nodes may talk to each other and to nobody else', async () => {
    const up = await resourcesOf({ pools: { mega } });
    const names = Array.from({ length: 8 }, (_, index) => `gpu-${index}`);
    for (const [index, name] of names.entries()) {
      const cidr = `192.168.${32 * index}.0/19`;
      expect(one(up, 'Network', `east/${name}`).inputs).toMatchObject({ name: `east-${name}`, mtu: 8244 });
      expect(one(up, 'Subnetwork', `east/${name}`).inputs).toMatchObject({ name: `east-${name}`, ipCidrRange: cidr });
      expect(one(up, 'Firewall', `east/${name}`).inputs).toMatchObject({ direction: 'INGRESS', sourceRanges: [cidr] });
    }
    expect(one(up, 'Cluster', 'east/cluster').inputs).toMatchObject({
      enableMultiNetworking: true,
      datapathProvider: 'ADVANCED_DATAPATH',
    });
    const nodes = one(up, 'NodePool', 'east/mega');
    expect(nodes.inputs).toMatchObject({
      networkConfig: {
        additionalNodeNetworkConfigs: names.map((name) => ({
          network: `east-${name}`,
          subnetwork: `east-${name}`,
        })),
      },
      placementPolicy: { type: 'COMPACT' },
      nodeConfig: { imageType: 'COS_CONTAINERD', gvnic: { enabled: true } },
    });
    expect(needs(nodes)).toContain('east/gpu-7');
    expect(needs(kubernetesProvider(up))).toContain('east/gpu-0');
  });

  test('shares the networks among such pools, and others have none', async () => {
    const up = await resourcesOf({ pools: { mega, more: mega, l4 } });
    expect(ofType(up, 'Firewall')).toHaveLength(8);
    expect(one(up, 'NodePool', 'east/more').inputs['networkConfig']).toEqual(
      one(up, 'NodePool', 'east/mega').inputs['networkConfig'],
    );
    expect(one(up, 'NodePool', 'east/l4').inputs['networkConfig']).toBeUndefined();
    const without = await resourcesOf({ pools: { l4 } });
    expect(ofType(without, 'Firewall')).toEqual([]);
    expect(one(without, 'Cluster', 'east/cluster').inputs['enableMultiNetworking']).toBeUndefined();
  });

  test('does not ask for flex-start nodes of these machines that are close together, which GKE refuses', async () => {
    const inputs = await poolOf({ ...mega, minNodes: 0, capacity: Capacity.flexStart(24) });
    expect(inputs['placementPolicy']).toBeUndefined();
  });
});

test('the references of a cluster are what the cloud gave it', async () => {
  const { result } = await run('up', () => program({ cloud: { services: ['objectStore', 'registry'] } }));
  const refs = result.clusters['east']?.refs;
  expect(await new Promise((resolve) => pulumi.output(refs).apply(resolve))).toMatchObject({
    bucketName: 'acme-ml-east-data',
    endpoint: 'https://10.0.0.2',
    oidcIssuer: 'https://container.googleapis.com/v1/projects/acme-ml/locations/us-central1/clusters/east',
    repositoryUrl: 'us-central1-docker.pkg.dev/acme-ml/east',
    vpcId: 'id-east/network',
  });
  expect(await isSecret(refs?.['kubeconfig'])).toBe(true);
});

describe('the options', () => {
  test('open the public endpoint to the allowed ranges and no others', async () => {
    const resources = await resourcesOf({ cloud: { allowedCidrs: ['192.0.2.0/24'] } });
    expect(one(resources, 'Cluster', 'east/cluster').inputs).toMatchObject({
      privateClusterConfig: { enablePrivateEndpoint: false },
      masterAuthorizedNetworksConfig: {
        cidrBlocks: [{ cidrBlock: '192.0.2.0/24' }],
        gcpPublicCidrsAccessEnabled: false,
      },
    });
  });

  test('let administrators in, encrypt secrets with a key of the team, and lift the protection', async () => {
    const resources = await resourcesOf({
      options: {
        administrators: { platform: 'group:platform@example.com' },
        secretsKey: 'projects/acme-ml/locations/us-central1/keyRings/k/cryptoKeys/gke',
        deletionProtection: false,
      },
    });
    expect(one(resources, 'IAMMember', 'east/admin-platform').inputs).toMatchObject({
      member: 'group:platform@example.com',
      role: 'roles/container.admin',
    });
    expect(one(resources, 'Cluster', 'east/cluster').inputs).toMatchObject({
      databaseEncryption: {
        state: 'ENCRYPTED',
        keyName: 'projects/acme-ml/locations/us-central1/keyRings/k/cryptoKeys/gke',
      },
      deletionProtection: false,
    });
  });
});

describe('a pool', () => {
  test('from a reservation takes its nodes from it alone, in its zone', async () => {
    const capacity = Capacity.reservation('h200-q3');
    const inputs = await poolOf({ ...h200, capacity, zone: 'us-central1-b' });
    expect(inputs).toMatchObject({
      nodeLocations: ['us-central1-b'],
      nodeConfig: {
        reservationAffinity: {
          consumeReservationType: 'SPECIFIC_RESERVATION',
          key: 'compute.googleapis.com/reservation-name',
          values: ['h200-q3'],
        },
      },
    });
    expect(inputs['placementPolicy']).toBeUndefined();
  });

  test('of spot nodes uses no reservation', async () => {
    expect((await poolOf({ ...l4, capacity: Capacity.spot() }))['nodeConfig']).toMatchObject({
      spot: true,
      reservationAffinity: { consumeReservationType: 'NO_RESERVATION' },
    });
  });

  test('of flex-start nodes begins empty, gives nodes back after the run and repairs none', async () => {
    const inputs = await poolOf({ ...h200, minNodes: 0, capacity: Capacity.flexStart(24) });
    expect(inputs).toMatchObject({
      initialNodeCount: 0,
      management: { autoRepair: false },
      nodeConfig: { flexStart: true, maxRunDuration: '86400s' },
    });
  });

  test('of queued nodes asks for them as a queue, with the label that GKE leaves to us and without its taint', async () => {
    const inputs = await poolOf({ ...l4, minNodes: 0, capacity: Capacity.queued() });
    expect(inputs['queuedProvisioning']).toEqual({ enabled: true });
    expect(inputs['nodeConfig']).toMatchObject({
      labels: { 'cloud.google.com/gke-queued': 'true' },
      taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
    });
  });

  test('keeps a taint of its own beside the one that GKE adds with the same key', async () => {
    const own = { key: 'kubernetes.io/arch', value: 'arm64', effect: 'NoExecute' } as const;
    const inputs = await poolOf({ instanceType: 'a4x-highgpu-4g', minNodes: 18, taints: [own] });
    expect(inputs['nodeConfig']).toMatchObject({
      taints: [{ key: 'nvidia.com/gpu' }, { key: 'kubernetes.io/arch', value: 'arm64', effect: 'NO_EXECUTE' }],
    });
  });

  test('of one size has exactly that size in as many zones as divide it', async () => {
    expect(await poolOf({ ...l4, minNodes: 4, maxNodes: 4 })).toMatchObject({
      nodeCount: 2,
      nodeLocations: ['us-central1-a', 'us-central1-b'],
    });
  });

  test('whose driver the operator brings runs Ubuntu, without a device plugin of GKE', async () => {
    expect((await poolOf({ ...l4, driver: 'operator' }))['nodeConfig']).toMatchObject({
      imageType: 'UBUNTU_CONTAINERD',
      guestAccelerators: [{ gpuDriverInstallationConfig: { gpuDriverVersion: 'INSTALLATION_DISABLED' } }],
      labels: { 'gke-no-default-nvidia-gpu-device-plugin': 'true' },
    });
  });

  test('that shares its GPUs stays on the image of GKE, whose driver is installed from within the cluster', async () => {
    expect((await poolOf({ ...l4, sharing: Sharing.timeSlicing(4) }))['nodeConfig']).toMatchObject({
      imageType: 'COS_CONTAINERD',
      guestAccelerators: [{ gpuDriverInstallationConfig: { gpuDriverVersion: 'INSTALLATION_DISABLED' } }],
      labels: { 'gke-no-default-nvidia-gpu-device-plugin': 'true' },
    });
  });

  test('of racks with NVLink gets them from one rack', async () => {
    const pools = { gb200: { instanceType: 'a4x-highgpu-4g', minNodes: 18 } } as const;
    const resources = await resourcesOf({ pools });
    expect(one(resources, 'ResourcePolicy', 'east/gb200').inputs['workloadPolicy']).toEqual({
      type: 'HIGH_THROUGHPUT',
      acceleratorTopology: '1x72',
    });
    expect(one(resources, 'NodePool', 'east/gb200').inputs['placementPolicy']).toEqual({
      type: 'COMPACT',
      policyName: 'east-gb200',
    });
  });

  test('gets another name when what cannot be changed in place changes, and only then', async () => {
    const nameOf = async (change: Partial<GpuNodePoolProps>) => (await poolOf({ ...l4, ...change }))['name'];
    const name = await nameOf({});
    expect(name).toMatch(/^pool-[0-9a-f]{8}$/);
    expect(await nameOf({ maxNodes: 30 })).toBe(name);
    expect(await nameOf({ instanceType: 'g2-standard-24' })).not.toBe(name);
    expect(await nameOf({ capacity: Capacity.spot() })).not.toBe(name);
    expect(await nameOf({ zone: 'us-central1-a' })).not.toBe(name);
    expect(await nameOf({ taints: [{ key: 'team', value: 'a', effect: 'NoExecute' }] })).not.toBe(name);
    expect(await nameOf({ driver: 'operator' })).not.toBe(name);
  });
});

test('a pool begins with no fewer nodes than its least and no more than its most, in as many zones as that allows', () => {
  for (let min = 0; min <= 12; min++) {
    for (let max = Math.max(min, 1); max <= 13; max++) {
      const { zones, perZone } = spread(min, max, 3);
      expect(zones * perZone).toBeGreaterThanOrEqual(min);
      expect(zones * perZone).toBeLessThanOrEqual(max);
    }
  }
  expect(spread(3, 6, 3)).toEqual({ zones: 3, perZone: 1 });
  expect(spread(5, 5, 3)).toEqual({ zones: 1, perZone: 5 });
});
