import { AutoscalingConfig } from '@pulumi/alicloud/cs/autoscalingConfig.js';
import type { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import { NodePool, type NodePoolArgs } from '@pulumi/alicloud/cs/nodePool.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Taint } from '../../model/kubernetes.ts';
import type { PoolModel, SystemPoolModel } from '../../model/platform-model.ts';
import { hashOf } from '../physical-names.ts';
import type { AlibabaContext } from './pulumi-context.ts';
import type { AlibabaNetwork } from './pulumi-network.ts';

/** What all pools of a cluster share. */
export interface NodeBasis {
  readonly cluster: ManagedKubernetes;
  readonly network: AlibabaNetwork;
}

/** Size of the system disk in GiB, which holds the images: an operator's are small, a training framework's 10 to 20 GiB. */
const DISK_GIB = { system: 120, gpu: 300 };

/**
 * Images with cgroup v2: Kubernetes 1.35 takes no other, and the plain ones of Alibaba Cloud Linux 3 have v1.
 *
 * @see https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/migrate-nodes-to-cgroupv2
 */
const IMAGE = 'AliyunLinux3ContainerOptimized';

/** The nodes for operators, webhooks and monitoring, spread over the zones. */
export function makeSystemPool(context: AlibabaContext, { cluster, network }: NodeBasis): NodePool {
  const pool = context.cluster.systemPool;
  return makePool(context, cluster, 'system', pool, {
    ...sizeOf(pool, 'cpu'),
    systemDiskSize: DISK_GIB.system,
    spotStrategy: 'NoSpot',
    multiAzPolicy: 'BALANCE',
    vswitchIds: [...network.nodeSwitchIds],
  });
}

/** A pool of nodes with GPUs. Where it has a fabric, its nodes come after the add-ons that attach the interfaces. */
export function makeGpuPool(
  context: AlibabaContext,
  { cluster, network }: NodeBasis,
  pool: PoolModel,
  addons: readonly pulumi.Resource[],
): NodePool {
  const { zone, fabric } = pool;
  const hasFabric = fabric.kind !== 'none';
  const isInOneZone = zone !== undefined || hasFabric;
  const settings = {
    ...sizeOf(pool, 'gpu'),
    ...bought(pool),
    systemDiskSize: DISK_GIB.gpu,
    vswitchIds: isInOneZone ? [network.nodeSwitchIdIn(zone)] : [...network.nodeSwitchIds],
    ...(hasFabric ? { preUserData: Buffer.from(UNLIMITED_LOCKS).toString('base64') } : {}),
  };
  return makePool(context, cluster, pool.name, pool, settings, hasFabric ? addons : []);
}

/** Direct memory access locks gigabytes, and containers may lock what their runtime may: 64 KiB by systemd's default. */
const UNLIMITED_LOCKS = `#!/bin/sh
mkdir -p /etc/systemd/system/containerd.service.d
printf '[Service]\\nLimitMEMLOCK=infinity\\n' > /etc/systemd/system/containerd.service.d/memlock.conf
systemctl daemon-reload
systemctl try-restart containerd
`;

/** Lets ACK's autoscaler resize the pools that may grow, also from nothing. */
export function makeAutoscaler(
  { cluster: { systemPool, pools }, name, place }: AlibabaContext,
  cluster: ManagedKubernetes,
): void {
  if (![systemPool, ...pools].some(({ minNodes, maxNodes }) => minNodes < maxNodes)) return;
  new AutoscalingConfig(
    name('autoscaler'),
    {
      clusterId: cluster.id,
      scalerType: 'cluster-autoscaler',
      scaleUpFromZero: true,
      scaleDownEnabled: true,
      expander: 'least-waste',
      coolDownDuration: '10m',
      unneededDuration: '10m',
      scanInterval: '30s',
      // A node with one busy GPU of eight stays.
      gpuUtilizationThreshold: '0.1',
      utilizationThreshold: '0.5',
    },
    place,
  );
}

function makePool(
  { cluster: { name: clusterName }, name, place, tags }: AlibabaContext,
  cluster: ManagedKubernetes,
  poolName: string,
  pool: SystemPoolModel | PoolModel,
  settings: Partial<NodePoolArgs>,
  after: readonly pulumi.Resource[] = [],
): NodePool {
  const { instanceType, labels, taints, capacity } = pool;
  const zone = 'zone' in pool ? pool.zone : undefined;
  return new NodePool(
    name(poolName),
    {
      clusterId: cluster.id,
      nodePoolName: `${clusterName}-${poolName}-${hashOf({ instanceType, capacity, zone })}`,
      ...(instanceType === undefined ? {} : { instanceTypes: [instanceType] }),
      imageType: IMAGE,
      runtimeName: 'containerd',
      instanceChargeType: 'PostPaid',
      systemDiskCategory: 'cloud_essd',
      instanceMetadataOptions: { httpTokens: 'required' },
      labels: Object.entries(labels)
        .sort()
        .map(([key, value]) => ({ key, value })),
      taints: taints.map(ackTaint),
      // Nodes are repaired, and otherwise left alone: an upgrade waits for a time when no training is lost.
      management: { enable: true, autoRepair: true, autoUpgrade: false, autoVulFix: false, maxUnavailable: 1 },
      tags,
      ...settings,
    },
    { ...place, dependsOn: [...after] },
  );
}

/** The size as ACK takes it: a text, or bounds, which go with a kind and are sent as a whole. */
function sizeOf(
  { minNodes, maxNodes }: Pick<PoolModel, 'minNodes' | 'maxNodes'>,
  type: 'cpu' | 'gpu',
): Pick<NodePoolArgs, 'desiredSize' | 'scalingConfig'> {
  if (minNodes === maxNodes) return { desiredSize: String(minNodes) };
  return { scalingConfig: { enable: true, minSize: minNodes, maxSize: maxNodes, type } };
}

/** How the nodes are bought. Nothing is reserved here. */
function bought({
  capacity,
  instanceType,
}: PoolModel): Pick<NodePoolArgs, 'spotStrategy' | 'spotPriceLimits' | 'privatePoolOptions'> {
  if (capacity.kind === 'reservation') {
    const privatePoolOptions = { privatePoolOptionsMatchCriteria: 'Target', privatePoolOptionsId: capacity.id };
    return { spotStrategy: 'NoSpot', privatePoolOptions };
  }
  if (capacity.kind !== 'spot') return { spotStrategy: 'NoSpot' };
  if (capacity.maxPricePerHour === undefined) return { spotStrategy: 'SpotAsPriceGo' };
  const spotPriceLimits = [{ instanceType, priceLimit: String(capacity.maxPricePerHour) }];
  return { spotStrategy: 'SpotWithPriceLimit', spotPriceLimits };
}

function ackTaint({ key, value, effect }: Taint): { key: string; value?: pulumi.Input<string>; effect: string } {
  return { key, ...(value === undefined ? {} : { value }), effect };
}
