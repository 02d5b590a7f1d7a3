import { Key } from '@pulumi/azure-native/keyvault/key.js';
import { Vault } from '@pulumi/azure-native/keyvault/vault.js';
import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import type { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import { worldwideName } from './physical-name.ts';
import type { AzureContext } from './pulumi-context.ts';
import { grant, ROLES } from './pulumi-identity.ts';

/** Days for which a deleted key can be had back, and nobody can destroy it: the most there are. */
const SOFT_DELETE_DAYS = 90;
/** Age at which a new version of the key takes over. */
const ROTATE_AFTER = 'P1Y';

/** The key that encrypts everything that is stored, and who may use it. */
export interface DataKey {
  readonly vaultUri: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  /** Address of the key, whichever version is the newest. */
  readonly uri: pulumi.Output<string>;
  /** With it the services reach the key. */
  readonly identity: UserAssignedIdentity;
  /** What must be there before a service uses the key. */
  readonly ready: readonly pulumi.Resource[];
}

/** A key that nobody can destroy at once, in a vault that only services of Azure reach. All of it stays with the data. */
export function makeKey(context: AzureContext, { name: resourceGroupName }: ResourceGroup): DataKey {
  const { cluster, keep, location, name, tags } = context;
  const identity = new UserAssignedIdentity(
    name('data'),
    { resourceGroupName, resourceName: `${cluster.name}-data`, location, tags },
    keep,
  );
  const vault = new Vault(
    name('data'),
    {
      resourceGroupName,
      vaultName: worldwideName(context),
      location,
      properties: {
        tenantId: identity.tenantId,
        sku: { family: 'A', name: 'standard' },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: SOFT_DELETE_DAYS,
        enablePurgeProtection: true,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' },
      },
      tags,
    },
    keep,
  );
  const key = new Key(
    name('data'),
    {
      resourceGroupName,
      vaultName: vault.name,
      keyName: 'data',
      properties: {
        kty: 'RSA',
        keySize: 3072,
        keyOps: ['wrapKey', 'unwrapKey'],
        rotationPolicy: {
          lifetimeActions: [{ action: { type: 'rotate' }, trigger: { timeAfterCreate: ROTATE_AFTER } }],
        },
      },
      tags,
    },
    keep,
  );
  const role = grant(context, 'data', ROLES.keyVaultCryptoServiceEncryptionUser, vault.id, identity.principalId, keep);
  return {
    vaultUri: vault.properties.apply(({ vaultUri }) => vaultUri),
    name: key.name,
    uri: key.keyUri,
    identity,
    ready: [key, role],
  };
}

/** Encryption of a storage account with the key. */
export function encryptedWith({ identity, name, vaultUri }: DataKey) {
  return {
    identity: { type: 'UserAssigned', userAssignedIdentities: [identity.id] },
    encryption: {
      keySource: 'Microsoft.Keyvault',
      keyVaultProperties: { keyName: name, keyVaultUri: vaultUri },
      encryptionIdentity: { encryptionUserAssignedIdentity: identity.id },
    },
  };
}
