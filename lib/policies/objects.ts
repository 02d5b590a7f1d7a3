import { groupOf } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';

/** By group, kind and namespace; made once for a cluster, because rules ask for single kinds again and again. */
type ObjectsByKind = ReadonlyMap<string, readonly ObjectModel[]>;
const known = new WeakMap<ClusterModel, ObjectsByKind>();

/** The objects of one kind in the cluster, those that users add included; the core group is the empty string. */
export function objectsOfKind(cluster: ClusterModel, group: string, kind: string): readonly ObjectModel[] {
  return kindsOf(cluster).get(`${group}/${kind}`) ?? [];
}

/** Those of them that are in the namespace. */
export function objectsInNamespace(
  cluster: ClusterModel,
  group: string,
  kind: string,
  namespace: string,
): readonly ObjectModel[] {
  return kindsOf(cluster).get(`${group}/${kind}/${namespace}`) ?? [];
}

/** Their names, in the whole cluster or in one namespace, for rules that look up what many pods name. */
export function namesOfKind(
  cluster: ClusterModel,
  group: string,
  kind: string,
  namespace?: string,
): ReadonlySet<string> {
  const objects = kindsOf(cluster).get(`${group}/${kind}${namespace === undefined ? '' : `/${namespace}`}`) ?? NONE;
  const names = namesKnown.get(objects) ?? new Set(objects.map(({ manifest }) => manifest.metadata.name));
  namesKnown.set(objects, names);
  return names;
}

const NONE: readonly ObjectModel[] = [];
const namesKnown = new WeakMap<readonly ObjectModel[], ReadonlySet<string>>();

function kindsOf(cluster: ClusterModel): ObjectsByKind {
  const byKind = known.get(cluster) ?? readKinds(cluster);
  known.set(cluster, byKind);
  return byKind;
}

function readKinds(cluster: ClusterModel): ObjectsByKind {
  const byKind = new Map<string, ObjectModel[]>();
  const add = (key: string, object: ObjectModel) => {
    const alike = byKind.get(key);
    if (alike === undefined) byKind.set(key, [object]);
    else alike.push(object);
  };
  for (const { objects } of cluster.units) {
    for (const object of objects) {
      const { apiVersion, kind, metadata } = object.manifest;
      const key = `${groupOf(apiVersion)}/${kind}`;
      add(key, object);
      add(`${key}/${metadata.namespace ?? 'default'}`, object);
    }
  }
  return byKind;
}
