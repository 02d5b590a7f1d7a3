import type { KubePrometheusStackValues } from '../../imports/charts/kube-prometheus-stack.ts';
import { defineComponent, poolAgent, systemAgent, tolerationsForPools } from './component.ts';

/** Metrics of nodes, GPUs, queues and services. */
export const kubePrometheusStack = defineComponent({
  id: 'kube-prometheus-stack',
  summary: 'Metrics of nodes, GPUs and operators',
  source: 'https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack',
  namespace: 'monitoring',
  // The node exporter reads the host's network, process table and file systems.
  podSecurity: 'privileged',
  chart: { repository: 'oci://ghcr.io/prometheus-community/charts', chart: 'kube-prometheus-stack', version: '88.5.3' },
  crds: { data: ['prometheus-operator'], groups: ['monitoring.coreos.com'], carriedBy: 'unit' },
  requires: ['cert-manager'],
  placement: {
    system: {
      nodeSelector: [
        'prometheusOperator.nodeSelector',
        'prometheus.prometheusSpec.nodeSelector',
        'alertmanager.alertmanagerSpec.nodeSelector',
        'kube-state-metrics.nodeSelector',
      ],
      tolerations: [
        'prometheusOperator.tolerations',
        'prometheus.prometheusSpec.tolerations',
        'alertmanager.alertmanagerSpec.tolerations',
        'kube-state-metrics.tolerations',
      ],
    },
    pools: { tolerations: ['prometheus-node-exporter.tolerations'] },
  },
  neededBy: () => [],
  values: ({ cluster, systemSelector: nodeSelector, systemTolerations: tolerations }): KubePrometheusStackValues => {
    const placed = { nodeSelector, tolerations };
    return {
      crds: { enabled: false },
      // Certificates from cert-manager instead of Helm hook jobs, which GitOps tools and Pulumi's Chart do not run.
      prometheusOperator: {
        ...placed,
        admissionWebhooks: { patch: { enabled: false }, certManager: { enabled: true } },
      },
      prometheus: {
        prometheusSpec: {
          ...placed,
          // Monitors of operators carry no label of this release.
          serviceMonitorSelectorNilUsesHelmValues: false,
          podMonitorSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
        },
      },
      alertmanager: { alertmanagerSpec: placed },
      'kube-state-metrics': placed,
      // The chart's default tolerates NoSchedule alone, so a NoExecute taint would drive it off.
      'prometheus-node-exporter': { tolerations: [...tolerations, ...tolerationsForPools(cluster.pools)] },
      // Its chart would make an administrator's password; dashboards are ConfigMaps that the team's own Grafana finds.
      grafana: { enabled: false },
    };
  },
  agents: (values, context) => [
    poolAgent('prometheus-node-exporter', context.cluster.pools, values['prometheus-node-exporter']?.tolerations ?? []),
    ...['prometheus-operator', 'prometheus', 'alertmanager', 'kube-state-metrics'].map((name) =>
      systemAgent(name, context),
    ),
  ],
});
