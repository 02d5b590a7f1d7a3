import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { tolerationsForPools } from './component.ts';

// What components prepare nodes of GKE with.

/** GKE takes no pods of these classes into a namespace without such a quota. */
export function criticalPods(namespace: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'system-critical-pods', namespace },
    spec: {
      hard: { pods: '10000' },
      scopeSelector: {
        matchExpressions: [
          {
            scopeName: 'PriorityClass',
            operator: 'In',
            values: ['system-node-critical', 'system-cluster-critical'],
          },
        ],
      },
    },
  };
}

/** What a DaemonSet goes on with whose work is done once; it lies on every node of GKE. */
export const PAUSE = {
  name: 'stay',
  image: 'gke.gcr.io/pause:3.8@sha256:880e63f94b145e46f1b1082bb71b85e21f16b99b180b9996407d61240ceb9830',
  resources: { requests: { cpu: '1m', memory: '8Mi' }, limits: { memory: '16Mi' } },
};

/** A DaemonSet on the nodes of the pools, whatever their taints; `spec` is the rest of the spec of its pods. */
export function nodeAgent(name: string, namespace: string, pools: readonly PoolModel[], spec: JsonObject): Manifest {
  const labels = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          priorityClassName: 'system-node-critical',
          affinity: onlyOn(pools),
          tolerations: tolerationsForPools(pools).map((toleration) => ({ ...toleration })),
          ...spec,
        },
      },
    },
  };
}

/** Keeps a pod to the nodes of the pools. */
function onlyOn(pools: readonly PoolModel[]) {
  const nodeSelectorTerms = pools.map(({ selector }) => ({
    matchExpressions: Object.entries(selector).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
  }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}
