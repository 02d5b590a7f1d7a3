import { formatTaint, type Toleration } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { formatToleration } from './landing.ts';
import { podsWithTolerations } from './pods.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const taint011: Policy = {
  id: 'TAINT-011',
  title: 'A toleration of an accelerator taint by value names the value that the pools carry.',
  why: "Clouds disagree on the value ('present', 'true', 'Exists'), so a toleration copied from another cloud does nothing.",
  source: 'https://cloud.google.com/kubernetes-engine/docs/how-to/gpus#create',
  severity: 'error',
  check: perCluster((cluster) =>
    podsWithTolerations(cluster).flatMap((pod) =>
      pod.tolerations.flatMap((toleration) => judge(pod.path, pod.title, toleration, cluster)),
    ),
  ),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(pod('present'))] }),
    failing: () => examplePlatform({ units: [exampleUnit(pod('true'))] }),
  },
};

function pod(value: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Equal', value }], containers: [] },
  };
}

function judge(path: string, title: string, toleration: Toleration, cluster: ClusterModel): readonly Verdict[] {
  if (toleration.operator === 'Exists') return [];
  const taints = cluster.pools
    .flatMap((pool) => pool.taints.filter(({ key }) => domainOf(key) === domainOf(pool.accelerator.resource)))
    .filter(({ key }) => key === toleration.key)
    .sort((a, b) => (formatTaint(a) < formatTaint(b) ? -1 : 1));
  const [first] = taints;
  if (first === undefined || taints.some(({ value }) => (value ?? '') === (toleration.value ?? ''))) return [];
  const values = [...new Set(taints.map(({ value }) => `'${value ?? ''}'`))].sort().join(' or ');
  return [
    fail(
      path,
      `${title} tolerates ${toleration.key} with the value '${toleration.value ?? ''}', but the pools carry ${values}`,
      `Tolerate the key whatever its value: ${formatToleration(first)}.`,
    ),
  ];
}

function domainOf(name: string): string {
  return name.slice(0, Math.max(name.indexOf('/'), 0));
}
