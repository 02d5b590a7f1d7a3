import type { PreflightSheet, Range } from '../preflight/preflight.ts';

/** The sheet of a cluster as a person reads it. */
export function formatPreflight(sheet: PreflightSheet): string {
  const { cluster, cloud, region, pools, quotas, quotaPage, addresses, permissions, prerequisites, cost } = sheet;
  const lines = [
    `cluster ${cluster} on ${cloud}${region === undefined ? '' : ` in ${region}`}`,
    ...pools.map(
      (pool) =>
        `  pool ${pool.pool}: ${range(pool.nodes)} x ${pool.instanceType} (${pool.capacity}), ${range(pool.accelerators)} accelerators${pool.interfaces.max === 0 ? '' : `, ${range(pool.interfaces)} fabric interfaces`}`,
    ),
    ...quotas.map((quota) => `  quota '${quota.name}': ${range(quota.amount)} ${quota.unit}`),
    ...(quotaPage === undefined ? [] : [`  quotas are raised at ${quotaPage}`]),
    `  addresses for nodes and pods: at most ${addresses}`,
    ...prerequisites.map((one) => `  needed first: ${one}`),
    ...(permissions.length === 0 ? [] : [`  the deploying identity needs: ${permissions.join('; ')}`]),
    ...(cost === undefined
      ? ['  cost: nothing is bought']
      : [
          `  estimated cost of the machines: ${range(cost.perHour)} ${cost.currency} an hour (${cost.basis.join('; ') || 'no price known'}; without disks, network and support)`,
          ...(cost.unpriced.length === 0 ? [] : [`  not in the estimate, no price known: ${cost.unpriced.join(', ')}`]),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function range({ min, max }: Range): string {
  return min === max ? String(min) : `${min} to ${max}`;
}
