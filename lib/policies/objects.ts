import { groupOf } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';

/** The objects of one kind in the cluster, those that users add included; the core group is the empty string. */
export function objectsOfKind(cluster: ClusterModel, group: string, kind: string): readonly ObjectModel[] {
  return cluster.units
    .flatMap((unit) => unit.objects)
    .filter(({ manifest }) => manifest.kind === kind && groupOf(manifest.apiVersion) === group);
}
