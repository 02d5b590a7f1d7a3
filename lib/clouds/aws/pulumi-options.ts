// In a file of its own: whoever writes a program has only these types checked, and not those of the whole SDK.
import type * as pulumi from '@pulumi/pulumi';

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
