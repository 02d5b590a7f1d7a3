import { PlatformError } from '../../model/errors.ts';
import type { ClusterModel, PlatformModel, UnitModel } from '../../model/platform-model.ts';

/**
 * The platform without the run-once units that nobody asked for: a finished training job is not desired state, and an
 * engine that finds it gone would start it again. What depended on one of them depends on what that one needed.
 *
 * @param asked `cluster/unit` of the run-once units to keep
 * @throws PlatformError PULUMI-002 when no run-once unit has an asked name
 */
export function withoutRunOnce(model: PlatformModel, asked: readonly string[] = []): PlatformModel {
  const runOnce = model.clusters.flatMap((cluster) =>
    cluster.units.filter((unit) => unit.runOnce).map((unit) => `${cluster.name}/${unit.id}`),
  );
  const unknown = asked.filter((name) => !runOnce.includes(name));
  if (unknown.length > 0) {
    throw new PlatformError(
      'PULUMI-002',
      model.name,
      `no run-once unit is called ${unknown.map((name) => `'${name}'`).join(', ')}`,
      runOnce.length === 0 ? 'The platform has none: leave runOnce out.' : `Use one of ${runOnce.join(', ')}.`,
    );
  }
  return { ...model, clusters: model.clusters.map((cluster) => keep(cluster, new Set(asked))) };
}

function keep(cluster: ClusterModel, asked: ReadonlySet<string>): ClusterModel {
  const needs = new Map<string, readonly string[]>();
  const units: UnitModel[] = [];
  // Units come after what they depend on, so the needs of a dropped one are complete when it is looked up.
  for (const unit of cluster.units) {
    const dependsOn = [...new Set(unit.dependsOn.flatMap((id) => needs.get(id) ?? [id]))].sort();
    if (unit.runOnce && !asked.has(`${cluster.name}/${unit.id}`)) needs.set(unit.id, dependsOn);
    else units.push({ ...unit, dependsOn });
  }
  return { ...cluster, units };
}
