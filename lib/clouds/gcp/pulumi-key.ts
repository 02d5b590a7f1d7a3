import { CryptoKey } from '@pulumi/gcp/kms/cryptoKey.js';
import { CryptoKeyIAMMember } from '@pulumi/gcp/kms/cryptoKeyIAMMember.js';
import { KeyRing } from '@pulumi/gcp/kms/keyRing.js';
import { ServiceIdentity } from '@pulumi/gcp/projects/serviceIdentity.js';
import type * as pulumi from '@pulumi/pulumi';
import type { GcpContext } from './pulumi-context.ts';

/** Seconds after which new data is encrypted with a new version of the key: 90 days. */
const ROTATION_SECONDS = 90 * 24 * 60 * 60;

/** The key for what is stored in the region. Google never deletes a key ring, so its name is taken for good. */
export function makeKey({ cluster, keep, name, region }: GcpContext, apis: readonly pulumi.Resource[]): CryptoKey {
  const ring = new KeyRing(name('data'), { name: cluster.name, location: region }, { ...keep, dependsOn: [...apis] });
  return new CryptoKey(name('data'), { name: 'data', keyRing: ring.id, rotationPeriod: `${ROTATION_SECONDS}s` }, keep);
}

/**
 * Name of the key for a service, known once the agent with which the service works may use it.
 *
 * @param agent `serviceAccount:` and its address
 */
export function keyFor(
  { keep, name }: GcpContext,
  key: CryptoKey,
  part: string,
  agent: pulumi.Input<string>,
): pulumi.Output<string> {
  // Kept like the data: what is encrypted could not be read without it.
  return new CryptoKeyIAMMember(
    name(`key-${part}`),
    { cryptoKeyId: key.id, role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', member: agent },
    keep,
  ).cryptoKeyId;
}

/** The agent with which an API works in the project, made before its first use so that it can be allowed something. */
export function agentOf(
  { name, place, project }: GcpContext,
  api: string,
  apis: readonly pulumi.Resource[],
): pulumi.Output<string> {
  return new ServiceIdentity(
    name(`agent-${api}`),
    { project, service: `${api}.googleapis.com` },
    { ...place, dependsOn: [...apis] },
  ).member;
}
