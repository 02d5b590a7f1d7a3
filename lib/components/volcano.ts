import type { VolcanoValues } from '../../imports/charts/volcano.ts';
import type { VolcanoConfigModel } from '../model/platform-model.ts';
import { defineComponent, systemAgent } from './component.ts';

/** Gang scheduling and hierarchical queues for training jobs. */
export const volcano = defineComponent({
  id: 'volcano',
  summary: 'Gang scheduling and queues for batch jobs',
  source: 'https://volcano.sh/en/docs/installation/',
  namespace: 'volcano-system',
  podSecurity: 'baseline',
  chart: { repository: 'https://volcano-sh.github.io/helm-charts', chart: 'volcano', version: '1.15.1' },
  crds: {
    data: ['volcano'],
    groups: [
      'batch.volcano.sh',
      'bus.volcano.sh',
      'config.volcano.sh',
      'flow.volcano.sh',
      'nodeinfo.volcano.sh',
      'scheduling.volcano.sh',
      'shard.volcano.sh',
      'topology.volcano.sh',
    ],
    carriedBy: 'chart',
  },
  placement: { system: { nodeSelector: ['custom.default_ns'], tolerations: ['custom.default_tolerations'] } },
  neededBy: ({ queues }) => queues.filter((queue) => queue.scheduler === 'volcano').map((queue) => queue.path),
  values: ({ systemSelector, systemTolerations, cluster }): VolcanoValues => ({
    custom: {
      // More than one replica without leader election would schedule every pod twice.
      leader_elect_enable: true,
      admission_replicas: 2,
      controller_replicas: 2,
      scheduler_replicas: 2,
      default_ns: systemSelector,
      default_tolerations: systemTolerations,
      ...(cluster.volcanoConfig === undefined
        ? {}
        : { scheduler_config_override: schedulerConfigText(cluster.volcanoConfig) }),
    },
  }),
  agents: (_values, context) =>
    ['volcano-scheduler', 'volcano-controllers', 'volcano-admission', 'volcano-admission-init'].map((name) =>
      systemAgent(name, context),
    ),
});

/**
 * The scheduler configuration that keeps what queues promise, as seen on Volcano 1.15.1:
 *
 * - `capacity` reads guarantee, deserved and the queue tree; the chart's default `proportion` reads none of them.
 * - `gangreclaim` and `gangpreempt` take whole gangs. The plain `reclaim` and `preempt` never touch a gang that runs with
 *   its least number of workers, so a queue of training jobs would give nothing back.
 * - All plugins are in one tier. A later tier is not asked once an earlier one has named victims, so `capacity` beside
 *   `gang` in another tier would not protect what a queue deserves.
 */
export function volcanoConfig(features: { readonly quotas: boolean; readonly claims: boolean }): VolcanoConfigModel {
  return {
    actions: ['enqueue', 'allocate', 'gangreclaim', 'gangpreempt', 'backfill'],
    tiers: [
      [
        { name: 'priority' },
        { name: 'gang' },
        { name: 'conformance' },
        { name: 'capacity', enableHierarchy: true },
        // Without it pods that claim devices are bound to nodes that have none.
        {
          name: 'predicates',
          ...(features.claims ? { arguments: { 'predicate.DynamicResourceAllocationEnable': true } } : {}),
        },
        { name: 'nodeorder' },
        {
          name: 'binpack',
          arguments: { 'binpack.resources': 'nvidia.com/gpu', 'binpack.resources.nvidia.com/gpu': 10 },
        },
        // Without it the scheduler does not see namespace quotas, and two half-created gangs block each other.
        ...(features.quotas ? [{ name: 'resourcequota' }] : []),
      ],
    ],
  };
}

/** The configuration as the text that the scheduler reads. */
export function schedulerConfigText(config: VolcanoConfigModel): string {
  const plugin = (one: VolcanoConfigModel['tiers'][number][number]): readonly string[] => [
    `  - name: ${one.name}`,
    ...(one.enableHierarchy === undefined ? [] : [`    enableHierarchy: ${one.enableHierarchy}`]),
    ...(one.arguments === undefined
      ? []
      : [
          '    arguments:',
          ...Object.entries(one.arguments).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}`),
        ]),
  ];
  return [
    `actions: "${config.actions.join(', ')}"`,
    'tiers:',
    ...config.tiers.flatMap((tier) => ['- plugins:', ...tier.flatMap(plugin)]),
    '',
  ].join('\n');
}
