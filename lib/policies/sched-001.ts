import type { QueueModel } from '../model/platform-model.ts';
import { examplePlatform, exampleQueue } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { ENFORCES, PROMISES } from './queues.ts';

export const sched001: Policy = {
  id: 'SCHED-001',
  title: 'A queue promises only what its back end keeps.',
  why: "Kubernetes' own gang scheduling has no queues: a guarantee there is written down and held by nobody.",
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/gang-scheduling/',
  severity: 'error',
  check: perCluster(function* (cluster) {
    for (const queue of cluster.queues) {
      const fields = promised(queue);
      if (ENFORCES[queue.scheduler] !== 'nothing' || fields.length === 0) continue;
      yield fail(
        queue.path,
        `the queue sets ${fields.join(', ')}, but its back end '${queue.scheduler}' has no queues and keeps none of it`,
        `Use Scheduler.volcano(), or ${queue.parent === undefined ? `drop ${fields.join(', ')}` : 'create the queue directly under its tenant, without amounts'}.`,
      );
    }
  }),
  examples: {
    passing: () =>
      examplePlatform({ queues: [{ ...exampleQueue, scheduler: 'kubernetes', guarantee: [], deserved: [] }] }),
    failing: () => examplePlatform({ queues: [{ ...exampleQueue, scheduler: 'kubernetes' }] }),
  },
};

function promised(queue: QueueModel): readonly string[] {
  return [...PROMISES.filter((list) => queue[list].length > 0), ...(queue.parent === undefined ? [] : ['parent'])];
}
