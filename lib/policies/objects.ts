import { groupOf } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';

/** By group and kind; made once for a cluster, because rules ask for single kinds again and again. */
type ObjectsByKind = ReadonlyMap<string, readonly ObjectModel[]>;
const known = new WeakMap<ClusterModel, ObjectsByKind>();

/** The objects of one kind in the cluster, those that users add included; the core group is the empty string. */
export function objectsOfKind(cluster: ClusterModel, group: string, kind: string): readonly ObjectModel[] {
  const byKind = known.get(cluster) ?? readKinds(cluster);
  known.set(cluster, byKind);
  return byKind.get(`${group}/${kind}`) ?? [];
}

function readKinds(cluster: ClusterModel): ObjectsByKind {
  const byKind = new Map<string, ObjectModel[]>();
  for (const { objects } of cluster.units) {
    for (const object of objects) {
      const key = `${groupOf(object.manifest.apiVersion)}/${object.manifest.kind}`;
      const alike = byKind.get(key);
      if (alike === undefined) byKind.set(key, [object]);
      else alike.push(object);
    }
  }
  return byKind;
}
