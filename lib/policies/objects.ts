import { groupOf } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';

/** Some objects of a cluster by the text that is asked for. */
type ObjectsBy = ReadonlyMap<string, readonly ObjectModel[]>;

/** By kind and group; made once for a cluster, because rules ask for single kinds again and again. */
const kindsKnown = new WeakMap<ClusterModel, ReadonlyMap<string, ObjectsBy>>();

/** Those of one kind by namespace: of most kinds nobody asks. */
const namespacesKnown = new WeakMap<readonly ObjectModel[], ObjectsBy>();

const namesKnown = new WeakMap<readonly ObjectModel[], ReadonlySet<string>>();

const NONE: readonly ObjectModel[] = [];

/** The objects of one kind in the cluster, those that users add included; the core group is the empty string. */
export function objectsOfKind(cluster: ClusterModel, group: string, kind: string): readonly ObjectModel[] {
  const kinds = kindsKnown.get(cluster) ?? readKinds(cluster);
  kindsKnown.set(cluster, kinds);
  return kinds.get(kind)?.get(group) ?? NONE;
}

/** Those of them that are in the namespace. */
export function objectsInNamespace(
  cluster: ClusterModel,
  group: string,
  kind: string,
  namespace: string,
): readonly ObjectModel[] {
  const objects = objectsOfKind(cluster, group, kind);
  if (objects.length === 0) return NONE;
  const namespaces = namespacesKnown.get(objects) ?? readNamespaces(objects);
  namespacesKnown.set(objects, namespaces);
  return namespaces.get(namespace) ?? NONE;
}

/** Their names, in the whole cluster or in one namespace, for rules that look up what many pods name. */
export function namesOfKind(
  cluster: ClusterModel,
  group: string,
  kind: string,
  namespace?: string,
): ReadonlySet<string> {
  const objects =
    namespace === undefined ? objectsOfKind(cluster, group, kind) : objectsInNamespace(cluster, group, kind, namespace);
  const names = namesKnown.get(objects) ?? new Set(objects.map(({ manifest }) => manifest.metadata.name));
  namesKnown.set(objects, names);
  return names;
}

function readKinds(cluster: ClusterModel): ReadonlyMap<string, ObjectsBy> {
  const kinds = new Map<string, Map<string, ObjectModel[]>>();
  for (const { objects } of cluster.units) {
    for (const object of objects) {
      const { apiVersion, kind } = object.manifest;
      const groups = kinds.get(kind) ?? new Map<string, ObjectModel[]>();
      kinds.set(kind, groups);
      put(groups, groupOf(apiVersion), object);
    }
  }
  return kinds;
}

function readNamespaces(objects: readonly ObjectModel[]): ObjectsBy {
  const namespaces = new Map<string, ObjectModel[]>();
  for (const object of objects) put(namespaces, object.manifest.metadata.namespace ?? 'default', object);
  return namespaces;
}

function put(objects: Map<string, ObjectModel[]>, key: string, object: ObjectModel): void {
  const alike = objects.get(key);
  if (alike === undefined) objects.set(key, [object]);
  else alike.push(object);
}
