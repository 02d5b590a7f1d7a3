import { Provider } from '@pulumi/aws/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import { type AwsSettings, awsSettings } from './settings.ts';

/** Who deploys, and how careful to be. */
export interface AwsOptions {
  /**
   * Profile of the AWS configuration files, for the deployment and in the kubeconfig.
   *
   * @default - as the AWS tools choose: the environment first
   */
  readonly profile?: string;
  /**
   * ARN of the role that the deployment assumes, and that the kubeconfig names. It is what gets into a new cluster first.
   *
   * @default - the caller itself
   */
  readonly roleArn?: string;
  /**
   * Others who administrate the clusters: ARNs of IAM roles or users, by a name that stays.
   *
   * @default - none but the identity that deploys
   */
  readonly administrators?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Whether EKS refuses to delete the control plane. Switch it off with one `up` before a `destroy`.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/** What every step of making one cluster needs. */
export interface AwsContext {
  readonly cluster: ClusterModel;
  readonly region: string;
  readonly settings: AwsSettings;
  readonly options: AwsOptions;
  /** Below the cluster's component, by the cluster's own provider. */
  readonly place: { readonly parent: pulumi.Resource; readonly provider: Provider };
  /** Pulumi name of a resource of the cluster. */
  name(part: string): string;
  /** ARN of a policy that AWS manages. */
  managedPolicy(path: string): string;
  /** ARN of an EKS access policy. */
  accessPolicy(name: string): string;
}

export function awsContext(cluster: ClusterModel, parent: pulumi.Resource, options: AwsOptions): AwsContext {
  const region = cluster.cloud.region ?? '';
  const { profile, roleArn } = options;
  const provider = new Provider(
    `${cluster.name}/aws`,
    {
      region,
      ...(profile === undefined ? {} : { profile }),
      ...(roleArn === undefined ? {} : { assumeRoles: [{ roleArn }] }),
      defaultTags: { tags: { 'cdk8s-ai.dev/cluster': cluster.name } },
    },
    { parent },
  );
  const partition = partitionOf(region);
  return {
    cluster,
    region,
    settings: awsSettings(cluster),
    options,
    place: { parent, provider },
    name: (part) => `${cluster.name}/${part}`,
    managedPolicy: (path) => `arn:${partition}:iam::aws:policy/${path}`,
    accessPolicy: (name) => `arn:${partition}:eks::aws:cluster-access-policy/${name}`,
  };
}

/** @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
