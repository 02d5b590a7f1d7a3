import type { AmountModel, ClusterModel, PoolModel } from '../model/platform-model.ts';

/** Which size of a pool is meant: what it always has, or what it can grow to. */
export type Size = 'minNodes' | 'maxNodes';

/** Devices of the resource in the pool at that size. */
export function supply(pool: PoolModel, resource: string, size: Size): number {
  return pool[size] * perNode(pool, resource);
}

/** Devices of the resource on one node of the pool. */
export function perNode(pool: PoolModel, resource: string): number {
  return pool.resources[resource] ?? 0;
}

/** Sums by resource name, as quotas and back ends that know no pools count them; names in order. */
export function byName(amounts: readonly AmountModel[]): ReadonlyMap<string, number> {
  const names = [...new Set(amounts.map((amount) => amount.resource))].sort();
  return new Map(names.map((name) => [name, sum(amounts.filter((amount) => amount.resource === name))]));
}

/**
 * What the amounts leave of a resource of a pool, `undefined` when they set no limit. Where they do not name the pool,
 * what they say of other pools counts: Kubernetes and Volcano know only the name of the resource.
 */
export function limitFor(amounts: readonly AmountModel[], pool: string, resource: string): number | undefined {
  const named = amounts.filter((amount) => amount.resource === resource);
  const own = named.filter((amount) => amount.pool === pool);
  if (named.length === 0) return undefined;
  return sum(own.length === 0 ? named : own);
}

/** The counts added up. */
export function sum(amounts: readonly { readonly count: number }[]): number {
  return amounts.reduce((total, amount) => total + amount.count, 0);
}

/** An amount as the user writes it, such as `h100.gpus(32)`. */
export function written(pool: PoolModel, resource: string, count: number): string {
  return resource === pool.accelerator.resource
    ? `${pool.name}.gpus(${count})`
    : `${count} ${resource} of '${pool.name}'`;
}

/** A sum by resource name, as the user writes it when it is all of one pool; `lists` are where the sum comes from. */
export function writtenSum(
  cluster: ClusterModel,
  resource: string,
  count: number,
  lists: readonly AmountModel[],
): string {
  const names = new Set(lists.filter((amount) => amount.resource === resource).map((amount) => amount.pool));
  const [pool, ...others] = cluster.pools.filter(({ name }) => names.has(name));
  return pool === undefined || others.length > 0 ? `${count} ${resource}` : written(pool, resource, count);
}

/** `64 GPUs`, or `64 rdma/ib` for what has no shorter name. */
export function devices(pool: PoolModel, resource: string, count: number): string {
  if (resource !== pool.accelerator.resource) return `${count} ${resource}`;
  return counted(count, 'GPU');
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
