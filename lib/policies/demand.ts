import type { AmountModel, ClusterModel, PoolModel } from '../model/platform-model.ts';
import { counted, devices, perNode, type Size, sum, supply, written } from './capacity.ts';
import { fail, type Verdict } from './policy.ts';

/** What several tenants or queues ask of one resource of one pool. */
export interface Demand<Holder> {
  readonly pool: PoolModel;
  readonly resource: string;
  readonly claims: readonly { readonly holder: Holder; readonly count: number }[];
}

/**
 * The demand on each resource of each pool. Amounts of a pool or a resource that is not there are left to QUOTA-003.
 */
export function demands<Holder extends { readonly path: string }>(
  cluster: ClusterModel,
  holders: readonly Holder[],
  amountsOf: (holder: Holder) => readonly AmountModel[],
): readonly Demand<Holder>[] {
  return cluster.pools.flatMap((pool) =>
    Object.keys(pool.resources)
      .filter((resource) => perNode(pool, resource) > 0)
      .map((resource) => ({
        pool,
        resource,
        claims: holders
          .map((holder) => ({
            holder,
            count: sum(amountsOf(holder).filter((amount) => amount.pool === pool.name && amount.resource === resource)),
          }))
          .filter(({ count }) => count > 0)
          .sort((a, b) => b.count - a.count || (a.holder.path < b.holder.path ? -1 : 1)),
      })),
  );
}

/** How a rule speaks about the demand that it judges. */
export interface DemandWords {
  /** The list that makes the demand, such as `guarantee`. */
  readonly list: string;
  /** Those who make it, such as `queues`. */
  readonly holders: string;
  /** The size of the pool that must cover it. */
  readonly size: Size;
  /** By how much the demand may add up above that size; 1 means not at all. */
  readonly overcommit?: number;
}

/** A verdict on each claim that is larger than the pool, and one on claims that only together are too large. */
export function* unmet(
  cluster: ClusterModel,
  demand: Demand<{ readonly name: string; readonly path: string }>,
  { list, holders, size, overcommit = 1 }: DemandWords,
): Iterable<Verdict> {
  const { pool, resource, claims } = demand;
  const has = supply(pool, resource, size);
  const each = devices(pool, resource, perNode(pool, resource));
  const bound = size === 'minNodes' ? 'at least' : 'at most';
  const offer = `pool '${pool.name}' has ${bound} ${counted(pool[size], 'node')} x ${each} = ${has}`;
  const raise = (needed: number) => `Raise ${knob(cluster, pool, size, needed)} of '${pool.name}' to ${needed}`;
  for (const { holder, count } of claims) {
    if (count <= has) continue;
    yield fail(
      holder.path,
      `${list} asks for ${devices(pool, resource, count)}, but ${offer}`,
      `${raise(roundUp(count / perNode(pool, resource)))}, or lower the ${list} to ${written(pool, resource, has)}.`,
    );
  }
  const total = sum(claims);
  const limit = roundDown(has * overcommit);
  if (claims.length < 2 || total <= limit) return;
  const parts = claims.slice(0, 5).map(({ holder, count }) => `'${holder.name}' ${count}`);
  const rest = claims.length > 5 ? ` and ${claims.length - 5} more` : '';
  const stretched = overcommit === 1 ? '' : `, times the overcommit of ${overcommit} = ${limit}`;
  yield fail(
    pool.path,
    `${list} of ${claims.length} ${holders} asks for ${devices(pool, resource, total)} (${parts.join(', ')}${rest}), but ${offer}${stretched}`,
    `${raise(roundUp(total / (perNode(pool, resource) * overcommit)))}, or lower the ${list} of these ${holders} by ${total - limit} in total.`,
  );
}

/** The props to change so that the pool gets that size. */
function knob(cluster: ClusterModel, pool: PoolModel, size: Size, needed: number): string {
  // A pool of an existing cluster has one size, which is written as minNodes.
  if (cluster.cloud.id === 'existing') return 'minNodes';
  return size === 'minNodes' && needed > pool.maxNodes ? 'minNodes and maxNodes' : size;
}

// An overcommit such as 1.15 has no exact binary form: 100 x 1.15 comes out a hair below 115.
const HAIR = 1e-9;

function roundDown(value: number): number {
  return Math.floor(value * (1 + HAIR));
}

function roundUp(value: number): number {
  return Math.ceil(value * (1 - HAIR));
}
