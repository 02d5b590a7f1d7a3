import { Provider } from '@pulumi/alicloud/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import { type AlibabaSettings, alibabaSettings } from './settings.ts';

/** Who deploys, and how careful to be. */
export interface AlibabaOptions {
  /**
   * Profile of the Alibaba Cloud CLI, for the deployment and in the kubeconfig.
   *
   * @default - as Alibaba Cloud's tools choose: the environment first
   */
  readonly profile?: string;
  /**
   * Others who administrate the clusters: ids of RAM users, by a name that stays.
   *
   * @default - none but the identity that deploys
   */
  readonly administrators?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Key of KMS with which Kubernetes secrets are encrypted once more.
   *
   * @default - none
   */
  readonly secretsKey?: pulumi.Input<string>;
  /**
   * Whether control plane and what holds data refuse to be deleted. Switch it off with one `up` before a `destroy`; the
   * bucket then stays in the account.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

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
