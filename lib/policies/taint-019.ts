import { formatTaint, type Taint } from '../model/kubernetes.ts';
import type { CloudId, ClusterModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

/**
 * The taints that a cloud puts on nodes by itself.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/gpus#create
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/provisioningrequest
 * @see https://learn.microsoft.com/azure/aks/spot-node-pool
 */
const TAINTS_OF: Readonly<Record<CloudId, (pool: PoolModel) => readonly Taint[]>> = {
  gcp: ({ accelerator, capacity, node }) => [
    ...(accelerator.vendor === 'nvidia' ? [noSchedule('nvidia.com/gpu', 'present')] : []),
    ...(node.arch === 'arm64' ? [noSchedule('kubernetes.io/arch', 'arm64')] : []),
    ...(capacity.kind === 'queued' ? [noSchedule('cloud.google.com/gke-queued', 'true')] : []),
  ],
  azure: ({ capacity }) =>
    capacity.kind === 'spot' ? [noSchedule('kubernetes.azure.com/scalesetpriority', 'spot')] : [],
  aws: () => [],
  alibaba: () => [],
  existing: () => [],
};

export const taint019: Policy = {
  id: 'TAINT-019',
  title: 'The taints that the cloud adds by itself stand among the taints of the pool.',
  why: 'Every other rule on placement is judged by the taints of the model: one that is missing there gives a false pass.',
  source: 'https://learn.microsoft.com/azure/aks/spot-node-pool#add-a-spot-node-pool-to-an-aks-cluster',
  severity: 'error',
  check: perCluster((cluster) => cluster.pools.flatMap((pool) => judge(pool, cluster))),
  examples: {
    passing: () => onAzureSpot([noSchedule('kubernetes.azure.com/scalesetpriority', 'spot')]),
    failing: () => onAzureSpot([]),
  },
};

function onAzureSpot(cloudTaints: readonly Taint[]) {
  const taints = [...examplePool.taints, ...cloudTaints];
  return examplePlatform({
    cloud: { id: 'azure', settings: {} },
    pools: [{ ...examplePool, capacity: { kind: 'spot' }, cloudTaints, taints }],
  });
}

function judge(pool: PoolModel, { cloud }: ClusterModel): readonly Verdict[] {
  const dropped = missingFrom(pool.taints, pool.cloudTaints).map((taint) =>
    fail(
      pool.path,
      `${cloud.id} adds ${taint} to pool '${pool.name}', but the taints of the pool do not list it`,
      `Add ${taint} to the taints of the pool.`,
    ),
  );
  const unheard = missingFrom(pool.cloudTaints, TAINTS_OF[cloud.id](pool)).map((taint) =>
    fail(
      pool.path,
      `${cloud.id} puts ${taint} on such nodes, but pool '${pool.name}' does not count it among the taints of the cloud`,
      `Add ${taint} to the cloud taints of the pool.`,
    ),
  );
  return [...dropped, ...unheard];
}

function missingFrom(present: readonly Taint[], wanted: readonly Taint[]): readonly string[] {
  const have = present.map(formatTaint);
  return wanted.map(formatTaint).filter((taint) => !have.includes(taint));
}

function noSchedule(key: string, value: string): Taint {
  return { key, value, effect: 'NoSchedule' };
}
