import { CHECKPOINT_INTERVAL, INTERRUPTIBLE } from '../model/conventions.ts';
import { objectsIn } from '../model/json.ts';
import type { ClusterModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from './examples.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { type ClusterPod, isNodeAgent, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const taint020: Policy = {
  id: 'TAINT-020',
  title: 'Only pods that may be interrupted run on spot nodes.',
  why: 'The cloud takes a spot node back at any time: what a pod on it has not saved is lost, and a server is gone until another node comes.',
  source: 'https://learn.microsoft.com/azure/aks/spot-node-pool',
  severity: 'error',
  check: perCluster((cluster) => {
    const spot = cluster.pools.filter(({ capacity }) => capacity.kind === 'spot');
    return spot.length === 0 ? [] : podsOf(cluster).flatMap((pod) => judge(pod, spot, cluster));
  }),
  examples: {
    passing: () => onSpot({ [INTERRUPTIBLE]: 'true' }),
    failing: () => onSpot({}),
  },
};

function onSpot(annotations: Readonly<Record<string, string>>) {
  const template = {
    metadata: { annotations },
    spec: {
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
      containers: [{ name: 'web', resources: { limits: { 'nvidia.com/gpu': 1 } } }],
    },
  };
  const web = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'vision' },
    spec: { template },
  };
  return examplePlatform({ pools: [{ ...examplePool, capacity: { kind: 'spot' } }], units: [exampleUnit(web)] });
}

function judge(pod: ClusterPod, spot: readonly PoolModel[], cluster: ClusterModel): readonly Verdict[] {
  if (isNodeAgent(pod, cluster) || isInterruptible(pod)) return [];
  const reached = spot
    .map((pool) => ({ name: pool.name, outcome: outcomeOf(landsOn(pod, pool)) }))
    .filter(({ outcome }) => outcome !== 'no');
  if (reached.length === 0) return [];
  const verdict = reached.some(({ outcome }) => outcome === 'yes') ? fail : unknown;
  return [
    verdict(
      pod.path,
      `${pod.title} may run on the spot nodes of pool ${reached.map(({ name }) => `'${name}'`).join(', ')}, and does not say that it may be interrupted`,
      `Give a job a checkpoint and a service 'interruptible: true', annotate other pods with ${INTERRUPTIBLE}: 'true', or use a pool on demand.`,
    ),
  ];
}

/** A pod that says so, or a worker that is told to save its progress. */
function isInterruptible({ template: { annotations, containers } }: ClusterPod): boolean {
  const saves = containers.some(({ env }) => objectsIn(env).some(({ name }) => name === CHECKPOINT_INTERVAL));
  return saves || annotations[INTERRUPTIBLE] === 'true';
}
