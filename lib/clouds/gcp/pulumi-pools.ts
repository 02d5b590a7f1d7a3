import { ResourcePolicy } from '@pulumi/gcp/compute/resourcePolicy.js';
import type { Cluster } from '@pulumi/gcp/container/cluster.js';
import { NodePool, type NodePoolArgs } from '@pulumi/gcp/container/nodePool.js';
import type * as pulumi from '@pulumi/pulumi';
import { formatTaint, type Taint, type TaintEffect } from '../../model/kubernetes.ts';
import type { PoolModel, SystemPoolModel } from '../../model/platform-model.ts';
import { hashOf } from '../physical-names.ts';
import type { GcpContext } from './pulumi-context.ts';
import type { FabricNetwork } from './pulumi-fabric.ts';
import type { NodeAccount } from './pulumi-identity.ts';
import type { GcpNetwork } from './pulumi-network.ts';
import { gpuNodes, systemNodes } from './pulumi-nodes.ts';
import { spread } from './spread.ts';

/** What all pools of a cluster share. */
export interface NodeBasis {
  readonly cluster: Cluster;
  readonly network: GcpNetwork;
  readonly nodes: NodeAccount;
  /** By the names that pools have for them. */
  readonly fabric: ReadonlyMap<string, FabricNetwork>;
}

const EFFECTS = {
  NoSchedule: 'NO_SCHEDULE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
} as const satisfies Record<TaintEffect, string>;

/** Nodes of a pool of the largest rack-scale machines, all in one domain of NVLink. */
const NVLINK_RACK = '1x72';

/** The nodes for operators, webhooks and monitoring, spread over the zones. */
export function makeSystemPool(context: GcpContext, basis: NodeBasis): NodePool {
  const pool = context.cluster.systemPool;
  return makePool(context, basis, 'system', pool, {
    nodeConfig: { ...systemNodes(pool, basis.nodes.account.email), taints: pool.taints.map(gkeTaint) },
    upgradeSettings: { maxSurge: 1, maxUnavailable: 0 },
  });
}

/**
 * A pool of nodes with GPUs. GKE taints them by itself only where there is a pool without GPUs already, so they come after
 * the system pool, and the taint is named all the same.
 */
export function makeGpuPool(context: GcpContext, basis: NodeBasis, pool: PoolModel, systemPool: NodePool): NodePool {
  const { capacity, fabric } = pool;
  const byGke = new Set(pool.cloudTaints.filter(({ key }) => key !== 'nvidia.com/gpu').map(formatTaint));
  const own = pool.taints.filter((taint) => !byGke.has(formatTaint(taint)));
  const networks = (fabric.networks ?? []).flatMap((name) => basis.fabric.get(name) ?? []);
  return makePool(
    context,
    basis,
    pool.name,
    pool,
    {
      nodeConfig: { ...gpuNodes(pool, basis.nodes.account.email), taints: own.map(gkeTaint) },
      // There are no spare GPUs for an upgrade to begin with, so nodes are replaced one by one.
      upgradeSettings: { maxSurge: 0, maxUnavailable: 1 },
      ...(capacity.kind === 'queued' ? { queuedProvisioning: { enabled: true } } : {}),
      ...(fabric.claimed === true ? { networkConfig: { acceleratorNetworkProfile: 'auto' } } : {}),
      ...(networks.length > 0 ? { networkConfig: { additionalNodeNetworkConfigs: networks.map(interfaceIn) } } : {}),
      ...closeTogether(context, pool),
    },
    [systemPool, ...networks.map(({ opening }) => opening)],
  );
}

function makePool(
  context: GcpContext,
  { cluster, network, nodes }: NodeBasis,
  poolName: string,
  pool: SystemPoolModel | PoolModel,
  settings: Pick<
    NodePoolArgs,
    'nodeConfig' | 'networkConfig' | 'placementPolicy' | 'queuedProvisioning' | 'upgradeSettings'
  >,
  after: readonly pulumi.Resource[] = [],
): NodePool {
  const { name, place, region } = context;
  const { instanceType, minNodes, maxNodes, capacity } = pool;
  const isFixed = minNodes === maxNodes;
  const zone = 'zone' in pool ? pool.zone : undefined;
  const isInOneZone = zone !== undefined || ('fabric' in pool && pool.fabric.kind !== 'none');
  const { zones, perZone } = spread(minNodes, maxNodes, isInOneZone ? 1 : network.zones.length);
  const driver = 'driver' in pool ? pool.driver : undefined;
  const immutable = { instanceType, capacity, zone, zones, driver, labels: pool.labels, taints: pool.taints };
  return new NodePool(
    name(poolName),
    {
      name: `${poolName}-${hashOf(immutable)}`,
      cluster: cluster.id,
      location: region,
      nodeLocations: zone === undefined ? network.zones.slice(0, zones) : [zone],
      ...(isFixed
        ? { nodeCount: perZone }
        : {
            initialNodeCount: perZone,
            autoscaling: {
              totalMinNodeCount: minNodes,
              totalMaxNodeCount: maxNodes,
              // GPUs are where they are; nodes for operators are better apart.
              locationPolicy: poolName === 'system' ? 'BALANCED' : 'ANY',
            },
          }),
      // A flex-start node is not repaired but given back.
      management: { autoRepair: capacity.kind !== 'flexStart', autoUpgrade: true },
      ...settings,
    },
    {
      ...place,
      dependsOn: [...nodes.roles, ...after],
      // Within its bounds the autoscaler owns the size once the pool is there.
      ...(isFixed ? {} : { ignoreChanges: ['initialNodeCount', 'nodeCount'] }),
    },
  );
}

/** An interface of each node beside the first one. */
function interfaceIn({ network, subnetwork }: FabricNetwork) {
  return { network: network.name, subnetwork: subnetwork.name };
}

function gkeTaint({ key, value = '', effect }: Taint) {
  return { key, value, effect: EFFECTS[effect] };
}

/**
 * Nodes with a fabric close to each other. Reserved nodes are where they are reserved, and queued ones come together anyway.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/compact-placement
 */
function closeTogether(
  { cluster, name, place, region }: GcpContext,
  { capacity, fabric, instanceType, name: poolName }: PoolModel,
): Pick<NodePoolArgs, 'placementPolicy'> {
  if (fabric.kind === 'none' || capacity.kind === 'reservation' || capacity.kind === 'queued') return {};
  // GKE lets flex-start nodes be close together on later machines alone.
  if (fabric.networks !== undefined && capacity.kind === 'flexStart') return {};
  if (!instanceType.startsWith('a4x-')) return { placementPolicy: { type: 'COMPACT' } };
  const policy = new ResourcePolicy(
    name(poolName),
    {
      name: `${cluster.name}-${poolName}`,
      region,
      workloadPolicy: { type: 'HIGH_THROUGHPUT', acceleratorTopology: NVLINK_RACK },
    },
    place,
  );
  return { placementPolicy: { type: 'COMPACT', policyName: policy.name } };
}
