// As examples/gcp-training, with the classes of the SDK: one of each kind of resource.
import { Repository } from '@pulumi/gcp/artifactregistry/repository.js';
import { Firewall } from '@pulumi/gcp/compute/firewall.js';
import { Network } from '@pulumi/gcp/compute/network.js';
import { Router } from '@pulumi/gcp/compute/router.js';
import { RouterNat } from '@pulumi/gcp/compute/routerNat.js';
import { Subnetwork } from '@pulumi/gcp/compute/subnetwork.js';
import { Cluster } from '@pulumi/gcp/container/cluster.js';
import { NodePool } from '@pulumi/gcp/container/nodePool.js';
import { CryptoKey } from '@pulumi/gcp/kms/cryptoKey.js';
import { CryptoKeyIAMMember } from '@pulumi/gcp/kms/cryptoKeyIAMMember.js';
import { KeyRing } from '@pulumi/gcp/kms/keyRing.js';
import { IAMMember } from '@pulumi/gcp/projects/iammember.js';
import { Service } from '@pulumi/gcp/projects/service.js';
import { ServiceIdentity } from '@pulumi/gcp/projects/serviceIdentity.js';
import { Provider } from '@pulumi/gcp/provider.js';
import { Account } from '@pulumi/gcp/serviceaccount/account.js';
import { Bucket } from '@pulumi/gcp/storage/bucket.js';
import { BucketIAMMember } from '@pulumi/gcp/storage/bucketIAMMember.js';
import { DaemonSet } from '@pulumi/kubernetes/apps/v1/daemonSet.js';
import * as pulumi from '@pulumi/pulumi';
import { inCluster } from './in-cluster.ts';

const [project, region] = ['acme-genomics', 'us-central1'];
const provider = new Provider('gcp', { project, region });
const options = { provider };

const api = new Service('container', { service: 'container.googleapis.com', disableOnDestroy: false }, options);
const network = new Network('network', { autoCreateSubnetworks: false, mtu: 8896 }, { ...options, dependsOn: [api] });
const subnetwork = new Subnetwork(
  'nodes',
  {
    network: network.id,
    ipCidrRange: '10.0.0.0/20',
    secondaryIpRanges: [
      { rangeName: 'pods', ipCidrRange: '10.64.0.0/14' },
      { rangeName: 'services', ipCidrRange: '10.32.0.0/20' },
    ],
    privateIpGoogleAccess: true,
  },
  options,
);
new Firewall(
  'fabric',
  { network: network.id, sourceRanges: ['192.168.0.0/19'], allows: [{ protocol: 'tcp' }] },
  options,
);
const router = new Router('router', { network: network.id, region }, options);
const nat = new RouterNat(
  'nat',
  {
    router: router.name,
    natIpAllocateOption: 'AUTO_ONLY',
    sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
  },
  options,
);
const account = new Account('nodes', { accountId: 'central-nodes' }, options);
const member = pulumi.interpolate`serviceAccount:${account.email}`;
new IAMMember('logs', { project, role: 'roles/logging.logWriter', member }, options);
const cluster = new Cluster(
  'cluster',
  {
    location: region,
    minMasterVersion: '1.35',
    network: network.id,
    subnetwork: subnetwork.id,
    ipAllocationPolicy: { clusterSecondaryRangeName: 'pods', servicesSecondaryRangeName: 'services' },
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
    workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    deletionProtection: true,
  },
  { ...options, dependsOn: [nat] },
);
new NodePool(
  'h200',
  {
    cluster: cluster.id,
    autoscaling: { totalMinNodeCount: 2, totalMaxNodeCount: 8, locationPolicy: 'ANY' },
    networkConfig: { acceleratorNetworkProfile: 'auto' },
    placementPolicy: { type: 'COMPACT' },
    nodeConfig: {
      machineType: 'a3-ultragpu-8g',
      guestAccelerators: [
        { type: 'nvidia-h200-141gb', count: 8, gpuDriverInstallationConfig: { gpuDriverVersion: 'DEFAULT' } },
      ],
      serviceAccount: account.email,
      taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
      workloadMetadataConfig: { mode: 'GKE_METADATA' },
    },
  },
  options,
);
const ring = new KeyRing('data', { location: region }, options);
const key = new CryptoKey('data', { keyRing: ring.id, rotationPeriod: '7776000s' }, options);
new ServiceIdentity('images', { project, service: 'artifactregistry.googleapis.com' }, options);
new CryptoKeyIAMMember(
  'data',
  { cryptoKeyId: key.id, role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', member },
  options,
);
const bucket = new Bucket(
  'data',
  { location: region, uniformBucketLevelAccess: true, encryption: { defaultKmsKeyName: key.id } },
  options,
);
new BucketIAMMember('team', { bucket: bucket.name, role: 'roles/storage.objectUser', member }, options);
new Repository('images', { repositoryId: 'central', format: 'DOCKER', location: region }, options);
const inside = inCluster(
  cluster.endpoint.apply((endpoint) => JSON.stringify({ clusters: [{ cluster: { server: endpoint } }] })),
);
new DaemonSet(
  'driver',
  {
    metadata: { name: 'driver', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: { app: 'driver' } },
      template: { metadata: { labels: { app: 'driver' } }, spec: { containers: [{ name: 'driver', image: 'i' }] } },
    },
  },
  { provider: inside },
);
