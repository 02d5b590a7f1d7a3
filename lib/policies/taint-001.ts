import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';

export const taint001: Policy = {
  id: 'TAINT-001',
  title: 'Every pool with accelerators has a taint.',
  why: 'Without one, pods that need no accelerator fill the nodes, and the jobs that do need one wait.',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#example-use-cases',
  severity: 'error',
  check: perCluster((cluster) =>
    cluster.pools
      .filter((pool) => pool.taints.length === 0)
      .map((pool) => {
        const key = pool.accelerator.vendor === 'nvidia' ? 'nvidia.com/gpu' : pool.accelerator.resource;
        return fail(
          pool.path,
          `pool '${pool.name}' offers ${pool.accelerator.resource} but has no taint, so any pod may take its nodes`,
          `Add the taint ${key}=present:NoSchedule.`,
        );
      }),
  ),
  examples: {
    passing: () => examplePlatform(),
    failing: () => examplePlatform({ pools: [{ ...examplePool, taints: [] }] }),
  },
};
