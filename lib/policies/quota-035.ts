import type { AmountModel, ClusterModel, QueueModel } from '../model/platform-model.ts';
import { byName, sum, written } from './capacity.ts';
import { examplePlatform, examplePool, exampleTenant } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { ENFORCES, PROMISES } from './queues.ts';

export const quota035: Policy = {
  id: 'QUOTA-035',
  title: 'No quota and no queue adds up two pools under one resource name.',
  why: 'A ResourceQuota and a Volcano queue count by resource name: 64 H100 and 32 A100 become 96 `nvidia.com/gpu`, so the tenant may take 96 H100.',
  source: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-for-extended-resources',
  severity: 'warning',
  check: perCluster(function* (cluster) {
    for (const { name, path, quota } of cluster.tenants) {
      for (const [resource, parts] of mixed(cluster, quota)) {
        yield fail(
          path,
          `quota has ${parts}, which Kubernetes counts as ${byName(quota).get(resource)} ${resource}: '${name}' may take all of them from one pool`,
          `Make a tenant for each pool, or ${RENAME}.`,
        );
      }
    }
    for (const queue of cluster.queues) {
      if (ENFORCES[queue.scheduler] !== 'resource-name') continue;
      // One finding for the queue: what mends the first list mends the others, and deserved often repeats guarantee.
      for (const [resource, { list, parts }] of firstMixed(cluster, queue)) {
        yield fail(
          queue.path,
          `${list} has ${parts}, which '${queue.scheduler}' counts as ${byName(queue[list]).get(resource)} ${resource}: all of them may be used in one pool`,
          `Make a queue for each pool, ${RENAME}, or take a back end that counts each pool by itself.`,
        );
      }
    }
  }),
  examples: {
    passing: () => withQuotaOn('h100'),
    failing: () => withQuotaOn('h100', 'a100'),
  },
};

const RENAME = 'let the pools offer different names (MIG slices, or shared GPUs under a name of their own)';

/** The resources of which several pools have an amount, with these amounts as the user writes them. */
function mixed(cluster: ClusterModel, amounts: readonly AmountModel[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const resource of byName(amounts).keys()) {
    const parts = cluster.pools.flatMap((pool) => {
      const own = amounts.filter((amount) => amount.resource === resource && amount.pool === pool.name);
      return own.length === 0 ? [] : [written(pool, resource, sum(own))];
    });
    if (parts.length > 1) found.set(resource, parts.sort().join(' and '));
  }
  return found;
}

function firstMixed(cluster: ClusterModel, queue: QueueModel) {
  const found = new Map<string, { readonly list: (typeof PROMISES)[number]; readonly parts: string }>();
  for (const list of PROMISES) {
    for (const [resource, parts] of mixed(cluster, queue[list]))
      if (!found.has(resource)) found.set(resource, { list, parts });
  }
  return found;
}

function withQuotaOn(...pools: readonly string[]) {
  const quota = pools.map((pool) => ({ pool, resource: 'nvidia.com/gpu', count: 32 }));
  return examplePlatform({
    pools: [examplePool, { ...examplePool, name: 'a100', path: 'example/east/a100' }],
    tenants: [{ ...exampleTenant, quota, pools }],
  });
}
