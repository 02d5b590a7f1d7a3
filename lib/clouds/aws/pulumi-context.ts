import { Provider } from '@pulumi/aws/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { AwsOptions } from './pulumi-options.ts';
import { type AwsSettings, awsSettings } from './settings.ts';

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
