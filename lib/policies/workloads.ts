import { at, type Json, objectsIn } from '../model/json.ts';
import { groupOf, type Labels, stringMap } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { objectsOfKind } from './objects.ts';
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
  const scalers = scalersOf(cluster);
  for (const pod of podsOf(cluster)) {
    if (!isStable(pod)) continue;
    const workload = readWorkload(pod, scalers);
    const others = workloads.get(workload.namespace);
    if (others === undefined) workloads.set(workload.namespace, [workload]);
    else others.push(workload);
  }
  known.set(cluster, workloads);
  return workloads;
}

/** The specs of the autoscalers by what they scale: the first of those for the same object. */
function scalersOf(cluster: ClusterModel): ReadonlyMap<string, Json | undefined> {
  const scalers = new Map<string, Json | undefined>();
  for (const { manifest } of objectsOfKind(cluster, 'autoscaling', 'HorizontalPodAutoscaler')) {
    const { spec, metadata } = manifest;
    const target = at(spec, 'scaleTargetRef');
    const key = keyOf(metadata.namespace ?? 'default', at(target, 'kind'), at(target, 'name'));
    if (!scalers.has(key)) scalers.set(key, spec);
  }
  return scalers;
}

function readWorkload(
  { path, title, kind, namespace, manifest, template }: ClusterPod,
  scalers: ReadonlyMap<string, Json | undefined>,
): Workload {
  const scaler = scalers.size === 0 ? undefined : scalers.get(keyOf(namespace, kind, manifest.metadata.name));
  const bounds = scaler ?? at(manifest['spec'], 'predictor');
  const { labels, replicas } = template;
  return {
    path,
    title,
    namespace,
    labels,
    least: bounds === undefined ? replicas : numberOr(at(bounds, 'minReplicas'), 1),
    most: bounds === undefined ? replicas : numberOr(at(bounds, 'maxReplicas'), 1),
  };
}

function keyOf(namespace: string, kind: Json | undefined, name: Json | undefined): string {
  return `${namespace}/${String(kind)}/${String(name)}`;
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
