import {
  type AddressNeed,
  type CloudPreflight,
  type Machines,
  type PriceRow,
  type Range,
  times,
} from '../clouds/preflight.ts';
import type { CapacityModel, CloudId, ClusterModel } from '../model/platform-model.ts';

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
  readonly unit: 'vCPU' | 'GPU';
  readonly amount: Range;
  /** Pools that take of it too, nobody has written down how much: not in the amount. */
  readonly uncounted: readonly string[];
}

/** Capacity that must have been bought; nothing is ever bought by a deployment. */
export interface ReservationNeed {
  readonly pool: string;
  readonly kind: 'reservation' | 'block';
  readonly id: string;
  readonly instanceType: string;
  readonly nodes: Range;
  readonly zone?: string;
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
  readonly addresses: readonly AddressNeed[];
  readonly reservations: readonly ReservationNeed[];
  readonly permissions: readonly string[];
  readonly prerequisites: readonly string[];
  /** What the sheet cannot tell. */
  readonly unknown: readonly string[];
  /** Absent where nothing is bought, as on an existing cluster. */
  readonly cost?: CostEstimate;
}

/** The sheet of a cluster, by what its cloud asks for. */
export function preflight(cluster: ClusterModel, cloud: CloudPreflight): PreflightSheet {
  const { name, cloud: where, pools } = cluster;
  const machines = machinesOf(cluster);
  const { quotaPage, prices } = cloud;
  return {
    cluster: name,
    cloud: where.id,
    ...(where.region === undefined ? {} : { region: where.region }),
    pools: pools.map(({ name: pool, instanceType, capacity, minNodes: min, maxNodes: max, accelerator, fabric }) => ({
      pool,
      instanceType,
      capacity: capacity.kind,
      nodes: { min, max },
      accelerators: times({ min, max }, accelerator.perNode),
      interfaces: times({ min, max }, fabric.perNode),
    })),
    quotas: quotasOf(machines, cloud),
    ...(quotaPage === undefined ? {} : { quotaPage }),
    addresses: cloud.addresses(cluster, nodesOf(cluster)),
    reservations: reservationsOf(cluster),
    permissions: cloud.permissions(cluster),
    prerequisites: cloud.prerequisites(cluster),
    unknown: cloud.unknown?.(cluster) ?? [],
    ...(prices === undefined ? {} : { cost: costOf(machines, prices, where.region) }),
  };
}

/** The machines of every pool, the system pool first. */
function machinesOf({ systemPool, pools }: ClusterModel): readonly Machines[] {
  const { instanceType, capacity, minNodes, maxNodes, node } = systemPool;
  return [
    ...(instanceType === undefined
      ? []
      : [{ pool: 'system', instanceType, capacity, nodes: { min: minNodes, max: maxNodes }, node }]),
    ...pools.map((pool) => ({
      pool: pool.name,
      instanceType: pool.instanceType,
      capacity: pool.capacity,
      nodes: { min: pool.minNodes, max: pool.maxNodes },
      node: pool.node,
      accelerator: pool.accelerator,
    })),
  ];
}

function nodesOf({ systemPool, pools }: ClusterModel): Range {
  return [systemPool, ...pools].reduce((sum, one) => plus(sum, { min: one.minNodes, max: one.maxNodes }), NONE);
}

function quotasOf(machines: readonly Machines[], cloud: CloudPreflight): readonly QuotaNeed[] {
  const needs = new Map<string, QuotaNeed>();
  for (const one of machines) {
    for (const { name, unit, perNode } of cloud.quotas(one)) {
      const { amount, uncounted } = needs.get(name) ?? { amount: NONE, uncounted: [] };
      needs.set(name, {
        name,
        unit,
        amount: plus(amount, times(one.nodes, perNode ?? 0)),
        uncounted: perNode === undefined ? [...uncounted, one.pool] : uncounted,
      });
    }
  }
  return [...needs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function reservationsOf({ pools }: ClusterModel): readonly ReservationNeed[] {
  return pools.flatMap(({ name: pool, capacity, instanceType, minNodes: min, maxNodes: max, zone }) =>
    capacity.kind === 'reservation' || capacity.kind === 'block'
      ? [{ pool, ...capacity, instanceType, nodes: { min, max }, ...(zone === undefined ? {} : { zone }) }]
      : [],
  );
}

function costOf(machines: readonly Machines[], prices: readonly PriceRow[], region: string | undefined): CostEstimate {
  const unpriced: string[] = [];
  const basis = new Set<string>();
  let perHour = NONE;
  for (const { pool, instanceType, capacity, nodes } of machines) {
    const rows = prices.filter((row) => row.instanceType === instanceType);
    const price = priceOf(rows.find((one) => one.region === region) ?? rows[0], capacity);
    if (price === undefined) {
      unpriced.push(pool);
      continue;
    }
    basis.add(price.basis);
    perHour = plus(perHour, times(nodes, price.perHour));
  }
  return {
    currency: prices[0]?.currency ?? '',
    perHour: { min: cents(perHour.min), max: cents(perHour.max) },
    basis: [...basis].sort(),
    unpriced,
  };
}

/** A block is paid ahead, and what nodes that come and go are reduced to is not written down: neither has a price here. */
function priceOf(row: PriceRow | undefined, { kind }: CapacityModel): { perHour: number; basis: string } | undefined {
  if (row === undefined) return undefined;
  const { region = 'no region named', asOf } = row;
  if (kind === 'spot') {
    const { spotPerHour: perHour, spotRegion = region, spotAsOf = asOf } = row;
    return perHour === undefined ? undefined : { perHour, basis: `spot in ${spotRegion}, read ${spotAsOf}` };
  }
  const isListed = kind === 'onDemand' || kind === 'reservation';
  const perHour = isListed ? row.onDemandPerHour : undefined;
  return perHour === undefined ? undefined : { perHour, basis: `${region}, read ${asOf}` };
}

const NONE: Range = { min: 0, max: 0 };

function plus(a: Range, b: Range): Range {
  return { min: a.min + b.min, max: a.max + b.max };
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
