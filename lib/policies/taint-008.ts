import { type Toleration, tolerates, untolerated } from '../model/kubernetes.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { asksForDevices, type ClusterPod, isNodeAgent, podsWithTolerations } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const taint008: Policy = {
  id: 'TAINT-008',
  title: 'A pod that asks for no accelerator is not let onto the pools that have them.',
  why: 'It takes cores and memory that the accelerators of the node then lack, so paid GPUs stand idle.',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#example-use-cases',
  severity: 'error',
  check: perCluster((cluster) =>
    podsWithTolerations(cluster)
      .filter((pod) => !asksForDevices(pod) && !isNodeAgent(pod, cluster))
      .flatMap((pod) => judge(pod, cluster.pools)),
  ),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(web([]))] }),
    failing: () => examplePlatform({ units: [exampleUnit(web([{ key: 'nvidia.com/gpu', operator: 'Exists' }]))] }),
  },
};

function web(tolerations: readonly { readonly key: string; readonly operator: string }[]) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'vision' },
    spec: { template: { spec: { tolerations, containers: [{ name: 'web' }] } } },
  };
}

function judge(pod: ClusterPod, pools: readonly PoolModel[]): readonly Verdict[] {
  // A toleration of everything is a mistake of its own (TAINT-009).
  const keyed = pod.tolerations.filter(({ key }) => key !== undefined);
  const reachable = pools
    .filter(({ taints }) => untolerated(taints, []).length > 0)
    .map((pool) => ({ pool, outcome: outcomeOf(landsOn({ ...pod, tolerations: keyed }, pool)) }))
    .filter(({ outcome }) => outcome !== 'no');
  if (reachable.length === 0) return [];
  const names = reachable
    .map(({ pool }) => `'${pool.name}'`)
    .sort()
    .join(', ');
  const verdict = reachable.some(({ outcome }) => outcome === 'yes') ? fail : unknown;
  const opening = keyed.filter((toleration) =>
    reachable.some(({ pool }) => pool.taints.some((taint) => tolerates(toleration, taint))),
  );
  return [
    verdict(
      pod.path,
      `${pod.title} asks for no accelerator, yet tolerates every taint of pool ${names}`,
      `Remove the toleration of ${opening.map(describe).join(' and ')}, or ask for the accelerator it uses.`,
    ),
  ];
}

function describe({ key, value, effect }: Toleration): string {
  return `${key}${value === undefined ? '' : `=${value}`}${effect === undefined ? '' : `:${effect}`}`;
}
