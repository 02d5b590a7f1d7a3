import { formatTaint, type Taint } from '../model/kubernetes.ts';
import type { ClusterModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { isNodeAgent, podsWithTolerations } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const taint018: Policy = {
  id: 'TAINT-018',
  title: 'A taint that an agent takes off a new node is none of the taints that stay, and no workload tolerates it.',
  why: 'Workloads tolerate the taints of their pool, and so would start on a node that is not ready. Without its agent the taint stays, and the node is never used.',
  source: 'https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecstartuptaints',
  severity: 'warning',
  check: perCluster((cluster) => [...cluster.pools.flatMap(judgePool), ...judgePods(cluster)]),
  examples: {
    passing: () => examplePlatform(),
    failing: () => withTaint({ key: 'ebs.csi.aws.com/agent-not-ready', effect: 'NoExecute' }),
  },
};

function withTaint(taint: Taint) {
  return examplePlatform({ pools: [{ ...examplePool, taints: [...examplePool.taints, taint] }] });
}

/**
 * Keys of startup taints, a prefix where it ends with a slash, and who removes them.
 *
 * @see https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md
 * @see https://docs.cilium.io/en/stable/installation/taints/
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
 */
const STARTUP: readonly (readonly [key: string, remover: string])[] = [
  ['ebs.csi.aws.com/agent-not-ready', 'the EBS CSI driver'],
  ['efs.csi.aws.com/agent-not-ready', 'the EFS CSI driver'],
  ['fsx.csi.aws.com/agent-not-ready', 'the FSx for Lustre CSI driver'],
  ['node.cilium.io/agent-not-ready', 'Cilium'],
  ['startup-taint.cluster-autoscaler.kubernetes.io/', 'an agent that the cluster autoscaler waits for'],
  ['ignore-taint.cluster-autoscaler.kubernetes.io/', 'an agent that the cluster autoscaler waits for'],
];

function removerOf(key: string | undefined): string | undefined {
  return STARTUP.find(([known]) => key === known || (known.endsWith('/') && key?.startsWith(known)))?.[1];
}

function judgePool({ name, path, taints }: PoolModel): readonly Verdict[] {
  return taints.flatMap((taint) => {
    const remover = removerOf(taint.key);
    if (remover === undefined) return [];
    const text = formatTaint(taint);
    return [
      fail(
        path,
        `${text} of pool '${name}' is there until ${remover} takes it off, and every workload of the pool would tolerate it`,
        'Leave it out of the taints of the pool, and let the template of its nodes set it.',
      ),
      // No component of this library takes a taint off, so somebody else must.
      unknown(path, `whether the cluster has ${remover} to take ${text} off is not known`, 'Check that it is there.'),
    ];
  });
}

function judgePods(cluster: ClusterModel): readonly Verdict[] {
  const ofPools = new Set(cluster.pools.flatMap(({ taints }) => taints.map(({ key }) => key)));
  return podsWithTolerations(cluster)
    .filter((pod) => !isNodeAgent(pod, cluster))
    .flatMap(({ path, title, tolerations }) =>
      tolerations
        // Those that follow from the taints of a pool are reported there.
        .filter(({ key }) => key !== undefined && removerOf(key) !== undefined && !ofPools.has(key))
        .map(({ key }) =>
          fail(
            path,
            `${title} tolerates ${key}, and so starts before ${removerOf(key)} is ready on the node`,
            'Remove the toleration: the taint is gone once the node is ready.',
          ),
        ),
    );
}
