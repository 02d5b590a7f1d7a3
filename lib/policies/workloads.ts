import { at, type Json, objectsIn } from '../model/json.ts';
import { groupOf, type Labels, podTemplatesOf, stringMap } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { objectsOfKind } from './objects.ts';

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

/** Deployments, StatefulSets and model servers of the cluster; an autoscaler decides where there is one. */
export function workloadsOf(cluster: ClusterModel): readonly Workload[] {
  const scaled = objectsOfKind(cluster, 'autoscaling', 'HorizontalPodAutoscaler');
  return cluster.units.flatMap((unit) =>
    unit.objects.filter(isWorkload).flatMap(({ path, manifest }) => {
      const { name, namespace = 'default' } = manifest.metadata;
      const scaler = scaled.find(({ manifest: { metadata, spec } }) => {
        const target = at(spec, 'scaleTargetRef');
        const isNamed = at(target, 'kind') === manifest.kind && at(target, 'name') === name;
        return isNamed && (metadata.namespace ?? 'default') === namespace;
      });
      const bounds = scaler?.manifest['spec'] ?? at(manifest['spec'], 'predictor');
      const [stable] = podTemplatesOf(manifest);
      if (stable === undefined) return [];
      const isScaled = bounds !== undefined;
      return [
        {
          path,
          title: `${manifest.kind} '${name}'`,
          namespace,
          labels: stable.labels,
          least: isScaled ? numberOr(at(bounds, 'minReplicas'), 1) : stable.replicas,
          most: isScaled ? numberOr(at(bounds, 'maxReplicas'), 1) : stable.replicas,
        },
      ];
    }),
  );
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
