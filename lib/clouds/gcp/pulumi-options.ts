// In a file of its own: whoever writes a program has only these types checked, and not those of the whole SDK.
import type * as pulumi from '@pulumi/pulumi';

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
