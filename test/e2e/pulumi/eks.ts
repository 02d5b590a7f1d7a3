/** Lets a real API server take the place of the EKS cluster that the stand-in of AWS pretends to have made. */
import { connectionOf } from '../standin/kubeconfig.ts';
import { quote } from '../standin/plugins.ts';
import type { StackOptions } from './stack.ts';

/**
 * Options for a stack whose EKS clusters are all the API server of `kubeconfig`: the cluster resource gives out its address
 * and certificate authority, and `aws eks get-token` its credentials. So the kubeconfig that a program composes is put to use.
 */
export function eksServedBy(kubeconfig: string): Pick<StackOptions, 'outputs' | 'executables'> {
  const { server, authority, token } = connectionOf(kubeconfig);
  return {
    outputs: {
      'aws:eks/cluster:Cluster': {
        endpoint: server.origin,
        certificateAuthority: { data: Buffer.from(authority).toString('base64') },
      },
    },
    executables: { aws: getTokenScript(token) },
  };
}

/** Answers in the version of the credential API that the caller speaks, as the real command does. */
function getTokenScript(token: string): string {
  const credential = (version: string) =>
    quote(
      JSON.stringify({
        apiVersion: `client.authentication.k8s.io/${version}`,
        kind: 'ExecCredential',
        status: { token },
      }),
    );
  return `#!/bin/sh
case "$*" in
  *"eks get-token"*) ;;
  *) echo "this aws knows only eks get-token, not: $*" >&2; exit 1 ;;
esac
case "$KUBERNETES_EXEC_INFO" in
  *k8s.io/v1beta1*) echo ${credential('v1beta1')} ;;
  *) echo ${credential('v1')} ;;
esac
`;
}
