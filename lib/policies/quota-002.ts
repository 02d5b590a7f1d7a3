import { fabricDevices } from '../model/fabric.ts';
import type { ClusterModel, PoolModel } from '../model/platform-model.ts';
import { perNode, written } from './capacity.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';

export const quota002: Policy = {
  id: 'QUOTA-002',
  title: 'The quota of a tenant has an amount of every accelerator resource of every pool that it may reach.',
  why: 'Kubernetes counts only the names in the quota: whatever a pool offers under another name, such as MIG slices beside whole GPUs, is unlimited.',
  source: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
  severity: 'error',
  check: perCluster(function* (cluster) {
    const used = poolsUsed(cluster);
    for (const tenant of cluster.tenants) {
      const reached = new Set([...tenant.pools, ...(used.get(tenant.name) ?? [])]);
      for (const pool of cluster.pools.filter(({ name }) => reached.has(name))) {
        for (const resource of accelerators(pool)) {
          if (tenant.quota.some((amount) => amount.pool === pool.name && amount.resource === resource)) continue;
          yield fail(
            tenant.path,
            `pods of '${tenant.name}' may run on pool '${pool.name}', which offers ${resource}, but the quota has no amount of it`,
            `Add ${written(pool, resource, perNode(pool, resource))} to the quota, or ${written(pool, resource, 0)} to forbid it.`,
          );
        }
      }
    }
  }),
  examples: {
    passing: () => examplePlatform(),
    failing: () =>
      examplePlatform({ pools: [{ ...examplePool, resources: { 'nvidia.com/gpu': 8, 'nvidia.com/mig-1g.10gb': 7 } }] }),
  },
};

/** Names of the pools on which jobs of a tenant run, whatever its quota says. */
function poolsUsed(cluster: ClusterModel): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>();
  for (const { tenant, pool } of cluster.jobs) used.set(tenant, (used.get(tenant) ?? new Set()).add(pool));
  return used;
}

/** What the pool offers without its network interfaces, which come with the accelerators and need no quota of their own. */
function accelerators(pool: PoolModel): readonly string[] {
  const interfaces = fabricDevices(pool.fabric);
  return Object.keys(pool.resources).filter((resource) => interfaces[resource] === undefined);
}
