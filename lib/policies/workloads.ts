import { at, type Json, objectsIn } from '../model/json.ts';
import { groupOf, type Labels, stringMap } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { objectsInNamespace } from './objects.ts';
import { type ClusterPod, podsOf } from './pods.ts';

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
  for (const pod of podsOf(cluster)) {
    if (!isStable(pod)) continue;
    const workload = readWorkload(pod, cluster);
    const others = workloads.get(workload.namespace);
    if (others === undefined) workloads.set(workload.namespace, [workload]);
    else others.push(workload);
  }
  known.set(cluster, workloads);
  return workloads;
}

function readWorkload({ path, kind, namespace, manifest, template }: ClusterPod, cluster: ClusterModel): Workload {
  const { name } = manifest.metadata;
  const scaler = objectsInNamespace(cluster, 'autoscaling', 'HorizontalPodAutoscaler', namespace).find((one) => {
    const target = at(one.manifest['spec'], 'scaleTargetRef');
    return at(target, 'kind') === kind && at(target, 'name') === name;
  });
  const bounds = scaler?.manifest['spec'] ?? at(manifest['spec'], 'predictor');
  const { labels, replicas } = template;
  return {
    path,
    title: `${kind} '${name}'`,
    namespace,
    labels,
    least: bounds === undefined ? replicas : numberOr(at(bounds, 'minReplicas'), 1),
    most: bounds === undefined ? replicas : numberOr(at(bounds, 'maxReplicas'), 1),
  };
}

/** The pods of a Deployment or a StatefulSet, or those of a model server that are neither a canary nor beside the model. */
function isStable({ kind, manifest, template: { part } }: ClusterPod): boolean {
  const group = groupOf(manifest.apiVersion);
  return (
    part === 'pod' &&
    ((group === 'apps' && (kind === 'Deployment' || kind === 'StatefulSet')) ||
      (group === 'serving.kserve.io' && kind === 'InferenceService'))
  );
}

/** Whether the label selector, as it stands in a manifest, takes pods with these labels. An empty one takes all. */
export function selects(selector: Json | undefined, labels: Labels): boolean {
  const wanted = stringMap(at(selector, 'matchLabels'));
  const equal = Object.keys(wanted).every((key) => labels[key] === wanted[key]);
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
