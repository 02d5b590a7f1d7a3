// `cdk8s-ai/azure`: clusters on Azure Kubernetes Service as Pulumi resources. These files are the only ones that import the SDK.
import type { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { CloudHalf, ClusterResources, RefNames } from '../../render/pulumi/cloud-resources.ts';
import { type ClusterAccess, kubeconfigOf } from '../../render/pulumi/kubeconfig.ts';
import { refuseWithoutPassword } from '../database-password.ts';
import { type azureRefs, azureRefsWith, clientIdRef } from './facts.ts';
import { type AzureOptions, azureContext } from './pulumi-context.ts';
import { accessTo, makeControlPlane, makeLogs } from './pulumi-control-plane.ts';
import { makeAdministrators, makeClusterIdentity } from './pulumi-identity.ts';
import { type AzureNetwork, makeNetwork } from './pulumi-network.ts';
import { enableInfiniBand, makeGpuPool } from './pulumi-pools.ts';
import { makeServices } from './pulumi-services.ts';
import { refuse } from './refuse.ts';
import { azureSettings } from './settings.ts';

export type { AzureOptions } from './pulumi-context.ts';

/** The Pulumi half of clusters on Azure Kubernetes Service. */
export function azureResources(options: AzureOptions = {}): CloudHalf<'azure'> {
  return {
    cloud: 'azure',
    refs: (cluster) => ({ ...azureRefsWith(azureSettings(cluster).services), ...clientIdsOf(cluster) }),
    refuse: (cluster) => [
      ...refuse(cluster),
      ...refuseWithoutPassword(cluster, azureSettings(cluster).services, options.databasePassword),
    ],
    cluster: (cluster, parent) => makeCluster(cluster, parent, options),
  };
}

/** With a storage account there is an identity for each tenant. */
function clientIdsOf(cluster: ClusterModel): RefNames {
  const hasIdentities = azureSettings(cluster).services.includes('objectStore');
  return Object.fromEntries(hasIdentities ? cluster.tenants.map(({ name }) => [clientIdRef(name), 'plain']) : []);
}

function makeCluster(model: ClusterModel, parent: pulumi.Resource, options: AzureOptions): ClusterResources {
  const context = azureContext(model, parent, options);
  const { location, name, place, tags } = context;
  const group = new ResourceGroup(
    name('group'),
    { resourceGroupName: `${model.name}-${location}`, location, tags },
    place,
  );
  const network = makeNetwork(context, group);
  const identity = makeClusterIdentity(context, group, network);
  const cluster = makeControlPlane(context, group, network, identity);
  makeLogs(context, group, cluster);
  const administrators = makeAdministrators(context, cluster);
  const basis = { group, cluster, network, infiniBand: enableInfiniBand(context) };
  for (const pool of model.pools) makeGpuPool(context, basis, pool);
  const services = makeServices(context, { cluster, group, network });
  const access = accessTo(context, group, cluster);
  const kubeconfig = kubeconfigOf(access);
  return {
    kubeconfig,
    // A cluster that was made anew has another one: Azure completes the name of its address by chance.
    identifier: access.server,
    resource: cluster,
    ready: [cluster, ...administrators, ...services.ready],
    refs: { ...refsOf(cluster, network, access, kubeconfig), ...services.refs },
  };
}

function refsOf(
  cluster: ManagedCluster,
  { vnet }: AzureNetwork,
  { server, certificateAuthority }: ClusterAccess,
  kubeconfig: pulumi.Output<string>,
): Record<keyof typeof azureRefs, pulumi.Output<string>> {
  return {
    certificateAuthority,
    clusterId: cluster.id,
    endpoint: server,
    kubeconfig,
    oidcIssuer: cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? ''),
    vnetId: vnet.id,
  };
}
