import { FederatedIdentityCredential } from '@pulumi/azure-native/managedidentity/federatedIdentityCredential.js';
import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { BlobServiceProperties } from '@pulumi/azure-native/storage/blobServiceProperties.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import type * as pulumi from '@pulumi/pulumi';
import { WORKLOAD_SERVICE_ACCOUNT } from '../../model/conventions.ts';
import type { TenantModel } from '../../model/platform-model.ts';
import { tenantContainer } from '../tenant-folder.ts';
import { clientIdRef } from './facts.ts';
import { worldwideName } from './physical-name.ts';
import type { AzureContext } from './pulumi-context.ts';
import { grant, ROLES } from './pulumi-identity.ts';
import { encryptedWith } from './pulumi-key.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Days for which an overwritten or deleted object can be had back. */
const SOFT_DELETE_DAYS = 30;

/** A private storage account without keys, with a container for the jobs of each tenant. */
export function makeBucket(context: AzureContext, basis: ServiceBasis): MadeService<'objectStore'> {
  const { cluster, keep, location, name, tags } = context;
  const account = new StorageAccount(
    name('bucket'),
    {
      resourceGroupName: basis.data.name,
      accountName: worldwideName(context),
      location,
      kind: 'StorageV2',
      sku: { name: 'Standard_ZRS' },
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: false,
      minimumTlsVersion: 'TLS1_2',
      enableHttpsTrafficOnly: true,
      ...encryptedWith(basis.key),
      tags,
    },
    { ...keep, dependsOn: [...basis.key.ready] },
  );
  new BlobServiceProperties(
    name('bucket'),
    {
      resourceGroupName: basis.data.name,
      accountName: account.name,
      blobServicesName: 'default',
      deleteRetentionPolicy: { enabled: true, days: SOFT_DELETE_DAYS },
    },
    keep,
  );
  const identities = cluster.tenants.map((tenant) => makeTenantIdentity(context, basis, account, tenant));
  return {
    refs: { bucketName: account.name },
    tenantRefs: Object.fromEntries(identities.map(({ tenant, clientId }) => [clientIdRef(tenant), clientId])),
    ready: identities.flatMap(({ roles }) => roles),
  };
}

interface TenantIdentity {
  readonly tenant: string;
  readonly clientId: pulumi.Output<string>;
  /** What must be there before somebody uses it. */
  readonly roles: readonly pulumi.Resource[];
}

/** Lets the jobs of a tenant read and write its container, by an identity that Azure gives their service account. */
function makeTenantIdentity(
  context: AzureContext,
  { cluster, group, data }: ServiceBasis,
  account: StorageAccount,
  tenant: TenantModel,
): TenantIdentity {
  const { keep, location, name, place, tags } = context;
  const part = `tenant-${tenant.name}`;
  const container = new BlobContainer(
    name(part),
    {
      resourceGroupName: data.name,
      accountName: account.name,
      containerName: tenantContainer(tenant.namespace),
    },
    keep,
  );
  const identity = new UserAssignedIdentity(
    name(part),
    { resourceGroupName: group.name, resourceName: `${context.cluster.name}-${part}`, location, tags },
    place,
  );
  const credential = new FederatedIdentityCredential(
    name(part),
    {
      resourceGroupName: group.name,
      resourceName: identity.name,
      federatedIdentityCredentialResourceName: context.cluster.name,
      issuer: cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? ''),
      subject: `system:serviceaccount:${tenant.namespace}:${WORKLOAD_SERVICE_ACCOUNT}`,
      audiences: ['api://AzureADTokenExchange'],
    },
    place,
  );
  const role = grant(context, part, ROLES.storageBlobDataContributor, container.id, identity.principalId);
  return { tenant: tenant.name, clientId: identity.clientId, roles: [credential, role] };
}
