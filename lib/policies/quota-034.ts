import { at } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { volcanoQueues } from './queues.ts';
import { listed, unknownConfig } from './volcano-config.ts';

export const quota034: Policy = {
  id: 'QUOTA-034',
  title:
    'Volcano runs the action `reclaim` where queues are to get back what they lent, and `preempt` where PriorityClasses promise it.',
  why: "The chart's default configuration runs neither: what a queue lent is never given back, and an urgent job waits like any other.",
  source:
    'https://github.com/volcano-sh/volcano/blob/v1.15.1/installer/helm/chart/volcano/config/volcano-scheduler.conf',
  severity: 'error',
  check: perCluster(function* (cluster) {
    if (volcanoQueues(cluster).length === 0) return;
    for (const { action, because } of needs(cluster)) {
      if (cluster.volcanoConfig === undefined) yield unknownConfig(cluster, because, `the action ${action}`);
      else if (!cluster.volcanoConfig.actions.some((one) => one === action || one === `gang${action}`)) {
        yield fail(
          cluster.path,
          `${because}, but Volcano's scheduler runs only the actions ${cluster.volcanoConfig.actions.join(', ')}`,
          `Add '${action}' to the actions of the scheduler configuration, after 'allocate'.`,
        );
      }
    }
  }),
  examples: {
    passing: () => withActions('enqueue', 'allocate', 'reclaim'),
    failing: () => withActions('enqueue', 'allocate', 'backfill'),
  },
};

function needs(cluster: ClusterModel): readonly { action: string; because: string }[] {
  const lending = volcanoQueues(cluster).filter(
    (queue) => queue.reclaimable && queue.guarantee.length + queue.deserved.length > 0,
  );
  const priorities = prioritiesOf(cluster);
  return [
    ...(lending.length > 0
      ? [
          {
            action: 'reclaim',
            because: `reclaimable queues have a guarantee or deserved (${listed(lending.map(({ name }) => name))})`,
          },
        ]
      : []),
    ...(priorities.length > 0
      ? [{ action: 'preempt', because: `PriorityClasses promise to preempt (${listed(priorities)})` }]
      : []),
  ];
}

/** Priority classes, made here or named by Volcano jobs, except those that never preempt. */
function prioritiesOf(cluster: ClusterModel): readonly string[] {
  const classes = objectsOfKind(cluster, 'scheduling.k8s.io', 'PriorityClass').map(({ manifest }) => manifest);
  const patient = new Set(classes.filter((one) => one['preemptionPolicy'] === 'Never').map((one) => one.metadata.name));
  const named = objectsOfKind(cluster, 'batch.volcano.sh', 'Job').flatMap(({ manifest }) => {
    const name = at(manifest, 'spec', 'priorityClassName');
    return typeof name === 'string' ? [name] : [];
  });
  return [...new Set([...classes.map((one) => one.metadata.name), ...named])].filter((name) => !patient.has(name));
}

function withActions(...actions: readonly string[]) {
  return examplePlatform({ volcanoConfig: { actions, tiers: [[{ name: 'capacity' }]] } });
}
