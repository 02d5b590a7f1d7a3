import type { AmountModel, PoolModel } from '../model/platform-model.ts';

/**
 * An amount of one resource of one pool. Made by the pool itself (`h100.gpus(64)`), so it can neither name a resource
 * that no pool has nor be taken for an amount of another pool.
 */
export interface Amount {
  readonly pool: PoolModel;
  /** Extended resource name, such as `nvidia.com/gpu`. */
  readonly resource: string;
  /** Whole devices. */
  readonly count: number;
}

/** The amounts as the model keeps them, those of the same pool and resource added up, sorted. */
export function amountModels(amounts: readonly Amount[]): readonly AmountModel[] {
  const sums = new Map<string, AmountModel>();
  for (const { pool, resource, count } of amounts) {
    const key = `${pool.name} ${resource}`;
    sums.set(key, { pool: pool.name, resource, count: (sums.get(key)?.count ?? 0) + count });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** The amounts by resource name, for back ends that do not know pools. */
function byResource(amounts: readonly AmountModel[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { resource, count } of amounts) sums[resource] = (sums[resource] ?? 0) + count;
  return sums;
}

/** The amounts as the strings of a resource list. */
export function resourceList(amounts: readonly AmountModel[], prefix = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(byResource(amounts)).map(([resource, count]) => [`${prefix}${resource}`, String(count)]),
  );
}
