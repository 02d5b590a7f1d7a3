import { formatTaint } from '../model/kubernetes.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';

export const taint002: Policy = {
  id: 'TAINT-002',
  title: 'At least one taint of a pool with accelerators is NoSchedule or NoExecute.',
  why: 'PreferNoSchedule is a wish: a busy cluster puts any pod on the nodes all the same.',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#concepts',
  severity: 'error',
  check: perCluster((cluster) =>
    cluster.pools
      .filter(({ taints }) => taints.length > 0 && taints.every(({ effect }) => effect === 'PreferNoSchedule'))
      .map((pool) =>
        fail(
          pool.path,
          `pool '${pool.name}' has only ${pool.taints.map(formatTaint).join(', ')}, which keeps no pod off its nodes`,
          `Give '${pool.taints[0]?.key}' the effect NoSchedule.`,
        ),
      ),
  ),
  examples: {
    passing: () => examplePlatform(),
    failing: () =>
      examplePlatform({ pools: [{ ...examplePool, taints: [{ key: 'nvidia.com/gpu', effect: 'PreferNoSchedule' }] }] }),
  },
};
