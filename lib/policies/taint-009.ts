import { examplePlatform, exampleUnit } from './examples.ts';
import { isNodeAgent, podsWithTolerations } from './pods.ts';
import { fail, type Policy, perCluster } from './policy.ts';

export const taint009: Policy = {
  id: 'TAINT-009',
  title: 'Only node agents tolerate every taint.',
  why: 'Such a pod ignores accelerator pools, spot warnings and drains alike, and lands where nobody meant it to.',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#concepts',
  severity: 'error',
  check: perCluster((cluster) =>
    podsWithTolerations(cluster)
      .filter((pod) => pod.tolerations.some(({ key, operator }) => key === undefined && operator === 'Exists'))
      .filter((pod) => !isNodeAgent(pod, cluster))
      .map((pod) =>
        fail(
          pod.path,
          `${pod.title} tolerates every taint: a toleration has the operator Exists and no key`,
          'Name the taint it needs, such as { key: nvidia.com/gpu, operator: Exists, effect: NoSchedule }, or remove the toleration.',
        ),
      ),
  ),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(pod([{ key: 'nvidia.com/gpu', operator: 'Exists' }]))] }),
    failing: () => examplePlatform({ units: [exampleUnit(pod([{ operator: 'Exists' }]))] }),
  },
};

function pod(tolerations: readonly { readonly key?: string; readonly operator: string }[]) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { tolerations, containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': 1 } } }] },
  };
}
