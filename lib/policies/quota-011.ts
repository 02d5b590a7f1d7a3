import type { ClusterModel, VolcanoConfigModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { volcanoQueues } from './queues.ts';
import { listed, pluginOf, unknownConfig } from './volcano-config.ts';

export const quota011: Policy = {
  id: 'QUOTA-011',
  title: 'Where Volcano jobs run under a ResourceQuota, the scheduler runs the plugin `resourcequota`.',
  why: 'Without it Volcano starts gangs that the quota has no room for: two half-created gangs hold what the other one needs.',
  source: 'https://github.com/volcano-sh/volcano/blob/v1.15.1/docs/design/resourcequota-plugin.md',
  severity: 'error',
  check: perCluster(function* (cluster) {
    const namespaces = limitedNamespaces(cluster);
    if (namespaces.length === 0) return;
    const config = cluster.volcanoConfig;
    const because = `Volcano jobs run under a ResourceQuota in ${listed(namespaces)}`;
    if (config === undefined) yield unknownConfig(cluster, because, 'the plugin resourcequota');
    else if (pluginOf(config, 'resourcequota') === undefined) {
      yield fail(
        cluster.path,
        `${because}, but Volcano's scheduler runs without the plugin that looks at quotas`,
        "Add { name: 'resourcequota' } to the last tier of the scheduler configuration.",
      );
    }
  }),
  examples: {
    passing: () => withPlugins(['capacity', 'resourcequota']),
    failing: () => withPlugins(['capacity']),
  },
};

/** Namespaces with a quota in which Volcano jobs are, or in which a Volcano queue waits for some. */
function limitedNamespaces(cluster: ClusterModel): readonly string[] {
  const owners = new Set(volcanoQueues(cluster).map((queue) => queue.tenant));
  const busy = new Set([
    ...cluster.tenants.filter(({ name }) => owners.has(name)).map(({ namespace }) => namespace),
    ...cluster.jobs.filter((job) => job.scheduler === 'volcano').map(({ namespace }) => namespace),
    ...objectsOfKind(cluster, 'batch.volcano.sh', 'Job').map(
      ({ manifest }) => manifest.metadata.namespace ?? 'default',
    ),
  ]);
  const limited = [
    ...cluster.tenants.filter(({ quota }) => quota.length > 0).map(({ namespace }) => namespace),
    ...objectsOfKind(cluster, '', 'ResourceQuota').map(({ manifest }) => manifest.metadata.namespace ?? 'default'),
  ];
  return [...new Set(limited)].filter((namespace) => busy.has(namespace));
}

function withPlugins(names: readonly string[]) {
  const volcanoConfig: VolcanoConfigModel = {
    actions: ['enqueue', 'allocate'],
    tiers: [names.map((name) => ({ name }))],
  };
  return examplePlatform({ volcanoConfig });
}
