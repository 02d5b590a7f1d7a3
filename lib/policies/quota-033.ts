import type { QueueModel, VolcanoConfigModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { volcanoQueues } from './queues.ts';
import { listed, pluginOf, unknownConfig } from './volcano-config.ts';

export const quota033: Policy = {
  id: 'QUOTA-033',
  title:
    'Volcano queues with `deserved` or a parent are scheduled by the plugin `capacity`, trees with its hierarchy on, and not by `proportion`.',
  why: "The plugin `proportion`, which the chart's default configuration runs, reads neither field: the queues are accepted and ignored.",
  source: 'https://github.com/volcano-sh/volcano/blob/v1.15.1/docs/user-guide/how_to_use_capacity_plugin.md',
  severity: 'error',
  check: perCluster(function* (cluster) {
    const queues = volcanoQueues(cluster);
    const promising = queues.filter((queue) => queue.deserved.length > 0 || queue.parent !== undefined);
    if (promising.length === 0) return;
    const tree = queues.some((queue) => queue.parent !== undefined);
    const plugin = tree ? 'capacity with enableHierarchy: true' : 'capacity';
    const because = `${names(promising)} set deserved or a parent`;
    const config = cluster.volcanoConfig;
    if (config === undefined) yield unknownConfig(cluster, because, `the plugin ${plugin}, and not proportion`);
    else {
      const what = obstacle(config, tree);
      if (what !== undefined)
        yield fail(
          cluster.path,
          `${because}, but ${what}`,
          `In the scheduler configuration, run the plugin ${plugin}, and not proportion.`,
        );
    }
  }),
  examples: {
    passing: () => withPlugin('capacity'),
    failing: () => withPlugin('proportion'),
  },
};

function obstacle(config: VolcanoConfigModel, tree: boolean): string | undefined {
  const capacity = pluginOf(config, 'capacity');
  if (pluginOf(config, 'proportion') !== undefined)
    return "Volcano's scheduler runs the plugin proportion, which shares by weight instead";
  if (capacity === undefined) return "Volcano's scheduler runs without the plugin capacity";
  return tree && capacity.enableHierarchy !== true ? 'the plugin capacity runs with its hierarchy off' : undefined;
}

function names(queues: readonly QueueModel[]): string {
  return `${queues.length === 1 ? 'queue' : 'queues'} ${listed(queues.map((queue) => queue.name))}`;
}

function withPlugin(name: string) {
  return examplePlatform({ volcanoConfig: { actions: ['enqueue', 'allocate', 'reclaim'], tiers: [[{ name }]] } });
}
