import type { NodePoolArgs } from '@pulumi/gcp/container/nodePool.js';
import type * as pulumi from '@pulumi/pulumi';
import type { PoolModel, SystemPoolModel } from '../../model/platform-model.ts';

type NodeConfig = pulumi.Unwrap<NodePoolArgs['nodeConfig']> & object;

/** Size of the boot disk in GB, which holds the images: an operator's are small, a training framework's 10 to 20 GB. */
const DISK_GB = { system: 100, gpu: 300 };

/**
 * Local disks that come with a machine type, 375 GB each, and that GKE puts under the pods only when it is told their number.
 *
 * @see https://github.com/GoogleCloudPlatform/cluster-toolkit/blob/main/modules/compute/gke-node-pool/disk_definitions.tf
 */
const LOCAL_DISKS: Readonly<Record<string, number>> = {
  'a3-highgpu-8g': 16,
  'a3-megagpu-8g': 16,
  'a3-ultragpu-8g': 32,
  'a4-highgpu-8g': 32,
};

/** What the nodes of the system pool are made of. */
export function systemNodes(pool: SystemPoolModel, serviceAccount: pulumi.Input<string>) {
  return baseNodes(pool, serviceAccount, DISK_GB.system);
}

/** What the nodes of a GPU pool are made of. */
export function gpuNodes(pool: PoolModel, serviceAccount: pulumi.Input<string>) {
  const { instanceType, driver } = pool;
  const localSsdCount = LOCAL_DISKS[instanceType];
  return {
    ...baseNodes(pool, serviceAccount, DISK_GB.gpu),
    // The operator builds its driver for Ubuntu, and cannot sign it.
    ...(driver === 'operator'
      ? {
          imageType: 'UBUNTU_CONTAINERD',
          shieldedInstanceConfig: { enableSecureBoot: false, enableIntegrityMonitoring: true },
        }
      : {}),
    guestAccelerators: [accelerators(pool)],
    ...(localSsdCount === undefined ? {} : { ephemeralStorageLocalSsdConfig: { localSsdCount } }),
    ...bought(pool),
  };
}

/** No right but those of the account, metadata out of reach for pods, a boot chain that is measured. */
function baseNodes(
  { instanceType, labels }: Pick<SystemPoolModel, 'instanceType' | 'labels'>,
  serviceAccount: pulumi.Input<string>,
  diskSizeGb: number,
) {
  return {
    ...(instanceType === undefined ? {} : { machineType: instanceType }),
    imageType: 'COS_CONTAINERD',
    diskSizeGb,
    labels: { ...labels },
    serviceAccount,
    oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
    workloadMetadataConfig: { mode: 'GKE_METADATA' },
    metadata: { 'disable-legacy-endpoints': 'true' },
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    gvnic: { enabled: true },
  };
}

/** Always with a word on the driver: to leave it out means something else on each version of GKE. */
function accelerators({ accelerator, driver, devicePlugin }: PoolModel) {
  const isGkes = driver === 'cloud' && devicePlugin === 'cloud';
  return {
    type: accelerator.cloudName ?? '',
    count: accelerator.perNode,
    gpuDriverInstallationConfig: { gpuDriverVersion: isGkes ? 'DEFAULT' : 'INSTALLATION_DISABLED' },
  };
}

/** How the nodes are bought. Nothing is reserved here. */
function bought({
  capacity,
}: PoolModel): Pick<NodeConfig, 'spot' | 'flexStart' | 'maxRunDuration' | 'reservationAffinity'> {
  if (capacity.kind === 'reservation') {
    return {
      reservationAffinity: {
        consumeReservationType: 'SPECIFIC_RESERVATION',
        key: 'compute.googleapis.com/reservation-name',
        values: [capacity.id],
      },
    };
  }
  const reservationAffinity = { consumeReservationType: 'NO_RESERVATION' };
  if (capacity.kind === 'spot') return { spot: true, reservationAffinity };
  if (capacity.kind === 'flexStart')
    return { flexStart: true, maxRunDuration: `${capacity.maxRunHours * 3600}s`, reservationAffinity };
  return { reservationAffinity };
}
