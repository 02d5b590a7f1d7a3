import type { CloudPreflight, PriceRow } from '../clouds/preflight.ts';
import type { CapacityModel, CloudId, ClusterModel, NodeShape, PlatformModel } from '../model/platform-model.ts';

/** An amount at the smallest and at the largest size of the pools. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What one pool needs. */
export interface PoolNeeds {
  readonly pool: string;
  readonly instanceType: string;
  readonly capacity: CapacityModel['kind'];
  readonly nodes: Range;
  readonly accelerators: Range;
  /** Network interfaces for direct memory access. */
  readonly interfaces: Range;
}

/** A quota of the cloud and how much of it the cluster takes. */
export interface QuotaNeed {
  readonly name: string;
  readonly unit: 'vCPU' | 'machines';
  readonly amount: Range;
}

/** An estimate of the cost of the machines for an hour, without disks, network and support. */
export interface CostEstimate {
  readonly currency: string;
  readonly perHour: Range;
  /** Days on which the prices were read, and the regions they are of. */
  readonly basis: readonly string[];
  /** Pools whose price nobody has written down: not in the sum. */
  readonly unpriced: readonly string[];
}

/** What a team has to have before it deploys the cluster. */
export interface PreflightSheet {
  readonly cluster: string;
  readonly cloud: CloudId;
  readonly region?: string;
  readonly pools: readonly PoolNeeds[];
  readonly quotas: readonly QuotaNeed[];
  readonly quotaPage?: string;
  /** Addresses for nodes and pods at most: one for each node and one for each pod that a node takes. */
  readonly addresses: number;
  readonly permissions: readonly string[];
  readonly prerequisites: readonly string[];
  /** Absent where nothing is bought, as on an existing cluster. */
  readonly cost?: CostEstimate;
}

/** Pods that a node takes unless it is told otherwise. */
const PODS_PER_NODE = 110;

/** The sheets of all clusters. `clouds` says what the clouds ask for; a cloud without an entry asks for nothing. */
export function preflight(
  model: PlatformModel,
  clouds: Readonly<Partial<Record<CloudId, CloudPreflight>>>,
): readonly PreflightSheet[] {
  return model.clusters.map((cluster) => sheet(cluster, clouds[cluster.cloud.id]));
}

function sheet(cluster: ClusterModel, cloud: CloudPreflight | undefined): PreflightSheet {
  const { name, cloud: where, pools, systemPool } = cluster;
  const machines: readonly Machines[] = [
    {
      pool: 'system',
      ...(systemPool.instanceType === undefined ? {} : { instanceType: systemPool.instanceType }),
      capacity: systemPool.capacity,
      nodes: { min: systemPool.minNodes, max: systemPool.maxNodes },
      node: systemPool.node,
    },
    ...pools.map((pool) => ({
      pool: pool.name,
      instanceType: pool.instanceType,
      capacity: pool.capacity,
      nodes: { min: pool.minNodes, max: pool.maxNodes },
      node: pool.node,
    })),
  ];
  const nodes = machines.reduce((sum, one) => sum + one.nodes.max, 0);
  return {
    cluster: name,
    cloud: where.id,
    ...(where.region === undefined ? {} : { region: where.region }),
    pools: pools.map((pool) => ({
      pool: pool.name,
      instanceType: pool.instanceType,
      capacity: pool.capacity.kind,
      nodes: { min: pool.minNodes, max: pool.maxNodes },
      accelerators: times({ min: pool.minNodes, max: pool.maxNodes }, pool.accelerator.perNode),
      interfaces: times({ min: pool.minNodes, max: pool.maxNodes }, pool.fabric.perNode),
    })),
    quotas: cloud === undefined ? [] : quotasOf(machines, cloud),
    ...(cloud === undefined ? {} : { quotaPage: cloud.quotaPage }),
    addresses: nodes * (1 + PODS_PER_NODE),
    permissions: cloud?.permissions ?? [],
    prerequisites: cloud?.prerequisites(cluster) ?? [],
    ...(cloud === undefined ? {} : { cost: costOf(machines, cloud.prices, where.region) }),
  };
}

/** Equal machines of one pool. */
interface Machines {
  readonly pool: string;
  readonly instanceType?: string;
  readonly capacity: CapacityModel;
  readonly nodes: Range;
  readonly node: NodeShape;
}

function quotasOf(machines: readonly Machines[], cloud: CloudPreflight): readonly QuotaNeed[] {
  const needs = new Map<string, QuotaNeed>();
  for (const { instanceType, capacity, nodes, node } of machines) {
    if (instanceType === undefined) continue;
    const { name, unit } = cloud.quotaOf(instanceType, capacity);
    const amount = times(nodes, unit === 'vCPU' ? (node.cpu ?? 0) : 1);
    const known = needs.get(name)?.amount ?? { min: 0, max: 0 };
    needs.set(name, { name, unit, amount: { min: known.min + amount.min, max: known.max + amount.max } });
  }
  return [...needs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function costOf(machines: readonly Machines[], prices: readonly PriceRow[], region: string | undefined): CostEstimate {
  const unpriced: string[] = [];
  const basis = new Set<string>();
  let perHour: Range = { min: 0, max: 0 };
  let currency = 'USD';
  for (const { pool, instanceType, capacity, nodes } of machines) {
    const rows = prices.filter((row) => row.instanceType === instanceType);
    const row = rows.find((one) => one.region === region) ?? rows[0];
    const price = capacity.kind === 'spot' ? row?.spotPerHour : row?.onDemandPerHour;
    if (row === undefined || price === undefined) {
      unpriced.push(pool);
      continue;
    }
    currency = row.currency;
    basis.add(`${row.region ?? 'no region named'}, read ${row.asOf}`);
    perHour = { min: perHour.min + nodes.min * price, max: perHour.max + nodes.max * price };
  }
  const rounded = { min: Math.round(perHour.min * 100) / 100, max: Math.round(perHour.max * 100) / 100 };
  return { currency, perHour: rounded, basis: [...basis].sort(), unpriced };
}

function times({ min, max }: Range, factor: number): Range {
  return { min: min * factor, max: max * factor };
}
