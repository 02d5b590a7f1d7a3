import { at, objectsIn } from '../model/json.ts';
import { containersOf, groupOf, type Manifest, podTemplatesOf } from '../model/kubernetes.ts';
import type { ClusterModel, UnitModel } from '../model/platform-model.ts';
import type { ChosenComponent } from './choose-components.ts';
import { crdsUnitId } from './component-units.ts';

/**
 * Adds the dependencies that follow from what the units hold, so that nobody has to type them in: a custom resource
 * waits for its CRD and webhook, content for its namespace, a queue for its parent, a job for its queue, a workload for
 * whoever advertises the devices it asks for or answers an annotation of its pods, a StorageClass for its provisioner,
 * whatever names a PriorityClass, a StorageClass or a claim of volumes for the unit that makes it.
 */
export function withDerivedDependencies(
  cluster: Pick<ClusterModel, 'queues' | 'jobs'>,
  components: readonly ChosenComponent[],
  units: readonly UnitModel[],
): readonly UnitModel[] {
  const ids = new Set(units.map((unit) => unit.id));
  const providers = providersOf(units);
  const owners = ownersOf(components);
  const queues = new Map(cluster.queues.map((queue) => [`queue-${queue.name}`, queue]));
  const jobs = new Map(cluster.jobs.map((job) => [job.path, job]));
  return units.map((unit) => {
    const needs = new Set(unit.dependsOn);
    for (const { manifest } of unit.objects) {
      for (const need of objectNeeds(manifest, components, owners, providers)) needs.add(need);
    }
    for (const chart of unit.charts) add(needs, providers.get(`Namespace ${chart.namespace}`));
    const parent = queues.get(unit.id)?.parent;
    if (parent !== undefined) needs.add(`queue-${parent}`);
    const job = unit.kind === 'job' ? jobs.get(unit.path) : undefined;
    if (job !== undefined) needs.add(`queue-${job.queue}`);
    needs.delete(unit.id);
    return { ...unit, dependsOn: [...needs].filter((id) => ids.has(id)).sort() };
  });
}

/** Kinds of objects that others name. */
const NAMED = ['Namespace', 'PersistentVolumeClaim', 'PriorityClass', 'StorageClass'];

/** Which unit makes the objects that others name. */
function providersOf(units: readonly UnitModel[]): ReadonlyMap<string, string> {
  return new Map(
    units.flatMap((unit) =>
      unit.objects
        .filter(({ manifest }) => NAMED.includes(manifest.kind))
        .map(({ manifest }): [string, string] => [
          nameOf(manifest.kind, manifest.metadata.name, manifest.metadata.namespace),
          unit.id,
        ]),
    ),
  );
}

function nameOf(kind: string, name: string, namespace?: string): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The components that define the custom resources of an API group. */
function ownersOf(components: readonly ChosenComponent[]): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const { definition } of components) {
    for (const group of definition.crds?.groups ?? []) {
      const ids = [definition.id, crdsUnitId(definition.id)];
      owners.set(group, [...(owners.get(group) ?? []), ...ids]);
    }
  }
  return owners;
}

function* objectNeeds(
  manifest: Manifest,
  components: readonly ChosenComponent[],
  owners: ReadonlyMap<string, readonly string[]>,
  providers: ReadonlyMap<string, string>,
): Iterable<string> {
  yield* owners.get(groupOf(manifest.apiVersion)) ?? [];
  const { namespace } = manifest.metadata;
  const named = [nameOf('Namespace', namespace ?? ''), ...storageNamed(manifest)];
  for (const { definition } of components) {
    if (manifest.kind === 'StorageClass' && definition.provisions?.includes(String(manifest['provisioner'])) === true)
      yield definition.id;
  }
  for (const { spec, annotations } of podTemplatesOf(manifest)) {
    named.push(nameOf('PriorityClass', String(spec['priorityClassName'] ?? '')));
    for (const volume of objectsIn(spec['volumes'])) {
      const claim = at(volume, 'persistentVolumeClaim', 'claimName');
      if (claim !== undefined) named.push(nameOf('PersistentVolumeClaim', String(claim), namespace));
    }
    const devices = containersOf(spec).flatMap((container) =>
      Object.keys((at(container, 'resources', 'limits') ?? {}) as object),
    );
    for (const { definition } of components) {
      if (definition.answers?.some((annotation) => Object.hasOwn(annotations, annotation)) === true)
        yield definition.id;
      const advertises = definition.advertises ?? [];
      if (devices.some((device) => advertises.some((prefix) => device.startsWith(prefix)))) yield definition.id;
    }
  }
  for (const name of named) {
    const provider = providers.get(name);
    if (provider !== undefined) yield provider;
  }
}

function storageNamed({ kind, spec }: Manifest): readonly string[] {
  const templates = kind === 'StatefulSet' ? objectsIn(at(spec, 'volumeClaimTemplates')) : [];
  const claims = kind === 'PersistentVolumeClaim' ? [spec] : templates.map((template) => template['spec']);
  return claims.map((claim) => nameOf('StorageClass', String(at(claim, 'storageClassName') ?? '')));
}

function add(needs: Set<string>, id: string | undefined): void {
  if (id !== undefined) needs.add(id);
}
