import { Provider } from '@pulumi/gcp/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import { type GcpSettings, gcpSettings } from './settings.ts';

/** Who deploys, and how careful to be. */
export interface GcpOptions {
  /**
   * Service account that the deployment acts as, and that must be allowed to make everything.
   *
   * @default - the caller itself
   */
  readonly impersonateServiceAccount?: pulumi.Input<string>;
  /**
   * Others who administrate the clusters of the project, by a name that stays: `{ platform: 'group:platform@example.com' }`.
   *
   * @default - none but the identity that deploys
   */
  readonly administrators?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Key of Cloud KMS with which Kubernetes secrets are encrypted once more. GKE's own service agent must be allowed to use it.
   *
   * @default - Google's own keys alone
   */
  readonly secretsKey?: pulumi.Input<string>;
  /**
   * Password of the database's user, a secret of the stack: `new Config().requireSecret('databasePassword')`.
   *
   * @default - none: a cluster with a database is refused with CLOUD-011
   */
  readonly databasePassword?: pulumi.Input<string>;
  /**
   * Whether control plane and what holds data refuse to be deleted. Switch it off with one `up` before a `destroy`; bucket,
   * database, file system and registry then stay in the project, with their key and the network that they stand in.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/** What every step of making one cluster needs. */
export interface GcpContext {
  readonly cluster: ClusterModel;
  readonly project: string;
  readonly region: string;
  readonly settings: GcpSettings;
  readonly options: GcpOptions;
  /** Below the cluster's component, by the cluster's own provider. */
  readonly place: { readonly parent: pulumi.Resource; readonly provider: Provider };
  /** As `place`, for what holds data: protected, and left in the project when it leaves the program. */
  readonly keep: pulumi.CustomResourceOptions;
  /** Pulumi name of a resource of the cluster. */
  name(part: string): string;
}

export function gcpContext(cluster: ClusterModel, parent: pulumi.Resource, options: GcpOptions): GcpContext {
  const settings = gcpSettings(cluster);
  const { project } = settings;
  const region = cluster.cloud.region ?? '';
  const { impersonateServiceAccount } = options;
  const provider = new Provider(
    `${cluster.name}/gcp`,
    {
      project,
      region,
      ...(impersonateServiceAccount === undefined ? {} : { impersonateServiceAccount }),
      defaultLabels: { 'cdk8s-ai-cluster': cluster.name },
    },
    { parent },
  );
  const place = { parent, provider };
  return {
    cluster,
    project,
    region,
    settings,
    options,
    place,
    keep: { ...place, protect: options.deletionProtection ?? true, retainOnDelete: true },
    name: (part) => `${cluster.name}/${part}`,
  };
}
