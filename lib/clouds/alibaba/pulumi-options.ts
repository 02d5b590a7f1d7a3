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
   * Whether control plane and what holds data refuse to be deleted. Switch it off with one `up` before a `destroy`; the
   * bucket then stays in the account.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}
