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
   * Whether control plane, database and what else holds data refuse to be deleted. Switch it off with one `up` before a
   * `destroy`; the database then leaves a last snapshot, and bucket, file system and registry stay in the account.
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
  /** As `place`, for what holds data: protected, and left in the account when it leaves the program. */
  readonly keep: pulumi.CustomResourceOptions;
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
  const place = { parent, provider };
  return {
    cluster,
    region,
    settings: awsSettings(cluster),
    options,
    place,
    keep: { ...place, protect: options.deletionProtection ?? true, retainOnDelete: true },
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
