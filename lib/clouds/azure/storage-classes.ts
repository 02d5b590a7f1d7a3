import type { StorageClassModel } from '../../model/platform-model.ts';
import type { DataService } from '../cloud.ts';

const DISK = {
  accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'],
  bindingMode: 'WaitForFirstConsumer',
  provisioner: 'disk.csi.azure.com',
  addon: 'diskCSIDriver',
} as const;

const SHARED = {
  accessModes: ['ReadWriteOnce', 'ReadWriteOncePod', 'ReadOnlyMany', 'ReadWriteMany'],
  bindingMode: 'Immediate',
} as const;
const FILES = { ...SHARED, provisioner: 'file.csi.azure.com', addon: 'fileCSIDriver' } as const;
const BLOBS = { ...SHARED, provisioner: 'blob.csi.azure.com', addon: 'blobCSIDriver' } as const;

/** @see https://learn.microsoft.com/azure/aks/concepts-storage#storage-classes */
const ALWAYS = [
  { name: 'default', isDefault: true, ...DISK },
  { name: 'managed-csi', ...DISK },
  { name: 'managed-csi-premium', ...DISK },
  { name: 'managed', ...DISK },
  { name: 'managed-premium', ...DISK },
  { name: 'azurefile-csi', ...FILES },
  { name: 'azurefile-csi-premium', ...FILES },
  { name: 'azurefile', ...FILES },
  { name: 'azurefile-premium', ...FILES },
] as const satisfies readonly StorageClassModel[];

const WITH_OBJECT_STORE = [
  { name: 'azureblob-nfs-premium', ...BLOBS },
  { name: 'azureblob-fuse-premium', ...BLOBS },
] as const satisfies readonly StorageClassModel[];

/** The classes of a new cluster on AKS with the services. */
export function azureStorageClasses(services: readonly DataService[]): readonly StorageClassModel[] {
  return services.includes('objectStore') ? [...ALWAYS, ...WITH_OBJECT_STORE] : ALWAYS;
}

/** Name of a class that a new cluster on AKS has; those of blobs come with the service `objectStore`. */
export type AzureStorageClass = (typeof ALWAYS | typeof WITH_OBJECT_STORE)[number]['name'];
