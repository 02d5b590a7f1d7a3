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

/** Where a kind stands in the order of a unit. */
export function rankOf(kind: string): number {
  const index = FIRST.indexOf(kind);
  return index < 0 ? FIRST.length : index;
}

interface Placed {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly model: ObjectModel;
}

/** The objects of a unit in the order in which they are applied: the user's dependencies first, then by kind and identity. */
export function objectsInOrder(
  where: string,
  objects: readonly { readonly construct: ApiObject; readonly model: ObjectModel }[],
): readonly ObjectModel[] {
  const ids = new Map<IConstruct, string>(
    objects.map(({ construct, model }) => [
      construct,
      `${String(rankOf(model.manifest.kind)).padStart(3, '0')} ${identityOf(model.manifest)} ${model.path}`,
    ]),
  );
  const placed = objects.map(({ construct, model }): Placed => {
    const needs = construct.node.dependencies
      .flatMap((target) => target.node.findAll())
      .flatMap((target) => ids.get(target) ?? []);
    const id = ids.get(construct) ?? model.path;
    return { id, dependsOn: needs.filter((need) => need !== id), model };
  });
  return inOrder(placed, where).map(({ model }) => model);
}
