import type { StorageClassModel } from '../../model/platform-model.ts';

/** Makes the default class when its `defaultStorageClass` is enabled. */
export const EBS_ADDON = 'aws-ebs-csi-driver';

/**
 * The classes of a new cluster on EKS, which has had no default of its own since Kubernetes 1.30: its disk driver is told to
 * make one. The driver of EFS brings no class.
 *
 * @see https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/v1.64.0/charts/aws-ebs-csi-driver/templates/ebs-csi-default-sc.yaml
 */
export const awsStorageClasses = [
  {
    name: 'ebs-csi-default-sc',
    isDefault: true,
    accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'],
    bindingMode: 'WaitForFirstConsumer',
    provisioner: 'ebs.csi.aws.com',
    addon: EBS_ADDON,
  },
  {
    name: 'gp2',
    accessModes: ['ReadWriteOnce'],
    bindingMode: 'WaitForFirstConsumer',
    provisioner: 'kubernetes.io/aws-ebs',
    addon: EBS_ADDON,
  },
] as const satisfies readonly StorageClassModel[];

/** Name of a class that a new cluster on EKS has. */
export type AwsStorageClass = (typeof awsStorageClasses)[number]['name'];
