/** Lets a real API server take the place of the clusters that the stand-in of a cloud pretends to have made. */
import { connectionOf } from '../standin/kubeconfig.ts';
import { type Cloud, quote } from '../standin/plugins.ts';
import type { StackOptions } from './stack.ts';

/**
 * Options for a stack whose clusters in the cloud are all the API server of `kubeconfig`: the cloud gives out its address and
 * certificate authority, and the program that fetches credentials for the cloud gives out its token. So the kubeconfig that
 * a program composes is put to use.
 */
export function servedBy(cloud: Cloud, kubeconfig: string): Pick<StackOptions, 'outputs' | 'executables'> {
  const { server, authority, token } = connectionOf(kubeconfig);
  const { outputs, command, words } = clouds[cloud](server, Buffer.from(authority).toString('base64'));
  return { outputs, executables: { [command]: credentialScript(command, words, token) } };
}

interface Served {
  /** By resource type or function. */
  readonly outputs: NonNullable<StackOptions['outputs']>;
  /** The program that a kubeconfig of the cloud names, and what it must be asked for. */
  readonly command: string;
  readonly words: string;
}

const clouds: Readonly<Record<Cloud, (server: URL, authority: string) => Served>> = {
  alicloud: ({ origin }, authority) => ({
    outputs: {
      'alicloud:cs/managedKubernetes:ManagedKubernetes': { connections: { apiServerIntranet: origin } },
      'alicloud:cs/getClusterCredential:getClusterCredential': { certificateAuthority: { clusterCert: authority } },
    },
    command: 'ack-ram-tool',
    words: 'credential-plugin get-credential',
  }),
  aws: ({ origin }, authority) => ({
    outputs: { 'aws:eks/cluster:Cluster': { endpoint: origin, certificateAuthority: { data: authority } } },
    command: 'aws',
    words: 'eks get-token',
  }),
  'azure-native': ({ origin }, authority) => ({
    outputs: {
      'azure-native:containerservice:listManagedClusterUserCredentials': {
        kubeconfigs: [{ name: 'clusterUser', value: base64(userCredentials(origin, authority)) }],
      },
    },
    command: 'kubelogin',
    words: 'get-token --login',
  }),
  gcp: ({ host }, authority) => ({
    outputs: {
      'gcp:container/cluster:Cluster': { endpoint: host, masterAuth: { clusterCaCertificate: authority } },
    },
    command: 'gke-gcloud-auth-plugin',
    words: '',
  }),
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig as AKS hands it out, as far as it is read. */
const userCredentials = (server: string, authority: string): string =>
  `clusters:\n- cluster:\n    certificate-authority-data: ${authority}\n    server: ${server}\n`;

/** Answers in the version of the credential API that the caller speaks, as the real commands do. */
function credentialScript(command: string, words: string, token: string): string {
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
  *${quote(words)}*) ;;
  *) echo "this ${command} knows only '${words}', not: $*" >&2; exit 1 ;;
esac
case "$KUBERNETES_EXEC_INFO" in
  *k8s.io/v1beta1*) echo ${credential('v1beta1')} ;;
  *) echo ${credential('v1')} ;;
esac
`;
}
