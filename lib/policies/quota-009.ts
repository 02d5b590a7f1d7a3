import { demands, unmet } from './demand.ts';
import { examplePlatform, exampleTenant } from './examples.ts';
import { type Policy, perCluster } from './policy.ts';

export const quota009: Policy = {
  id: 'QUOTA-009',
  title:
    'The quotas of a pool add up to no more than its largest size times the overcommit that the tenants agreed to.',
  why: 'Kubernetes grants quotas without looking at the nodes: what is promised twice goes to whoever comes first, and the other team waits without a reason that it can see.',
  source: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
  severity: 'error',
  check: perCluster(function* (cluster) {
    for (const demand of demands(cluster, cluster.tenants, (tenant) => tenant.quota)) {
      // The most careful tenant decides: its own quota is what the others would take.
      const overcommit = demand.claims.reduce(
        (least, { holder }) => Math.min(least, holder.overcommit),
        Number.POSITIVE_INFINITY,
      );
      yield* unmet(cluster, demand, { list: 'quota', holders: 'tenants', size: 'maxNodes', overcommit });
    }
  }),
  examples: {
    passing: () => examplePlatform({ tenants: [exampleTenant, speech(32)] }),
    failing: () => examplePlatform({ tenants: [exampleTenant, speech(40)] }),
  },
};

function speech(gpus: number) {
  const quota = [{ pool: 'h100', resource: 'nvidia.com/gpu', count: gpus }];
  return { ...exampleTenant, name: 'speech', path: 'example/east/speech', namespace: 'speech', quota };
}
