import type { StorageClassModel } from '../../model/platform-model.ts';
import type { DataService } from '../cloud.ts';

const DISK = {
  accessModes: ['ReadWriteOnce', 'ReadWriteOncePod', 'ReadOnlyMany'],
  bindingMode: 'WaitForFirstConsumer',
  provisioner: 'pd.csi.storage.gke.io',
  addon: 'gcePersistentDiskCsiDriverConfig',
} as const;

/** @see https://cloud.google.com/kubernetes-engine/docs/how-to/persistent-volumes/gce-pd-csi-driver */
const DISKS = [
  { name: 'standard-rwo', isDefault: true, ...DISK },
  { name: 'premium-rwo', ...DISK },
  // From GKE 1.35.3: a Persistent Disk or a Hyperdisk, as the machine of the node takes it.
  { name: 'dynamic-rwo', ...DISK },
  {
    name: 'standard',
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    bindingMode: 'Immediate',
    provisioner: 'kubernetes.io/gce-pd',
    addon: DISK.addon,
  },
] as const satisfies readonly StorageClassModel[];

/**
 * GKE's classes for Filestore name no network, and the driver then takes the one called `default`, which is never that of our
 * nodes. A class of the program that names the network works.
 *
 * @see https://github.com/kubernetes-sigs/gcp-filestore-csi-driver
 */
const FILE_SYSTEMS: readonly StorageClassModel[] = [
  'standard-rwx',
  'premium-rwx',
  'zonal-rwx',
  'regional-rwx',
  'enterprise-rwx',
  'enterprise-multishare-rwx',
].map((name) => ({
  name,
  accessModes: [],
  bindingMode: 'WaitForFirstConsumer',
  provisioner: 'filestore.csi.storage.gke.io',
  addon: 'gcpFilestoreCsiDriverConfig',
}));

/** The classes of a new cluster on GKE with the services. */
export function gcpStorageClasses(services: readonly DataService[]): readonly StorageClassModel[] {
  return services.includes('fileSystem') ? [...DISKS, ...FILE_SYSTEMS] : DISKS;
}

/** Name of a class that a new cluster on GKE has, and whose volumes its nodes can mount. */
export type GcpStorageClass = (typeof DISKS)[number]['name'];
