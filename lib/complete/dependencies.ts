import type { AnyComponent } from '../components/index.ts';
import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { groupOf, type Manifest } from '../model/kubernetes.ts';
import type { ClusterModel, UnitModel } from '../model/platform-model.ts';
import { type FoundTemplate, podTemplatesIn } from '../model/pod-templates.ts';
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
  const suppliers: Suppliers = {
    components: components.map(({ definition }) => definition),
    owners: ownersOf(components),
    providers: providersOf(units),
  };
  const queues = new Map(cluster.queues.map((queue) => [`queue-${queue.name}`, queue]));
  const jobs = new Map(cluster.jobs.map((job) => [job.path, job]));
  return units.map((unit) => {
    const needs = new Set(unit.dependsOn);
    for (const { manifest } of unit.objects) addNeedsOf(manifest, needs, suppliers);
    for (const found of podTemplatesIn(unit.objects)) addNeedsOfPod(found, needs, suppliers);
    for (const chart of unit.charts) add(needs, suppliers.providers.get(`Namespace ${chart.namespace}`));
    const parent = queues.get(unit.id)?.parent;
    if (parent !== undefined) needs.add(`queue-${parent}`);
    const job = unit.kind === 'job' ? jobs.get(unit.path) : undefined;
    if (job !== undefined) needs.add(`queue-${job.queue}`);
    needs.delete(unit.id);
    return { ...unit, dependsOn: [...needs].filter((id) => ids.has(id)).sort() };
  });
}

/** Who brings what objects need. */
interface Suppliers {
  readonly components: readonly AnyComponent[];
  /** The units that must be there before objects of an API group. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** The unit of each object that others name. */
  readonly providers: ReadonlyMap<string, string>;
}

const NOBODY: readonly never[] = [];

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

/** Adds what the object needs to the needs of its unit. */
function addNeedsOf(manifest: Manifest, needs: Set<string>, { components, owners, providers }: Suppliers): void {
  for (const owner of owners.get(groupOf(manifest.apiVersion)) ?? NOBODY) needs.add(owner);
  const { namespace } = manifest.metadata;
  if (namespace !== undefined) add(needs, providers.get(nameOf('Namespace', namespace)));
  for (const claim of claimsOf(manifest)) {
    const name = at(claim, 'storageClassName');
    if (typeof name === 'string') add(needs, providers.get(nameOf('StorageClass', name)));
  }
  if (manifest.kind === 'StorageClass') {
    const makers = components.filter(({ provisions }) => provisions?.includes(String(manifest['provisioner'])));
    for (const { id } of makers) needs.add(id);
  }
}

function addNeedsOfPod(
  { object, template }: FoundTemplate,
  needs: Set<string>,
  { components, providers }: Suppliers,
): void {
  const { spec, annotations, containers, notes } = template;
  const { priorityClassName } = spec;
  if (typeof priorityClassName === 'string') add(needs, providers.get(nameOf('PriorityClass', priorityClassName)));
  const { namespace } = object.manifest.metadata;
  for (const claim of notes.claims) add(needs, providers.get(nameOf('PersistentVolumeClaim', claim, namespace)));
  for (const { id, answers } of components)
    if (answers?.some((annotation) => Object.hasOwn(annotations, annotation))) needs.add(id);
  if (!notes.asksForMore) return;
  for (const { resources } of containers) {
    const limits = at(resources, 'limits');
    if (isJsonObject(limits)) addAdvertisers(limits, needs, components);
  }
}

/** The claims of volumes in the object, one by itself or the templates of a StatefulSet. */
function claimsOf({ kind, spec }: Manifest): readonly (Json | undefined)[] {
  if (kind === 'PersistentVolumeClaim') return [spec];
  if (kind !== 'StatefulSet') return NOBODY;
  return objectsIn(at(spec, 'volumeClaimTemplates')).map((template) => template['spec']);
}

function addAdvertisers(limits: JsonObject, needs: Set<string>, components: Suppliers['components']): void {
  for (const device of Object.keys(limits)) {
    // Cores and memory are there without anybody.
    if (!device.includes('/')) continue;
    const makers = components.filter(({ advertises }) => advertises?.some((prefix) => device.startsWith(prefix)));
    for (const { id } of makers) needs.add(id);
  }
}

function add(needs: Set<string>, id: string | undefined): void {
  if (id !== undefined) needs.add(id);
}
