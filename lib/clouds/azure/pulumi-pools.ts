import { AgentPool } from '@pulumi/azure-native/containerservice/agentPool.js';
import type { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { SubscriptionFeatureRegistration } from '@pulumi/azure-native/features/subscriptionFeatureRegistration.js';
import type { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import { formatTaint } from '../../model/kubernetes.ts';
import type { PoolModel } from '../../model/platform-model.ts';
import { hashOf } from '../physical-names.ts';
import { AKS_OWN_LABELS } from './facts.ts';
import type { AzureContext } from './pulumi-context.ts';
import type { AzureNetwork } from './pulumi-network.ts';

/** Size of a GPU node's disk in GB, which holds the images: a training framework's have 10 to 20 GB. */
const DISK_GB = 300;

/** What all pools of a cluster share. */
export interface NodeBasis {
  readonly group: ResourceGroup;
  readonly cluster: ManagedCluster;
  readonly network: AzureNetwork;
  /** What must be there before the first node of a pool with InfiniBand. */
  readonly infiniBand: readonly pulumi.Resource[];
}

/**
 * Has the subscription place nodes with InfiniBand on one fabric. It stays switched on: others in the subscription may have
 * come to need it.
 *
 * @see https://learn.microsoft.com/azure/aks/use-amd-gpus#infiniband
 */
export function enableInfiniBand({ cluster, name, place }: AzureContext): readonly pulumi.Resource[] {
  if (!cluster.pools.some(({ fabric }) => fabric.kind === 'infiniband')) return [];
  return [
    new SubscriptionFeatureRegistration(
      name('infiniband'),
      { providerNamespace: 'Microsoft.ContainerService', featureName: 'AKSInfinibandSupport' },
      { ...place, retainOnDelete: true },
    ),
  ];
}

/** A pool of nodes with GPUs. */
export function makeGpuPool(
  { cluster: { kubernetesVersion }, name, place, tags }: AzureContext,
  { group, cluster, network, infiniBand }: NodeBasis,
  pool: PoolModel,
): AgentPool {
  const { instanceType, minNodes, maxNodes, zone, labels, taints, driver, capacity } = pool;
  return new AgentPool(
    name(pool.name),
    {
      resourceGroupName: group.name,
      resourceName: cluster.name,
      agentPoolName: physicalName(pool),
      mode: 'User',
      type: 'VirtualMachineScaleSets',
      osType: 'Linux',
      // Driver and operator are built for it.
      osSKU: 'Ubuntu',
      orchestratorVersion: kubernetesVersion,
      vmSize: instanceType,
      osDiskSizeGB: DISK_GB,
      vnetSubnetID: network.nodes.id,
      ...(zone === undefined ? {} : { availabilityZones: [zone] }),
      count: minNodes,
      ...(maxNodes > minNodes ? { enableAutoScaling: true, minCount: minNodes, maxCount: maxNodes } : {}),
      gpuProfile: { driver: driver === 'cloud' ? 'Install' : 'None' },
      nodeLabels: Object.fromEntries(Object.entries(labels).filter(([key]) => !AKS_OWN_LABELS.has(key))),
      nodeTaints: taints.map(formatTaint),
      ...bought(pool),
      // There are no spare GPUs for an upgrade to begin with, so nodes are replaced one by one. Spot nodes take no settings.
      ...(capacity.kind === 'spot' ? {} : { upgradeSettings: { maxSurge: '0', maxUnavailable: '1' } }),
      tags,
    },
    {
      ...place,
      ...(pool.fabric.kind === 'infiniband' ? { dependsOn: [...infiniBand] } : {}),
      // Within its bounds the autoscaler owns the size once the pool is there.
      ...(maxNodes > minNodes ? { ignoreChanges: ['count'] } : {}),
    },
  );
}

/** How the nodes are bought. Nothing is reserved here. */
function bought({ capacity }: PoolModel): {
  readonly scaleSetPriority?: 'Spot';
  readonly scaleSetEvictionPolicy?: 'Delete';
  readonly spotMaxPrice?: number;
  readonly capacityReservationGroupID?: pulumi.Input<string>;
} {
  if (capacity.kind === 'reservation') return { capacityReservationGroupID: capacity.id };
  if (capacity.kind !== 'spot') return {};
  // -1 is the price on demand.
  return { scaleSetPriority: 'Spot', scaleSetEvictionPolicy: 'Delete', spotMaxPrice: capacity.maxPricePerHour ?? -1 };
}

/** AKS allows twelve letters and digits: a part of the name for people, and a hash of what cannot be changed in place. */
function physicalName({ name, instanceType, capacity, zone, driver }: PoolModel): string {
  const readable = name.replaceAll('-', '').slice(0, 6);
  return `${readable}${hashOf({ name, instanceType, capacity, zone, driver }).slice(0, 6)}`;
}
