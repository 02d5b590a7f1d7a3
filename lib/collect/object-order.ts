import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { identityOf } from '../model/kubernetes.ts';
import { inOrder } from '../model/order.ts';
import type { ObjectModel } from '../model/platform-model.ts';

/** Kinds that others of the same unit rest on, in the order in which they are needed; every other kind comes after. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'PodGroup',
  'Service',
];
const RANKS: ReadonlyMap<string, number> = new Map(FIRST.map((kind, rank) => [kind, rank]));

/** An object with the construct that made it. */
export interface PlacedObject {
  readonly construct: ApiObject;
  readonly model: ObjectModel;
}

/** `from` comes after `to`, and with each of them all that is in it. */
export interface Dependency {
  readonly from: IConstruct;
  readonly to: IConstruct;
}

/** A step on the way to the order: an object, or the point at which all of a construct is there. */
interface Step {
  readonly id: string;
  readonly dependsOn: string[];
  readonly model?: ObjectModel;
}

/**
 * The objects of a unit in the order in which they are applied: the user's dependencies first, then by kind and identity.
 *
 * @throws PlatformError ORDER-001 when objects wait for each other
 */
export function objectsInOrder(
  where: string,
  objects: readonly PlacedObject[],
  dependencies: readonly Dependency[],
): readonly ObjectModel[] {
  const steps = objects.map(({ construct, model }) => ({ construct, id: placeOf(model), dependsOn: [], model }));
  if (dependencies.length === 0) return steps.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ model }) => model);
  const byConstruct = new Map<IConstruct, Step>(steps.map((step) => [step.construct, step]));
  return inOrder([...steps, ...addDependencies(byConstruct, dependencies)], where).flatMap(({ model }) => model ?? []);
}

/** Sorts by kind and identity; the path tells apart two objects of one identity, which a rule reports. */
function placeOf({ path, manifest }: ObjectModel): string {
  const rank = RANKS.get(manifest.kind) ?? FIRST.length;
  return `${String(rank).padStart(3, '0')} ${identityOf(manifest)} ${path}`;
}

/** Writes the dependencies into the steps; gives the points that were added on the way. */
function addDependencies(steps: ReadonlyMap<IConstruct, Step>, dependencies: readonly Dependency[]): readonly Step[] {
  const parts = new Map<IConstruct, readonly Step[]>();
  const partsOf = (construct: IConstruct): readonly Step[] =>
    remember(parts, construct, () => construct.node.findAll().flatMap((one) => steps.get(one) ?? []));
  // A point at which the whole of a construct is there: many who wait for many do not make as many edges as pairs.
  const points = new Map<IConstruct, Step>();
  const wholeOf = (construct: IConstruct): Step =>
    remember(points, construct, () => ({
      id: `whole ${construct.node.path}`,
      dependsOn: partsOf(construct).map(({ id }) => id),
    }));
  for (const { from, to } of dependencies) {
    // When one is a part of the other, the rest waits for the part, and nothing for itself.
    const needs = contains(from, to) || contains(to, from) || partsOf(to).length < 2 ? partsOf(to) : [wholeOf(to)];
    for (const step of partsOf(from)) for (const { id } of needs) if (id !== step.id) step.dependsOn.push(id);
  }
  return [...points.values()];
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}

function contains(outer: IConstruct, inner: IConstruct): boolean {
  return inner.node.path === outer.node.path || inner.node.path.startsWith(`${outer.node.path}/`);
}
