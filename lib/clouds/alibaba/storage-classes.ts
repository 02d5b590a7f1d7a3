import type { StorageClassModel } from '../../model/platform-model.ts';

const DISK = {
  accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'],
  provisioner: 'diskplugin.csi.alibabacloud.com',
  addon: 'csi-provisioner',
} as const;

/**
 * The classes of a new cluster on ACK; none is the default. `alibabacloud-cnfs-nas` is not among them: it comes with a file
 * system that ACK makes by itself, which we do not ask for.
 *
 * @see https://github.com/kubernetes-sigs/alibaba-cloud-csi-driver/blob/master/deploy/charts/alibaba-cloud-csi-driver/templates/storage-class.yaml
 */
export const alibabaStorageClasses = [
  { name: 'alicloud-disk-topology-alltype', bindingMode: 'WaitForFirstConsumer', ...DISK },
  { name: 'alicloud-disk-essd', bindingMode: 'Immediate', ...DISK },
  { name: 'alicloud-disk-ssd', bindingMode: 'Immediate', ...DISK },
  { name: 'alicloud-disk-efficiency', bindingMode: 'Immediate', ...DISK },
] as const satisfies readonly StorageClassModel[];

/** Name of a class that a new cluster on ACK has. */
export type AlibabaStorageClass = (typeof alibabaStorageClasses)[number]['name'];
