import { byName, writtenSum } from './capacity.ts';
import { examplePlatform, exampleQueue } from './examples.ts';
import { fail, type Policy, perCluster, unknown } from './policy.ts';
import { ancestorsIn, volcanoQueues } from './queues.ts';

export const quota017: Policy = {
  id: 'QUOTA-017',
  title: 'The capability of a Volcano queue is at most that of the nearest queue above it that sets one.',
  why: 'Volcano refuses the queue when it is applied, in whatever order a GitOps controller applies them.',
  // validateChildAgainstAncestor, findNearestAncestorCapability. They take a capability of 0 for none; the scheduler does
  // not, so here it is the limit that it looks like. The queues directly below root have no queue above them.
  source:
    'https://github.com/volcano-sh/volcano/blob/v1.15.1/pkg/webhooks/admission/queues/validate/validate_queue.go#L574',
  severity: 'error',
  check: perCluster(function* (cluster) {
    const ancestorsOf = ancestorsIn(cluster);
    for (const queue of volcanoQueues(cluster)) {
      const { known, missing } = ancestorsOf(queue);
      for (const [resource, own] of byName(queue.capability)) {
        const above = known.find(({ capability }) => byName(capability).has(resource));
        if (above === undefined) {
          if (missing === undefined) continue;
          yield unknown(
            queue.path,
            `capability of ${own} ${resource} must fit the queue '${missing}' above it, which is not part of the program`,
            `Create '${missing}' in this program, or compare with 'kubectl get queue ${missing} -o yaml'.`,
          );
          continue;
        }
        const limit = byName(above.capability).get(resource) ?? 0;
        if (own <= limit) continue;
        const write = (count: number) =>
          writtenSum(cluster, resource, count, [...queue.capability, ...above.capability]);
        yield fail(
          queue.path,
          `capability ${write(own)} is above the capability ${write(limit)} of '${above.name}', the queue above it`,
          `Lower it to ${write(limit)}, or raise the capability of '${above.name}' to ${write(own)}.`,
        );
      }
    }
  }),
  examples: {
    passing: () => withCapabilities(64, 32),
    failing: () => withCapabilities(32, 64),
  },
};

function withCapabilities(above: number, below: number) {
  const gpus = (count: number) => [{ pool: 'h100', resource: 'nvidia.com/gpu', count }];
  const parent = { ...exampleQueue, capability: gpus(above) };
  const child = {
    ...exampleQueue,
    name: 'vision-tuning',
    path: `${parent.path}/tuning`,
    parent: parent.name,
    capability: gpus(below),
  };
  return examplePlatform({ queues: [parent, child] });
}
