// As examples/azure-training, with the classes of the SDK: one of each kind of resource.
import { RoleAssignment } from '@pulumi/azure-native/authorization/roleAssignment.js';
import { Registry } from '@pulumi/azure-native/containerregistry/registry.js';
import { AgentPool } from '@pulumi/azure-native/containerservice/agentPool.js';
import { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { Key } from '@pulumi/azure-native/keyvault/key.js';
import { Vault } from '@pulumi/azure-native/keyvault/vault.js';
import { FederatedIdentityCredential } from '@pulumi/azure-native/managedidentity/federatedIdentityCredential.js';
import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import { DiagnosticSetting } from '@pulumi/azure-native/monitor/diagnosticSetting.js';
import { NatGateway } from '@pulumi/azure-native/network/natGateway.js';
import { PublicIPAddress } from '@pulumi/azure-native/network/publicIPAddress.js';
import { Subnet } from '@pulumi/azure-native/network/subnet.js';
import { VirtualNetwork } from '@pulumi/azure-native/network/virtualNetwork.js';
import { Workspace } from '@pulumi/azure-native/operationalinsights/workspace.js';
import { Provider } from '@pulumi/azure-native/provider.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { BlobServiceProperties } from '@pulumi/azure-native/storage/blobServiceProperties.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { inCluster } from './in-cluster.ts';

const provider = new Provider('azure', { location: 'eastus2' });
const options = { provider };

const group = new ResourceGroup('group', { resourceGroupName: 'east' }, options);
const inGroup = { resourceGroupName: group.name };
const address = new PublicIPAddress('nat', { ...inGroup, sku: { name: 'Standard' } }, options);
const nat = new NatGateway(
  'nat',
  { ...inGroup, sku: { name: 'Standard' }, publicIpAddresses: [{ id: address.id }] },
  options,
);
const network = new VirtualNetwork('vnet', { ...inGroup, addressSpace: { addressPrefixes: ['10.0.0.0/16'] } }, options);
const subnet = new Subnet(
  'nodes',
  { ...inGroup, virtualNetworkName: network.name, addressPrefix: '10.0.0.0/17', natGateway: { id: nat.id } },
  options,
);
const identity = new UserAssignedIdentity('cluster', inGroup, options);
const onNetwork = new RoleAssignment(
  'network',
  { scope: subnet.id, roleDefinitionId: 'r', principalId: identity.principalId, principalType: 'ServicePrincipal' },
  options,
);
const cluster = new ManagedCluster(
  'cluster',
  {
    ...inGroup,
    kubernetesVersion: '1.35',
    dnsPrefix: 'east',
    identity: { type: 'UserAssigned', userAssignedIdentities: [identity.id] },
    agentPoolProfiles: [
      { name: 'system', mode: 'System', vmSize: 'Standard_D8s_v5', count: 2, vnetSubnetID: subnet.id },
    ],
    networkProfile: { networkPlugin: 'azure', networkPluginMode: 'overlay', networkDataplane: 'cilium' },
    oidcIssuerProfile: { enabled: true },
    securityProfile: { workloadIdentity: { enabled: true } },
    disableLocalAccounts: true,
  },
  { ...options, dependsOn: [onNetwork] },
);
new AgentPool(
  'h100',
  {
    ...inGroup,
    resourceName: cluster.name,
    mode: 'User',
    vmSize: 'Standard_NC80adis_H100_v5',
    enableAutoScaling: true,
    minCount: 4,
    maxCount: 16,
    gpuProfile: { driver: 'Install' },
    nodeTaints: ['nvidia.com/gpu=present:NoSchedule'],
  },
  options,
);
const logs = new Workspace('logs', { ...inGroup, retentionInDays: 90 }, options);
new DiagnosticSetting(
  'logs',
  { resourceUri: cluster.id, workspaceId: logs.id, logs: [{ category: 'kube-audit-admin', enabled: true }] },
  options,
);
const vault = new Vault(
  'data',
  { ...inGroup, properties: { tenantId: 't', sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true } },
  options,
);
new Key('data', { ...inGroup, vaultName: vault.name, properties: { kty: 'RSA', keySize: 3072 } }, options);
const account = new StorageAccount('data', { ...inGroup, kind: 'StorageV2', sku: { name: 'Standard_ZRS' } }, options);
const inAccount = { ...inGroup, accountName: account.name };
new BlobServiceProperties('data', { ...inAccount, blobServicesName: 'default', isVersioningEnabled: true }, options);
new BlobContainer('team', inAccount, options);
new FederatedIdentityCredential(
  'team',
  { ...inGroup, resourceName: identity.name, issuer: 'https://oidc.example.com', subject: 's', audiences: ['a'] },
  options,
);
new Registry('images', { ...inGroup, sku: { name: 'Premium' } }, options);
inCluster(cluster.fqdn.apply((server) => JSON.stringify({ clusters: [{ cluster: { server } }] })));
