import type { ClusterAutoscalerValues } from '../../imports/charts/cluster-autoscaler.ts';
import { type ComponentContext, defineComponent, systemAgent } from './component.ts';

/**
 * The release for each minor version of Kubernetes: it predicts what the scheduler of its own version would do. Elsewhere
 * the chart's own.
 *
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/README.md#releases, tags as of August 2026
 */
const RELEASES: Readonly<Record<string, string>> = { '1.34': 'v1.34.5', '1.35': 'v1.35.2', '1.36': 'v1.36.1' };

/** Grows and shrinks node groups within their bounds where the cloud leaves that to the cluster: EKS does. */
export const clusterAutoscaler = defineComponent({
  id: 'cluster-autoscaler',
  summary: 'Nodes that come and go with the pods',
  source: 'https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md',
  namespace: 'cluster-autoscaler',
  podSecurity: 'restricted',
  chart: { repository: 'https://kubernetes.github.io/autoscaler', chart: 'cluster-autoscaler', version: '9.59.0' },
  placement: { system: { nodeSelector: ['nodeSelector'], tolerations: ['tolerations'] } },
  neededBy: (cluster) => growingPools(cluster).map((pool) => pool.path),
  values: ({ cluster, systemSelector: nodeSelector, systemTolerations: tolerations }): ClusterAutoscalerValues => {
    const { name, cloud, kubernetesVersion } = cluster;
    const tag = RELEASES[kubernetesVersion];
    return {
      cloudProvider: 'aws',
      awsRegion: cloud.region ?? '',
      autoDiscovery: { clusterName: name },
      ...(tag === undefined ? {} : { image: { tag } }),
      fullnameOverride: 'cluster-autoscaler',
      // The deployment gives this account the right to resize the cluster's node groups.
      rbac: { serviceAccount: { name: 'cluster-autoscaler' } },
      replicaCount: 2,
      nodeSelector,
      tolerations,
      resources: { requests: { cpu: '100m', memory: '600Mi' }, limits: { memory: '600Mi' } },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        fsGroup: 65534,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containerSecurityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
    };
  },
  agents: (_values, context) => [systemAgent('cluster-autoscaler', context, { cpuMillis: 100, memoryMiB: 600 })],
});

/** Pools that may grow, on the one cloud whose node groups nobody else resizes. */
function growingPools({ cloud, pools, systemPool }: ComponentContext['cluster']): readonly { readonly path: string }[] {
  return cloud.id === 'aws' ? [systemPool, ...pools].filter(({ minNodes, maxNodes }) => minNodes < maxNodes) : [];
}
