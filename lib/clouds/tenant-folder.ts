import type { CloudId } from '../model/platform-model.ts';
import { shortened } from './physical-names.ts';

/** Characters that Azure allows in the name of a container. */
const CONTAINER_NAME_LENGTH = 63;

/** Name of the container of a tenant on Azure. */
export function tenantContainer(namespace: string): string {
  return shortened(`tenant-${namespace}`, CONTAINER_NAME_LENGTH);
}

/**
 * What the identity of a tenant's pods may read and write of the cluster's bucket, as an address that MLflow understands.
 * Absent where it understands no address of the cloud, or there is no bucket of the cloud.
 *
 * @param bucketName value of the reference of that name
 */
export function tenantFolder(cloud: CloudId, bucketName: string, namespace: string): string | undefined {
  switch (cloud) {
    case 'aws':
      return `s3://${bucketName}/${namespace}`;
    case 'gcp':
      return `gs://${bucketName}/${namespace}`;
    case 'azure':
      return `wasbs://${tenantContainer(namespace)}@${bucketName}.blob.core.windows.net`;
    default:
      return undefined;
  }
}
