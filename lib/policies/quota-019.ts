import { demands, unmet } from './demand.ts';
import { examplePlatform, exampleQueue } from './examples.ts';
import { type Policy, perCluster } from './policy.ts';
import { countingQueues } from './queues.ts';

export const quota019: Policy = {
  id: 'QUOTA-019',
  title:
    'The guarantees of a pool add up to no more than its smallest size, and the deserved amounts to no more than its largest.',
  why: 'A guarantee that the nodes cannot carry is never kept, and what is held back for it is lost to the other queues.',
  source: 'https://github.com/volcano-sh/volcano/blob/v1.15.1/docs/design/capacity-scheduling.md',
  severity: 'error',
  check: perCluster(function* (cluster) {
    // What the queues below share out is part of what the queue at the top has (QUOTA-018).
    const top = countingQueues(cluster).filter((queue) => queue.parent === undefined);
    for (const demand of demands(cluster, top, (queue) => queue.guarantee)) {
      yield* unmet(cluster, demand, { list: 'guarantee', holders: 'queues', size: 'minNodes' });
    }
    for (const demand of demands(cluster, top, (queue) => queue.deserved)) {
      yield* unmet(cluster, demand, { list: 'deserved', holders: 'queues', size: 'maxNodes' });
    }
  }),
  examples: {
    passing: () => examplePlatform(),
    failing: () => {
      const guarantee = [{ pool: 'h100', resource: 'nvidia.com/gpu', count: 64 }];
      return examplePlatform({ queues: [{ ...exampleQueue, guarantee, deserved: guarantee }] });
    },
  },
};
