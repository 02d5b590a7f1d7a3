import { FileShare } from '@pulumi/azure-native/storage/fileShare.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import * as pulumi from '@pulumi/pulumi';
import { worldwideName } from './physical-name.ts';
import type { AzureContext } from './pulumi-context.ts';
import { makeEndpoint } from './pulumi-endpoint.ts';
import { encryptedWith } from './pulumi-key.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Size of the share, which its speed follows. */
const CAPACITY_GIB = 1024;
const SHARE = 'data';

/** A share that is reached within the network alone. The driver that mounts it comes with AKS. */
export function makeFileSystem(context: AzureContext, basis: ServiceBasis): MadeService<'fileSystem'> {
  const { keep, location, name, settings, tags } = context;
  const { data, key } = basis;
  const account = new StorageAccount(
    name('file-system'),
    {
      resourceGroupName: data.name,
      accountName: worldwideName(context, 'file-system'),
      location,
      kind: 'FileStorage',
      sku: { name: settings.zones.length > 1 ? 'Premium_ZRS' : 'Premium_LRS' },
      allowSharedKeyAccess: false,
      minimumTlsVersion: 'TLS1_2',
      // NFS itself is no HTTPS; the network is what keeps others out.
      enableHttpsTrafficOnly: false,
      publicNetworkAccess: 'Disabled',
      ...encryptedWith(key),
      tags,
    },
    { ...keep, dependsOn: [...key.ready] },
  );
  const share = new FileShare(
    name('file-system'),
    {
      resourceGroupName: data.name,
      accountName: account.name,
      shareName: SHARE,
      enabledProtocols: 'NFS',
      rootSquash: 'NoRootSquash',
      shareQuota: CAPACITY_GIB,
    },
    keep,
  );
  const zone = 'privatelink.file.core.windows.net';
  const endpoint = makeEndpoint(context, basis, 'file-system', { id: account.id, interface: 'file', zone });
  return {
    refs: {
      fileSystemId: share.id,
      fileSystemHost: pulumi.interpolate`${account.name}.file.core.windows.net`,
      fileSystemPath: pulumi.interpolate`/${account.name}/${SHARE}`,
    },
    ready: [share, endpoint],
  };
}
