import type { ClusterModel, VolcanoConfigModel, VolcanoPluginModel } from '../model/platform-model.ts';
import { unknown, type Verdict } from './policy.ts';

/** The plugin of that name, when the scheduler runs it. */
export function pluginOf(config: VolcanoConfigModel, name: string): VolcanoPluginModel | undefined {
  return config.tiers.flat().find((plugin) => plugin.name === name);
}

/** The verdict where somebody else configures Volcano: `because` is what relies on it, `needs` what it must contain. */
export function unknownConfig(cluster: ClusterModel, because: string, needs: string): Verdict {
  return unknown(
    cluster.path,
    `${because}, but how Volcano's scheduler is configured is not known`,
    `Make sure that volcano-scheduler.conf has ${needs}, or let this library install Volcano.`,
  );
}

/** Names in order, in quotes, the long tail only counted. */
export function listed(names: readonly string[], most = 5): string {
  const shown = [...names]
    .sort()
    .slice(0, most)
    .map((name) => `'${name}'`);
  return names.length > most ? `${shown.join(', ')} and ${names.length - most} more` : shown.join(', ');
}
