// `cdk8s-ai/aws`: clusters on Amazon EKS as Pulumi resources. These files are the only ones that import the SDK.
import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { CloudHalf, ClusterResources } from '../../render/pulumi/cloud-resources.ts';
import { kubeconfigOf } from '../../render/pulumi/kubeconfig.ts';
import { type awsRefs, awsRefsWith } from './facts.ts';
import { makeClusterAddons, makeNodeAddons } from './pulumi-addons.ts';
import { makeAutoscalerIdentity } from './pulumi-autoscaler.ts';
import { awsContext } from './pulumi-context.ts';
import { accessTo, makeAdministrators, makeControlPlane } from './pulumi-control-plane.ts';
import { makeRole } from './pulumi-identity.ts';
import { type AwsNetwork, makeNetwork } from './pulumi-network.ts';
import type { AwsOptions } from './pulumi-options.ts';
import { makeGpuPool, makeSystemPool } from './pulumi-pools.ts';
import { makeServices } from './pulumi-services.ts';
import { refuse } from './refuse.ts';
import { awsSettings } from './settings.ts';

export type { AwsOptions } from './pulumi-options.ts';

const NODE_POLICIES = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'];

/** The Pulumi half of clusters on Amazon EKS. */
export function awsResources(options: AwsOptions = {}): CloudHalf<'aws'> {
  return {
    cloud: 'aws',
    refs: (cluster) => awsRefsWith(awsSettings(cluster).services),
    refuse,
    cluster: (cluster, parent) => makeCluster(cluster, parent, options),
  };
}

function makeCluster(model: ClusterModel, parent: pulumi.Resource, options: AwsOptions): ClusterResources {
  const context = awsContext(model, parent, options);
  const network = makeNetwork(context);
  const cluster = makeControlPlane(context, network);
  makeAdministrators(context, cluster);
  const nodes = makeRole(context, 'node', 'ec2', NODE_POLICIES);
  const before = [...makeNodeAddons(context, cluster), ...network.egress];
  const basis = { cluster, network, nodes, before };
  const systemPool = makeSystemPool(context, basis);
  const addons = makeClusterAddons(context, cluster, systemPool);
  for (const pool of model.pools) makeGpuPool(context, basis, pool);
  const identities = makeAutoscalerIdentity(context, cluster);
  const services = makeServices(context, { cluster, network, systemPool });
  const access = accessTo(context, cluster);
  const kubeconfig = kubeconfigOf(access);
  return {
    kubeconfig,
    // The ARN of a cluster that was made anew is the old one; its endpoint never is.
    identifier: cluster.endpoint,
    resource: cluster,
    ready: [systemPool, ...addons, ...identities, ...services.ready],
    refs: { ...refsOf(cluster, network, kubeconfig), ...services.refs },
  };
}

function refsOf(
  cluster: Cluster,
  { vpc }: AwsNetwork,
  kubeconfig: pulumi.Output<string>,
): Record<keyof typeof awsRefs, pulumi.Output<string>> {
  return {
    certificateAuthority: cluster.certificateAuthority.data,
    clusterArn: cluster.arn,
    clusterSecurityGroupId: cluster.vpcConfig.clusterSecurityGroupId,
    endpoint: cluster.endpoint,
    kubeconfig,
    oidcIssuer: cluster.identities.apply((identities) => identities[0]?.oidcs[0]?.issuer ?? ''),
    vpcId: vpc.id,
  };
}
