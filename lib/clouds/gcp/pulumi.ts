// `cdk8s-ai/gcp`: clusters on Google Kubernetes Engine as Pulumi resources. These files are the only ones that import the SDK.
import type { Cluster } from '@pulumi/gcp/container/cluster.js';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { CloudHalf, ClusterResources } from '../../render/pulumi/cloud-resources.ts';
import { type ClusterAccess, kubeconfigOf } from '../../render/pulumi/kubeconfig.ts';
import { refuseWithoutPassword } from '../database-password.ts';
import { type gcpRefs, gcpRefsWith } from './facts.ts';
import { type GcpContext, gcpContext } from './pulumi-context.ts';
import { accessTo, makeControlPlane } from './pulumi-control-plane.ts';
import { makeFabricNetworks } from './pulumi-fabric.ts';
import { enableApis, makeAdministrators, makeNodeAccount, type NodeAccount } from './pulumi-identity.ts';
import { type GcpNetwork, makeNetwork } from './pulumi-network.ts';
import type { GcpOptions } from './pulumi-options.ts';
import { makeGpuPool, makeSystemPool } from './pulumi-pools.ts';
import { makeServices } from './pulumi-services.ts';
import { refuse } from './refuse.ts';
import { gcpSettings } from './settings.ts';

export type { GcpOptions } from './pulumi-options.ts';

/** The Pulumi half of clusters on Google Kubernetes Engine. */
export function gcpResources(options: GcpOptions = {}): CloudHalf<'gcp'> {
  return {
    cloud: 'gcp',
    refs: (cluster) => gcpRefsWith(gcpSettings(cluster).services),
    refuse: (cluster) => [
      ...refuse(cluster),
      ...refuseWithoutPassword(cluster, gcpSettings(cluster).services, options.databasePassword),
    ],
    cluster: (cluster, parent) => makeCluster(cluster, parent, options),
  };
}

function makeCluster(model: ClusterModel, parent: pulumi.Resource, options: GcpOptions): ClusterResources {
  const context = gcpContext(model, parent, options);
  const apis = enableApis(context);
  const network = makeNetwork(context, apis);
  const cluster = makeControlPlane(context, network);
  makeAdministrators(context);
  const nodes = makeNodeAccount(context, apis);
  const fabric = makeFabricNetworks(context, apis);
  const basis = { cluster, network, nodes, fabric };
  const systemPool = makeSystemPool(context, basis);
  for (const pool of model.pools) makeGpuPool(context, basis, pool, systemPool);
  const services = makeServices(context, { apis, cluster, network });
  const access = accessTo(context, cluster);
  const kubeconfig = kubeconfigOf(access);
  return {
    kubeconfig,
    // The path of a cluster that was made anew is the old one; its certificate never is.
    identifier: pulumi.interpolate`${cluster.selfLink}#${cluster.masterAuth.clusterCaCertificate}`,
    resource: cluster,
    ready: [systemPool, ...[...fabric.values()].map(({ subnetwork }) => subnetwork), ...services.ready],
    refs: { ...refsOf(context, cluster, network, nodes, access, kubeconfig), ...services.refs },
  };
}

function refsOf(
  { project, region }: GcpContext,
  cluster: Cluster,
  { network }: GcpNetwork,
  { account }: NodeAccount,
  { server, certificateAuthority }: ClusterAccess,
  kubeconfig: pulumi.Output<string>,
): Record<keyof typeof gcpRefs, pulumi.Output<string>> {
  return {
    certificateAuthority,
    clusterId: cluster.id,
    endpoint: server,
    kubeconfig,
    nodeServiceAccount: account.email,
    oidcIssuer: pulumi.interpolate`https://container.googleapis.com/v1/projects/${project}/locations/${region}/clusters/${cluster.name}`,
    vpcId: network.id,
  };
}
