import { resourceList } from '../constructs/amount.ts';
import { type SchedulerBackend, withEnvironment } from './scheduler.ts';

/** Volcano: queues with guarantee, deserved and capability, in a tree; gangs as Volcano jobs. */
export const volcanoBackend: SchedulerBackend = {
  id: 'volcano',
  // A Volcano queue holds resource lists, which know resource names and no pools.
  enforces: 'resource-name',
  requireOn: () => {},
  queueObjects: (queue) => ({
    queue: {
      apiVersion: 'scheduling.volcano.sh/v1beta1',
      kind: 'Queue',
      metadata: { name: queue.name },
      spec: {
        reclaimable: queue.reclaimable,
        ...(queue.parent === undefined ? {} : { parent: queue.parent }),
        ...(queue.guarantee.length === 0 ? {} : { guarantee: { resource: resourceList(queue.guarantee) } }),
        ...(queue.deserved.length === 0 ? {} : { deserved: resourceList(queue.deserved) }),
        ...(queue.capability.length === 0 ? {} : { capability: resourceList(queue.capability) }),
      },
    },
  }),
  jobObjects: ({ job, priorityClass, maxRetries, labels, annotations, podSpec, rendezvous }) => ({
    job: {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      metadata: { name: job.name, namespace: job.namespace, labels },
      spec: {
        schedulerName: 'volcano',
        queue: job.queue,
        priorityClassName: priorityClass,
        minAvailable: job.minWorkers,
        // Volcano fails a job instead of its last retry, and its webhook replaces 0 by 3.
        maxRetry: maxRetries + 1,
        // `svc` gives each worker a stable name and makes the headless service behind it.
        plugins: { svc: [] },
        policies: [
          // A job that goes on with fewer workers gets a new one when there is room. Were it started again, two such jobs
          // of queues that share a pool would drive each other out until their retries are used up.
          ...(job.minWorkers < job.workers ? [] : [{ event: 'PodEvicted', action: 'RestartJob' }]),
          { event: 'PodFailed', action: 'RestartJob' },
        ],
        tasks: [
          {
            name: 'worker',
            replicas: job.workers,
            minAvailable: job.minWorkers,
            template: {
              metadata: { labels, annotations },
              spec: withEnvironment(
                podSpec,
                rendezvous(
                  { fieldPath: "metadata.labels['volcano.sh/task-index']" },
                  `${job.name}-worker-0.${job.name}`,
                ),
              ),
            },
          },
        ],
      },
    },
  }),
};
