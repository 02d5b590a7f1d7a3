// `cdk8s-ai/pulumi`: the platform as resources. Each cloud that makes clusters has a subpath of its own, such as `cdk8s-ai/aws`.
export type { CloudHalf, CloudResources, ClusterResources, RefNames } from './cloud-resources.ts';
export { type DeployedCluster, type Deployment, type DeployOptions, deploy } from './deploy.ts';
export { type ExistingOptions, existingResources } from './existing.ts';
export {
  type ClusterAccess,
  deployInfrastructure,
  type Infrastructure,
  stackResources,
} from './infrastructure.ts';
