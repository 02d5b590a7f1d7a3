import type { QueueModel } from '../model/platform-model.ts';
import { byName, writtenSum } from './capacity.ts';
import { examplePlatform, exampleQueue } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { volcanoQueues } from './queues.ts';

export const quota016: Policy = {
  id: 'QUOTA-016',
  title:
    'A Volcano queue has guarantee <= deserved <= capability for each resource, and deserves all that it is guaranteed.',
  why: 'Volcano refuses the queue when it is applied.',
  // validateResourceQuantityOfQueue: a resource that capability does not name is unlimited, one that deserved does not name is refused.
  source:
    'https://github.com/volcano-sh/volcano/blob/v1.15.1/pkg/webhooks/admission/queues/validate/validate_queue.go#L227',
  severity: 'error',
  check: perCluster(function* (cluster) {
    for (const queue of volcanoQueues(cluster)) {
      const lists = [...queue.guarantee, ...queue.deserved, ...queue.capability];
      for (const resource of byName(lists).keys()) {
        const clash = clashOf(queue, resource, (count) => writtenSum(cluster, resource, count, lists));
        if (clash !== undefined) yield fail(queue.path, clash.what, clash.fix);
      }
    }
  }),
  examples: {
    passing: () => examplePlatform(),
    failing: () => examplePlatform({ queues: [{ ...exampleQueue, deserved: [] }] }),
  },
};

/** The widest of the gaps that Volcano would refuse, so that one change mends the resource. */
function clashOf(
  queue: QueueModel,
  resource: string,
  write: (count: number) => string,
): { what: string; fix: string } | undefined {
  const guarantee = byName(queue.guarantee).get(resource);
  const deserved = byName(queue.deserved).get(resource);
  const capability = byName(queue.capability).get(resource);
  if (guarantee !== undefined && capability !== undefined && guarantee > capability) {
    const raised = deserved !== undefined && deserved >= guarantee ? 'capability' : 'deserved and capability';
    return {
      what: `guarantee ${write(guarantee)} is above capability ${write(capability)}`,
      fix: `Lower guarantee and deserved to ${write(capability)}, or raise ${raised} to ${write(Math.max(guarantee, deserved ?? 0))}.`,
    };
  }
  if (guarantee !== undefined && deserved === undefined) {
    return {
      what: `guarantee has ${write(guarantee)}, but deserved has none of ${resource}`,
      fix: `Add ${write(guarantee)} to deserved, or drop it from guarantee.`,
    };
  }
  if (guarantee !== undefined && deserved !== undefined && guarantee > deserved) {
    return {
      what: `guarantee ${write(guarantee)} is above deserved ${write(deserved)}`,
      fix: `Raise deserved to ${write(guarantee)}, or lower guarantee to ${write(deserved)}.`,
    };
  }
  if (deserved !== undefined && capability !== undefined && deserved > capability) {
    return {
      what: `deserved ${write(deserved)} is above capability ${write(capability)}`,
      fix: `Lower deserved to ${write(capability)}, or raise capability to ${write(deserved)}.`,
    };
  }
  return undefined;
}
