/** Reads from a kubeconfig how to reach its cluster: address, authority and a bearer token, from an exec plugin too. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Connection {
  readonly server: URL;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** The certificates to trust, in PEM. */
  readonly authority: string;
  readonly token: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  readonly clusters: readonly { name: string; cluster: ClusterEntry }[];
  readonly users: readonly { name: string; user: { token?: string; exec?: ExecPlugin } }[];
}

interface ClusterEntry {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
}

interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { name: string; value: string }[];
}

/**
 * @param source the text of a kubeconfig (YAML or JSON) or the path of one
 * @throws when an entry is missing, or the user has neither token nor exec plugin (client certificates are not read)
 */
export function connectionOf(source: string, contextName?: string): Connection {
  const config = parse(existsSync(source) ? readFileSync(source, 'utf8') : source) as Kubeconfig;
  const { context } = named(config.contexts, contextName ?? config['current-context'], 'context');
  const { cluster } = named(config.clusters, context.cluster, 'cluster');
  const { user } = named(config.users, context.user, 'user');
  const token = user.exec ? tokenFrom(user.exec) : user.token;
  if (token === undefined) throw new Error(`the user ${context.user} of the kubeconfig has no token`);
  return {
    server: new URL(cluster.server),
    namespace: context.namespace ?? 'default',
    authority: authorityOf(cluster),
    token,
  };
}

function named<T extends { readonly name: string }>(entries: readonly T[], name: string | undefined, what: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (!found) throw new Error(`the kubeconfig has no ${what} named ${name}`);
  return found;
}

function authorityOf(cluster: ClusterEntry): string {
  const data = cluster['certificate-authority-data'];
  const file = cluster['certificate-authority'];
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  if (file !== undefined) return readFileSync(file, 'utf8');
  throw new Error(`the kubeconfig names no certificate authority for ${cluster.server}`);
}

/** Runs `aws eks get-token` and the like; they print an ExecCredential. */
function tokenFrom({ apiVersion, command, args = [], env = [] }: ExecPlugin): string | undefined {
  const request = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const added = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const output = execFileSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...added, KUBERNETES_EXEC_INFO: JSON.stringify(request) },
  });
  return (JSON.parse(output) as { status?: { token?: string } }).status?.token;
}
