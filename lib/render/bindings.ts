import { PlatformError } from '../model/errors.ts';
import { type Json, someText, visitStrings } from '../model/json.ts';
import type { ChartReference, ClusterModel, ObjectModel, PlatformModel, UnitModel } from '../model/platform-model.ts';
import type { PlatformStream } from '../model/platform-stream.ts';
import { type Bindings, bind, holdsMarker, markersIn } from '../model/value.ts';

/** Where a reference stands: the place for a message, and the reference. */
export interface Use {
  readonly id: string;
  readonly secret: boolean;
  readonly where: string;
}

/**
 * The platform with every reference replaced by what the bindings file says, ready to be written to files.
 *
 * @throws PlatformError REF-002 with every reference that is not bound and where it is used; REF-004 with every secret
 *   reference, because a secret never reaches a file
 */
export function bindPlatform(model: PlatformModel, bindings: Bindings): PlatformModel {
  return { ...model, clusters: [...boundClusters(model, bindings)] };
}

/** As `bindPlatform`, cluster by cluster: what is wrong is told after the last one. */
export function* boundClusters({ name, clusters }: PlatformStream, bindings: Bindings): Iterable<ClusterModel> {
  const wrong: Use[] = [];
  for (const cluster of clusters) {
    const uses = usesIn(cluster);
    wrong.push(...uses.filter((use) => use.secret || !Object.hasOwn(bindings, use.id)));
    if (wrong.length === 0) yield uses.length === 0 ? cluster : bindCluster(cluster, bindings);
  }
  refuse(name, wrong);
}

function refuse(platform: string, wrong: readonly Use[]): void {
  const secrets = wrong.filter((use) => use.secret);
  if (secrets.length > 0) {
    throw new PlatformError(
      'REF-004',
      platform,
      `a secret would be written to a file: ${listed(secrets)}`,
      'Refer to a Kubernetes Secret by name instead, and let the deployment or an external secret store fill it.',
    );
  }
  if (wrong.length > 0) {
    throw new PlatformError(
      'REF-002',
      platform,
      `references without a value: ${listed(wrong)}`,
      'Pass --bindings FILE with the output of `pulumi stack output bindings --json`.',
    );
  }
}

function bindCluster(cluster: ClusterModel, bindings: Bindings): ClusterModel {
  const bound = (value: Json) => bind(value, (marker) => bindings[marker.id] ?? '');
  const object = (one: ObjectModel): ObjectModel => ({
    ...one,
    manifest: bound(one.manifest) as ObjectModel['manifest'],
  });
  const chart = (one: ChartReference): ChartReference => ({
    ...one,
    values: bound(one.values) as ChartReference['values'],
  });
  const unit = (one: UnitModel): UnitModel => ({
    ...one,
    objects: one.objects.map(object),
    charts: one.charts.map(chart),
  });
  return { ...cluster, units: cluster.units.map(unit) };
}

/** Every reference of the platform, wherever it stands in an object or in the values of a chart. */
export function usesOf({ clusters }: PlatformModel): readonly Use[] {
  return clusters.flatMap(usesIn);
}

/** As `usesOf`, of one cluster. */
export function usesIn(cluster: ClusterModel): readonly Use[] {
  const uses: Use[] = [];
  const note = (value: Json, where: string) =>
    visitStrings(value, (text, path) => {
      for (const { id, secret } of markersIn(text)) uses.push({ id, secret, where: `${where}.${path.join('.')}` });
    });
  for (const unit of cluster.units) {
    // Most objects hold none, and in the keys of objects they were refused when these were collected (REF-001).
    for (const { path, manifest, mayRefer = true } of unit.objects)
      if (mayRefer && someText(manifest, holdsMarker)) note(manifest, path);
    for (const chart of unit.charts) note(chart.values, `${unit.path} values`);
  }
  return uses;
}

/** The references one a line, for a message. */
export function listed(uses: readonly Use[]): string {
  return uses.map((use) => `\n         ${use.id} at ${use.where}`).join('');
}
