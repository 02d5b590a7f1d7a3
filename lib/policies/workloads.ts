import { at, type Json, objectsIn } from '../model/json.ts';
import { groupOf, type Labels, podTemplatesOf, stringMap } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { objectsInNamespace } from './objects.ts';

// Workloads that answer requests: several equal pods that nothing ends.

/** Equal pods of one object. */
export interface Workload {
  readonly path: string;
  readonly title: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** How many there always are, and how many there may be. */
  readonly least: number;
  readonly most: number;
}

/** Two rules ask for them, one of them namespace by namespace. */
const known = new WeakMap<ClusterModel, ReadonlyMap<string, readonly Workload[]>>();

/** Deployments, StatefulSets and model servers by namespace; an autoscaler decides where there is one. */
export function workloadsOf(cluster: ClusterModel): ReadonlyMap<string, readonly Workload[]> {
  const before = known.get(cluster);
  if (before !== undefined) return before;
  const workloads = new Map<string, Workload[]>();
  for (const { objects } of cluster.units) {
    for (const object of objects.filter(isWorkload)) {
      const workload = readWorkload(object, cluster);
      if (workload === undefined) continue;
      const others = workloads.get(workload.namespace);
      if (others === undefined) workloads.set(workload.namespace, [workload]);
      else others.push(workload);
    }
  }
  known.set(cluster, workloads);
  return workloads;
}

function readWorkload({ path, manifest }: ObjectModel, cluster: ClusterModel): Workload | undefined {
  const { name, namespace = 'default' } = manifest.metadata;
  const scaler = objectsInNamespace(cluster, 'autoscaling', 'HorizontalPodAutoscaler', namespace).find((one) => {
    const target = at(one.manifest['spec'], 'scaleTargetRef');
    return at(target, 'kind') === manifest.kind && at(target, 'name') === name;
  });
  const bounds = scaler?.manifest['spec'] ?? at(manifest['spec'], 'predictor');
  const [stable] = podTemplatesOf(manifest);
  if (stable === undefined) return undefined;
  const { labels, replicas } = stable;
  return {
    path,
    title: `${manifest.kind} '${name}'`,
    namespace,
    labels,
    least: bounds === undefined ? replicas : numberOr(at(bounds, 'minReplicas'), 1),
    most: bounds === undefined ? replicas : numberOr(at(bounds, 'maxReplicas'), 1),
  };
}

function isWorkload({ manifest: { apiVersion, kind } }: ObjectModel): boolean {
  const group = groupOf(apiVersion);
  return (
    (group === 'apps' && (kind === 'Deployment' || kind === 'StatefulSet')) ||
    (group === 'serving.kserve.io' && kind === 'InferenceService')
  );
}

/** Whether the label selector, as it stands in a manifest, takes pods with these labels. An empty one takes all. */
export function selects(selector: Json | undefined, labels: Labels): boolean {
  const equal = Object.entries(stringMap(at(selector, 'matchLabels'))).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    objectsIn(at(selector, 'matchExpressions')).every(({ key, operator, values }) => {
      const value = labels[String(key)];
      const isListed = Array.isArray(values) && value !== undefined && values.includes(value);
      if (operator === 'In') return isListed;
      if (operator === 'NotIn') return !isListed;
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}

function numberOr(value: Json | undefined, absent: number): number {
  return typeof value === 'number' ? value : absent;
}
