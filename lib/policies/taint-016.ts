import { formatTaint, type Taint, type Toleration, tolerates } from '../model/kubernetes.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from './examples.ts';
import { formatToleration, landsOn, outcomeOf } from './landing.ts';
import { agentsOf, type Placement, placementOfAgent, podsWithTolerations } from './pods.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const taint016: Policy = {
  id: 'TAINT-016',
  title: 'What runs on a pool with a NoExecute taint tolerates it without an end.',
  why: 'A toleration with seconds lets the pod in, and when they are over the pod is evicted: a gang starts again and again, a node loses its driver.',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions',
  severity: 'error',
  check: perCluster((cluster) => {
    const agents = agentsOf(cluster).map((agent) => ({
      path: cluster.path,
      title: `${agent.name} of component '${agent.component}'`,
      ...placementOfAgent(agent),
    }));
    return [...agents, ...podsWithTolerations(cluster)].flatMap((pod) =>
      cluster.pools.flatMap((pool) => judge(pod, pool)),
    );
  }),
  examples: {
    passing: () => withToleration({}),
    failing: () => withToleration({ tolerationSeconds: 300 }),
  },
};

function withToleration(bound: Toleration) {
  const toleration = { key: 'team', operator: 'Exists', ...bound } as const;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: {
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }, { ...toleration }],
      containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': 8 } } }],
    },
  };
  const taints: readonly Taint[] = [...examplePool.taints, { key: 'team', value: 'vision', effect: 'NoExecute' }];
  return examplePlatform({ pools: [{ ...examplePool, taints }], units: [exampleUnit(pod)] });
}

type Resident = Placement & { readonly path: string; readonly title: string };

/** A pod that does not tolerate the taint at all does not get in, which TAINT-006 and TAINT-012 report. */
function judge(pod: Resident, pool: PoolModel): readonly Verdict[] {
  if (!pool.taints.some(({ effect }) => effect === 'NoExecute') || outcomeOf(landsOn(pod, pool)) === 'no') return [];
  return pool.taints.flatMap((taint) => {
    const seconds = secondsLeft(taint, pod.tolerations);
    if (seconds === undefined) return [];
    const what = `${pod.title} tolerates ${formatTaint(taint)} of pool '${pool.name}' for ${seconds} seconds, and the taint stays`;
    return [fail(pod.path, what, `Write the toleration without tolerationSeconds: ${formatToleration(taint)}.`)];
  });
}

/** The shortest time counts: a second toleration without an end does not lengthen the first. */
function secondsLeft(taint: Taint, tolerations: readonly Toleration[]): number | undefined {
  if (taint.effect !== 'NoExecute') return undefined;
  const bounds = tolerations
    .filter((toleration) => tolerates(toleration, taint))
    .flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [tolerationSeconds]));
  return bounds.length === 0 ? undefined : Math.max(0, Math.min(...bounds));
}
