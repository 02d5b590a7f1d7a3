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
 * - `reclaim` and `preempt` choose what to take worker by worker, and `gang` is not asked about it: it would spare every
 *   worker of a job that runs with its least number, so a queue of training jobs would give nothing back. A gang that
 *   loses a worker starts again as a whole, as its policies say.
 * - `gangreclaim` and `gangpreempt`, which take whole gangs, are not used: they move for a job only when all its workers
 *   fit what its queue deserves, and never take a gang whose loss would leave its queue below its own guarantee.
 * - All plugins are in one tier. A later tier is not asked once an earlier one has named victims, so `capacity` in
 *   another tier than `conformance` would not protect what a queue deserves.
 */
export function volcanoConfig(features: { readonly quotas: boolean; readonly claims: boolean }): VolcanoConfigModel {
  return {
    actions: ['enqueue', 'allocate', 'reclaim', 'preempt', 'backfill'],
    tiers: [
      [
        { name: 'priority' },
        { name: 'gang', enablePreemptable: false, enableReclaimable: false },
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

const SWITCHES = ['enableHierarchy', 'enablePreemptable', 'enableReclaimable'] as const;

/** The configuration as the text that the scheduler reads. */
function schedulerConfigText(config: VolcanoConfigModel): string {
  const plugin = (one: VolcanoConfigModel['tiers'][number][number]): readonly string[] => [
    `  - name: ${one.name}`,
    ...SWITCHES.flatMap((name) => (one[name] === undefined ? [] : [`    ${name}: ${one[name]}`])),
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
