import type { PodMonitor, PrometheusRule, ServiceMonitor } from '../../imports/prometheus-operator.ts';
import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ServiceModel } from '../model/platform-model.ts';
import { type ComponentContext, defineComponent, manifestsOf } from './component.ts';
import { dashboard } from './observability-dashboard.ts';
import { alertGroups, type Watched } from './observability-rules.ts';

/** That of the chart kube-prometheus-stack. */
const NAMESPACE = 'monitoring';

/**
 * What Prometheus reads beside what operators bring by themselves, as the GPU Operator does for the DCGM exporter; alerts;
 * and a dashboard for a Grafana that looks for ConfigMaps with the label of its sidecar.
 */
export const observability = defineComponent({
  id: 'observability',
  summary: 'Alerts and a dashboard for GPUs, queues and model servers',
  source: 'https://prometheus-operator.dev/docs/api-reference/api/',
  onlyWith: 'kube-prometheus-stack',
  neededBy: (cluster) => [...gpuPools(cluster), ...volcanoQueues(cluster), ...cluster.services].map(({ path }) => path),
  values: (): JsonObject => ({}),
  objects: (_values, { cluster }) => {
    const watched = watchedIn(cluster);
    const metadata = { name: 'ai-cluster', namespace: NAMESPACE };
    const rules: PrometheusRule = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata,
      spec: { groups: alertGroups(watched) },
    };
    return [
      ...manifestsOf(rules),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...metadata, name: 'ai-cluster-dashboard', labels: { grafana_dashboard: '1' } },
        data: { 'ai-cluster.json': dashboard(cluster.name, watched) },
      },
      ...(watched.queues ? manifestsOf(volcanoMonitor('scheduler'), volcanoMonitor('controller')) : []),
      ...cluster.services.flatMap(serviceMonitor),
    ];
  },
  agents: () => [],
});

type Cluster = ComponentContext['cluster'];

function watchedIn(cluster: Cluster): Watched {
  return {
    gpus: gpuPools(cluster).length > 0,
    queues: volcanoQueues(cluster).length > 0,
    services: cluster.services.length > 0,
  };
}

function gpuPools({ pools }: Cluster) {
  return pools.filter(({ accelerator }) => accelerator.vendor === 'nvidia');
}

function volcanoQueues({ queues }: Cluster) {
  return queues.filter(({ scheduler }) => scheduler === 'volcano');
}

/** The Services of Volcano's chart have a port for metrics, and nobody who reads it. */
function volcanoMonitor(program: 'scheduler' | 'controller'): ServiceMonitor {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: `volcano-${program}`, namespace: NAMESPACE },
    spec: {
      namespaceSelector: { matchNames: ['volcano-system'] },
      selector: { matchLabels: { app: `volcano-${program}` } },
      endpoints: [{ port: 'metrics', interval: '30s' }],
    },
  };
}

/**
 * Reads the server of a service, at a port that its container need not declare: KServe and Knative make something of each
 * declared port.
 */
function serviceMonitor({ name, namespace, metrics }: ServiceModel): readonly Manifest[] {
  if (metrics === undefined) return [];
  const monitor: PodMonitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: `${namespace}-${name}`, namespace: NAMESPACE },
    spec: {
      namespaceSelector: { matchNames: [namespace] },
      selector: { matchLabels: { 'serving.kserve.io/inferenceservice': name } },
      podMetricsEndpoints: [
        {
          path: metrics.path,
          interval: '30s',
          relabelings: [
            { action: 'keep', sourceLabels: ['__meta_kubernetes_pod_container_name'], regex: 'kserve-container' },
            {
              action: 'replace',
              sourceLabels: ['__meta_kubernetes_pod_ip'],
              targetLabel: '__address__',
              replacement: `$1:${metrics.port}`,
            },
            { action: 'replace', targetLabel: 'inferenceservice', replacement: name },
          ],
        },
      ],
    },
  };
  return manifestsOf(monitor);
}
