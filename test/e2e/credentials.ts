// Who may talk to a control plane of the lane: one administrator. It lives for minutes, on loopback, so a token in a file is enough.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Credentials {
  readonly token: string;
  /** File for `--token-auth-file`. */
  readonly tokenFile: string;
  /** File for clients. */
  readonly kubeconfig: string;
  /** File: signs and proves service account tokens. */
  readonly serviceAccountKey: string;
}

/** Writes them for an API server whose certificate will be in the file `certificate`. */
export function writeCredentials(folder: string, server: string, certificate: string): Credentials {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const token = randomBytes(16).toString('hex');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    token,
    tokenFile: write('tokens.csv', `${token},admin,admin,system:masters\n`),
    kubeconfig: write('kubeconfig', JSON.stringify(kubeconfig(server, certificate, token))),
    serviceAccountKey: write('service-account.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
}

function kubeconfig(server: string, certificate: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'e2e', user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  };
}
