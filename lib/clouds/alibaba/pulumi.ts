// `cdk8s-ai/alibaba`: clusters on Alibaba Cloud (ACK) as Pulumi resources. These files are the only ones that import the SDK.
import type { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { CloudHalf, ClusterResources } from '../../render/pulumi/cloud-resources.ts';
import { type ClusterAccess, kubeconfigOf } from '../../render/pulumi/kubeconfig.ts';
import { refuseWithoutPassword } from '../database-password.ts';
import { type alibabaRefs, alibabaRefsWith } from './facts.ts';
import { alibabaContext } from './pulumi-context.ts';
import { accessTo, makeAdministrators, makeControlPlane } from './pulumi-control-plane.ts';
import { makeErdmaController } from './pulumi-erdma.ts';
import { type AlibabaNetwork, makeNetwork } from './pulumi-network.ts';
import type { AlibabaOptions } from './pulumi-options.ts';
import { makeAutoscaler, makeGpuPool, makeSystemPool } from './pulumi-pools.ts';
import { makeServices } from './pulumi-services.ts';
import { refuse } from './refuse.ts';
import { alibabaSettings } from './settings.ts';

export type { AlibabaOptions } from './pulumi-options.ts';

/** The Pulumi half of clusters on Alibaba Cloud. */
export function alibabaResources(options: AlibabaOptions = {}): CloudHalf<'alibaba'> {
  return {
    cloud: 'alibaba',
    refs: (cluster) => alibabaRefsWith(alibabaSettings(cluster).services),
    refuse: (cluster) => [
      ...refuse(cluster),
      ...refuseWithoutPassword(cluster, alibabaSettings(cluster).services, options.databasePassword),
    ],
    cluster: (cluster, parent) => makeCluster(cluster, parent, options),
  };
}

function makeCluster(model: ClusterModel, parent: pulumi.Resource, options: AlibabaOptions): ClusterResources {
  const context = alibabaContext(model, parent, options);
  const network = makeNetwork(context);
  const cluster = makeControlPlane(context, network);
  makeAdministrators(context, cluster);
  const basis = { cluster, network };
  const systemPool = makeSystemPool(context, basis);
  const addons = makeErdmaController(context, cluster, systemPool);
  for (const pool of model.pools) makeGpuPool(context, basis, pool, addons);
  makeAutoscaler(context, cluster);
  const services = makeServices(context, { cluster, network });
  const access = accessTo(context, cluster);
  const kubeconfig = kubeconfigOf(access);
  return {
    kubeconfig,
    // ACK never gives the id of a cluster to another one.
    identifier: cluster.id,
    resource: cluster,
    ready: [systemPool, ...services.ready],
    refs: { ...refsOf(cluster, network, access, kubeconfig), ...services.refs },
  };
}

function refsOf(
  cluster: ManagedKubernetes,
  { vpc }: AlibabaNetwork,
  { server, certificateAuthority }: ClusterAccess,
  kubeconfig: pulumi.Output<string>,
): Record<keyof typeof alibabaRefs, pulumi.Output<string>> {
  return {
    certificateAuthority,
    clusterId: cluster.id,
    endpoint: server,
    kubeconfig,
    oidcIssuer: cluster.rrsaMetadata.rrsaOidcIssuerUrl,
    vpcId: vpc.id,
  };
}
