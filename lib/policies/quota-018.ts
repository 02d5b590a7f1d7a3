import type { ClusterModel, QueueModel } from '../model/platform-model.ts';
import { byName, writtenSum } from './capacity.ts';
import { examplePlatform, exampleQueue } from './examples.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';
import { volcanoQueues } from './queues.ts';

export const quota018: Policy = {
  id: 'QUOTA-018',
  title:
    'The queues below a Volcano queue share out no more guarantee and deserved than it has, and what it does not set is 0.',
  why: 'Volcano refuses the last of these queues when it is applied. Below root nothing is compared.',
  // validateSiblingsSum, validateChildrenConstraints. Setting a resource to 0 that the parent does not set is refused too.
  source:
    'https://github.com/volcano-sh/volcano/blob/v1.15.1/pkg/webhooks/admission/queues/validate/validate_queue.go#L593',
  severity: 'error',
  check: perCluster(function* (cluster) {
    const queues = volcanoQueues(cluster);
    for (const name of new Set(queues.map((queue) => queue.parent))) {
      if (name === undefined) continue;
      const below = queues.filter((queue) => queue.parent === name);
      const parent = cluster.queues.find((queue) => queue.name === name);
      for (const list of ['guarantee', 'deserved'] as const) {
        if (parent !== undefined) yield* aboveParent(cluster, parent, below, list);
        else yield* unknownParent(name, below, list);
      }
    }
  }),
  examples: {
    passing: () => withChild(16),
    failing: () => withChild(24),
  },
};

function* aboveParent(
  cluster: ClusterModel,
  parent: QueueModel,
  below: readonly QueueModel[],
  list: 'guarantee' | 'deserved',
): Iterable<Verdict> {
  const amounts = below.flatMap((queue) => queue[list]);
  const limits = byName(parent[list]);
  for (const [resource, total] of byName(amounts)) {
    const limit = limits.get(resource);
    if (limit !== undefined && total <= limit) continue;
    const write = (count: number) => writtenSum(cluster, resource, count, [...amounts, ...parent[list]]);
    yield fail(
      parent.path,
      `${list} of the queues below '${parent.name}' adds up to ${write(total)}, but its own ${list} ${limit === undefined ? `has none of ${resource}` : `is ${write(limit)}`}`,
      limit === undefined
        ? `Add ${write(total)} to ${list} of '${parent.name}', or drop it from the queues below.`
        : `Raise ${list} of '${parent.name}' to ${write(total)}, or lower that of the queues below to ${write(limit)} in total.`,
    );
  }
}

function* unknownParent(name: string, below: readonly QueueModel[], list: 'guarantee' | 'deserved'): Iterable<Verdict> {
  for (const queue of below) {
    if (queue[list].length === 0) continue;
    yield unknown(
      queue.path,
      `${list} must fit that of the queue '${name}' above it, which is not part of the program`,
      `Create '${name}' in this program, or compare with 'kubectl get queue ${name} -o yaml'.`,
    );
  }
}

function withChild(gpus: number) {
  const guarantee = [{ pool: 'h100', resource: 'nvidia.com/gpu', count: gpus }];
  const child = {
    ...exampleQueue,
    name: 'vision-tuning',
    path: `${exampleQueue.path}/tuning`,
    parent: exampleQueue.name,
    guarantee,
  };
  return examplePlatform({ queues: [exampleQueue, child] });
}
