import * as pulumi from '@pulumi/pulumi';

/** A cluster, and the program that gets a token for it. */
export interface ClusterAccess {
  /** Name of cluster, user and context. */
  readonly name: pulumi.Input<string>;
  /** Address of the API server. */
  readonly server: pulumi.Output<string>;
  /** In base64. */
  readonly certificateAuthority: pulumi.Output<string>;
  /** @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
  readonly exec: {
    readonly command: string;
    readonly args?: readonly pulumi.Input<string>[];
    readonly interactiveMode?: 'Never';
    readonly provideClusterInfo?: true;
  };
}

/** A kubeconfig without credentials in it: whoever uses it gets them from the program. Secret all the same. */
export function kubeconfigOf({ name, server, certificateAuthority, exec }: ClusterAccess): pulumi.Output<string> {
  return pulumi.secret(
    pulumi.jsonStringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority-data': certificateAuthority } }],
      users: [{ name, user: { exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', ...exec } } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    }),
  );
}
