import { untolerated } from '../model/kubernetes.ts';
import type { ClusterModel, SystemPoolModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { describeObstacle, formatToleration, type Landing, landsOn, outcomeOf } from './landing.ts';
import { agentsOf, asksForDevices, placementOfAgent, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

/** One node that is being replaced must leave another. */
const MIN_NODES = 2;

export const taint015: Policy = {
  id: 'TAINT-015',
  title: 'The system pool is bought on demand, keeps two nodes, and takes what must run on it.',
  why: 'Operators and webhooks that find no node, or lose their only one, stop the whole cluster.',
  source: 'https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools',
  severity: 'error',
  check: perCluster((cluster) => [...judgePool(cluster.systemPool), ...judgeAgents(cluster), ...judgePods(cluster)]),
  examples: {
    passing: () => examplePlatform({ systemPool }),
    failing: () => examplePlatform({ systemPool: { ...systemPool, capacity: { kind: 'spot' } } }),
  },
};

const systemPool: SystemPoolModel = {
  path: 'example/east/system',
  minNodes: 2,
  maxNodes: 4,
  capacity: { kind: 'onDemand' },
  node: { arch: 'amd64' },
  labels: {},
  taints: [],
};

function* judgePool({ path, capacity, minNodes }: SystemPoolModel): Iterable<Verdict> {
  if (capacity.kind === 'spot') {
    const what = 'the system pool is on spot capacity, which the cloud takes back at any time';
    yield fail(path, what, 'Buy its nodes on demand.');
  }
  if (minNodes < MIN_NODES) {
    const what = `the system pool may shrink to ${minNodes} nodes, so replacing one stops every webhook`;
    yield fail(path, what, `Set minNodes to ${MIN_NODES}.`);
  }
}

function judgeAgents(cluster: ClusterModel): readonly Verdict[] {
  return agentsOf(cluster)
    .filter(({ runsOn }) => runsOn === 'system')
    .flatMap((agent) => {
      const landing = landsOn(placementOfAgent(agent), cluster.systemPool);
      if (landing.obstacles.length === 0) return [];
      const title = `${agent.name} of component '${agent.component}'`;
      const where = `the placement in the values of component '${agent.component}'`;
      return [fail(cluster.systemPool.path, ...keptOff(title, landing, where))];
    });
}

/** Pods without accelerators have no other home than the system pool, unless a pool with accelerators lets them in. */
function judgePods(cluster: ClusterModel): readonly Verdict[] {
  // A cluster that was there before may have nodes that the model does not know.
  const verdict = cluster.cloud.id === 'existing' ? unknown : fail;
  if (untolerated(cluster.systemPool.taints, []).length === 0) return [];
  return podsOf(cluster)
    .filter((pod) => pod.kind !== 'DaemonSet' && !asksForDevices(pod))
    .filter((pod) => cluster.pools.every((pool) => outcomeOf(landsOn(pod, pool)) === 'no'))
    .flatMap((pod) => {
      const landing = landsOn(pod, cluster.systemPool);
      const byTaintsAlone = landing.obstacles.length > 0 && landing.obstacles.every(({ kind }) => kind === 'taint');
      return byTaintsAlone ? [verdict(pod.path, ...keptOff(pod.title, landing, pod.title))] : [];
    });
}

function keptOff(title: string, { obstacles }: Landing, place: string): readonly [what: string, fix: string] {
  const tolerations = obstacles.flatMap((obstacle) =>
    obstacle.kind === 'taint' ? [formatToleration(obstacle.taint)] : [],
  );
  const change = tolerations.length === 0 ? `Change ${place}` : `Add ${tolerations.join(' and ')} to ${place}`;
  return [
    `${title} cannot run on the system pool: ${obstacles.map(describeObstacle).join('; ')}`,
    `${change}, or change the system pool.`,
  ];
}
