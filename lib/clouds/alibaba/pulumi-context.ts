import { Provider } from '@pulumi/alicloud/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { AlibabaOptions } from './pulumi-options.ts';
import { type AlibabaSettings, alibabaSettings } from './settings.ts';

/** What every step of making one cluster needs. */
export interface AlibabaContext {
  readonly cluster: ClusterModel;
  readonly region: string;
  readonly settings: AlibabaSettings;
  readonly options: AlibabaOptions;
  /** Below the cluster's component, by the cluster's own provider. */
  readonly place: { readonly parent: pulumi.Resource; readonly provider: Provider };
  /** As `place`, for what holds data: protected, and left in the account when it leaves the program. */
  readonly keep: pulumi.CustomResourceOptions;
  readonly tags: Readonly<Record<string, string>>;
  /** Pulumi name of a resource of the cluster. */
  name(part: string): string;
}

export function alibabaContext(
  cluster: ClusterModel,
  parent: pulumi.Resource,
  options: AlibabaOptions,
): AlibabaContext {
  const region = cluster.cloud.region ?? '';
  const { profile } = options;
  const provider = new Provider(
    `${cluster.name}/alibaba`,
    { region, ...(profile === undefined ? {} : { profile }) },
    { parent },
  );
  const place = { parent, provider };
  return {
    cluster,
    region,
    settings: alibabaSettings(cluster),
    options,
    place,
    keep: { ...place, protect: options.deletionProtection ?? true, retainOnDelete: true },
    tags: { 'cdk8s-ai.dev/cluster': cluster.name },
    name: (part) => `${cluster.name}/${part}`,
  };
}
