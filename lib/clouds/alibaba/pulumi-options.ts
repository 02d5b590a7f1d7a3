// In a file of its own: whoever writes a program has only these types checked, and not those of the whole SDK.
import type * as pulumi from '@pulumi/pulumi';

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
   * Key of KMS that encrypts bucket and database.
   *
   * @default - the default key of the account in the region, which the deployment enables. There is one of them: where it is
   *   enabled already, by another cluster perhaps, its id has to be named here
   */
  readonly dataKey?: pulumi.Input<string>;
  /**
   * Password of the database's user, a secret of the stack: `new Config().requireSecret('databasePassword')`.
   *
   * @default - none: a cluster with a database is refused with CLOUD-011
   */
  readonly databasePassword?: pulumi.Input<string>;
  /**
   * Whether control plane, database and what else holds data refuse to be deleted. Switch it off with one `up` before a
   * `destroy`; the database then leaves its backups, and bucket, file system and key stay in the account.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}
