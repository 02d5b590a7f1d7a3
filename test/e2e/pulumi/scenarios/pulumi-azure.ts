import assert from 'node:assert/strict';
import { infrastructureScenario, type Means } from '../infrastructure-lane.ts';
import { resource } from '../plan.ts';

const pool = ({ planned }: Means, name: string) => planned('azure-native:containerservice:AgentPool', `east/${name}`);
const cluster = ({ planned }: Means) => planned('azure-native:containerservice:ManagedCluster', 'east/cluster');
const FEATURE = 'azure-native:features:SubscriptionFeatureRegistration';
const KINDS_OF_DATA = [
  'resources:ResourceGroup',
  'storage:StorageAccount',
  'storage:BlobServiceProperties',
  'storage:BlobContainer',
  'storage:FileShare',
  'containerregistry:Registry',
  'dbforpostgresql:Server',
  'dbforpostgresql:Database',
  'keyvault:Vault',
  'keyvault:Key',
];
const holdsData = (type: string, name: string) =>
  // Without its identity and role nobody reads what the key encrypts.
  name === 'east/data' || (KINDS_OF_DATA.some((kind) => type === `azure-native:${kind}`) && name !== 'east/group');

/** Clusters on Azure Kubernetes Service with everything that they can have, judged by the typings of the SDK. */
export const scenario = infrastructureScenario({
  scenario: 'pulumi-azure',
  program: 'aks',
  provider: 'azure-native',
  isData: ({ type, name }) => holdsData(type, name) || type.endsWith(':ManagedCluster'),
  isLeft: ({ type, name }) => holdsData(type, name) || type === FEATURE,
  proofs: {
    'AKS gets every way of buying nodes as it knows it': (means) => {
      assert.match(String(pool(means, 'h100')['capacityReservationGroupID']), /capacityReservationGroups\/h100$/);
      assert.deepEqual(pool(means, 'h100')['availabilityZones'], ['2']);
      const { scaleSetPriority, scaleSetEvictionPolicy, spotMaxPrice } = pool(means, 'a100');
      assert.deepEqual([scaleSetPriority, scaleSetEvictionPolicy, spotMaxPrice], ['Spot', 'Delete', 1.5]);
      assert.equal(pool(means, 't4')['scaleSetPriority'], undefined);
    },

    'AKS gets taints in its own spelling, that of spot nodes among them': (means) => {
      const gpu = 'nvidia.com/gpu=present:NoSchedule';
      assert.deepEqual(pool(means, 't4')['nodeTaints'], [gpu]);
      assert.deepEqual(pool(means, 'a100')['nodeTaints'], [
        gpu,
        'kubernetes.azure.com/scalesetpriority=spot:NoSchedule',
        'team=apps:NoExecute',
      ]);
      const [system] = cluster(means)['agentPoolProfiles'] as readonly { nodeTaints: readonly string[] }[];
      assert.deepEqual(system?.nodeTaints, ['CriticalAddonsOnly=true:NoSchedule']);
    },

    'a pool of AKS with InfiniBand comes once the subscription places such nodes on one fabric': (means) => {
      assert.equal(means.planned(FEATURE, 'east/infiniband')['featureName'], 'AKSInfinibandSupport');
      const { dependencies } = resource(means.deployed, 'azure-native:containerservice:AgentPool', 'east/h100');
      assert.ok(dependencies.some((urn) => urn.endsWith('::east/infiniband')));
    },

    'the password of the database on Azure is secret, and the database has no public address': (means) => {
      const server = means.planned('azure-native:dbforpostgresql:Server', 'east/database');
      assert.equal(server['administratorLoginPassword'], '[secret]');
      assert.deepEqual(server['network'], { publicNetworkAccess: 'Disabled' });
    },

    'AKS has no accounts of its own, and tenants reach their container by an identity of their service account': (
      means,
    ) => {
      assert.equal(cluster(means)['disableLocalAccounts'], true);
      const credential = means.planned(
        'azure-native:managedidentity:FederatedIdentityCredential',
        'east/tenant-vision',
      );
      assert.equal(credential['subject'], 'system:serviceaccount:vision:workload');
      assert.equal(means.planned('azure-native:storage:StorageAccount', 'east/bucket')['allowSharedKeyAccess'], false);
    },
  },
});
