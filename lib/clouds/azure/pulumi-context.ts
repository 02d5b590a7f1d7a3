import { Provider } from '@pulumi/azure-native/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import { type AzureSettings, azureSettings } from './settings.ts';

/** Who deploys, and how careful to be. */
export interface AzureOptions {
  /**
   * Who administrates the clusters: object ids of users, groups or service principals of Entra ID, by a name that stays.
   * Whoever deploys must be among them.
   *
   * @default - the identity that deploys first, and nobody else
   */
  readonly administrators?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * How `kubelogin` gets a token for whoever uses the kubeconfig.
   *
   * @default 'azurecli'
   * @see https://azure.github.io/kubelogin/concepts/login-modes.html
   */
  readonly login?: 'azurecli' | 'msi' | 'spn' | 'workloadidentity';
  /**
   * Password of the database's user, a secret of the stack: `new Config().requireSecret('databasePassword')`.
   *
   * @default - none: a cluster with a database is refused with CLOUD-011
   */
  readonly databasePassword?: pulumi.Input<string>;
  /**
   * Whether cluster and what holds data refuse to be deleted. Switch it off with one `up` before a `destroy`; storage
   * accounts, database, registry and their key then stay in the subscription.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/** What every step of making one cluster needs. */
export interface AzureContext {
  readonly cluster: ClusterModel;
  readonly location: string;
  readonly settings: AzureSettings;
  readonly options: AzureOptions;
  /** Below the cluster's component, by the cluster's own provider. */
  readonly place: { readonly parent: pulumi.Resource; readonly provider: Provider };
  /** As `place`, for what holds data: protected, and left in the subscription when it leaves the program. */
  readonly keep: pulumi.CustomResourceOptions;
  readonly tags: Readonly<Record<string, string>>;
  /** Pulumi name of a resource of the cluster. */
  name(part: string): string;
  /** Id of a role that Azure defines. */
  roleId(guid: string): string;
}

export function azureContext(cluster: ClusterModel, parent: pulumi.Resource, options: AzureOptions): AzureContext {
  const settings = azureSettings(cluster);
  const { subscriptionId } = settings;
  const location = cluster.cloud.region ?? '';
  const provider = new Provider(`${cluster.name}/azure`, { subscriptionId, location }, { parent });
  const place = { parent, provider };
  return {
    cluster,
    location,
    settings,
    options,
    place,
    keep: { ...place, protect: options.deletionProtection ?? true, retainOnDelete: true },
    tags: { 'cdk8s-ai.dev-cluster': cluster.name },
    name: (part) => `${cluster.name}/${part}`,
    roleId: (guid) => `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${guid}`,
  };
}
