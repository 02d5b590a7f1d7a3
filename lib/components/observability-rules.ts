import type { PrometheusRuleSpecGroups, PrometheusRuleSpecGroupsRules } from '../../imports/prometheus-operator.ts';

/** What a cluster has that can be watched. */
export interface Watched {
  readonly gpus: boolean;
  readonly queues: boolean;
  readonly services: boolean;
}

/** The alerts for what the cluster has, a group for each. */
export function alertGroups({ gpus, queues, services }: Watched): readonly PrometheusRuleSpecGroups[] {
  return [
    ...(gpus ? [{ name: 'gpus', rules: GPU_ALERTS }] : []),
    ...(queues ? [{ name: 'queues', rules: QUEUE_ALERTS }] : []),
    ...(services ? [{ name: 'services', rules: SERVICE_ALERTS }] : []),
  ];
}

/**
 * Metrics of the DCGM exporter. The pod that has a GPU is in `exported_pod`, because `pod` is the exporter; it is absent
 * where several pods share the GPU by time-slicing.
 *
 * @see https://docs.nvidia.com/deploy/xid-errors/ (48, 63, 64, 74, 79, 94, 95, 119 and 120 call for the node to be drained)
 */
const GPU_ALERTS: readonly PrometheusRuleSpecGroupsRules[] = [
  {
    alert: 'GpuXidError',
    expr: 'max by (Hostname, gpu, exported_namespace, exported_pod) (DCGM_FI_DEV_XID_ERRORS) > 0',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'GPU {{ $labels.gpu }} of {{ $labels.Hostname }} reported XID {{ $value }}',
      description:
        'Drain the node and replace the GPU for 48, 63, 64, 74, 79, 94, 95, 119 or 120; 13, 31, 43 and 45 are mostly faults of the program.',
    },
  },
  {
    alert: 'GpuMemoryFailed',
    expr: 'max by (Hostname, gpu) (DCGM_FI_DEV_ROW_REMAP_FAILURE) > 0',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'GPU {{ $labels.gpu }} of {{ $labels.Hostname }} has memory that could not be replaced',
      description: 'Drain the node and have the GPU replaced.',
    },
  },
  {
    alert: 'GpuIdleWhileAllocated',
    expr: 'max by (exported_namespace, exported_pod) (max_over_time(DCGM_FI_DEV_GPU_UTIL{exported_pod!=""}[1h])) == 0',
    for: '15m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $labels.exported_namespace }}/{{ $labels.exported_pod }} has had GPUs for an hour and used none',
      description: 'Look whether it hangs, or stop it: others may wait for its GPUs.',
    },
  },
];

/** Metrics of Volcano's controllers, of which one at a time leads and counts. */
const QUEUE_ALERTS: readonly PrometheusRuleSpecGroupsRules[] = [
  {
    alert: 'QueueWaitsTooLong',
    expr: 'max by (queue_name) (volcano_queue_pod_group_pending_count + volcano_queue_pod_group_inqueue_count) > 0',
    for: '1h',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'Queue {{ $labels.queue_name }} has had gangs waiting for an hour, {{ $value }} now',
      description:
        'Look at what the queue deserves and what the pool has: kubectl describe queue {{ $labels.queue_name }}.',
    },
  },
];

/** The Deployments that KServe makes, and metrics of vLLM and Triton with the label `inferenceservice` that the monitors add. */
const SERVICE_ALERTS: readonly PrometheusRuleSpecGroupsRules[] = [
  {
    alert: 'ServiceNotReady',
    expr: 'max by (namespace, deployment) (kube_deployment_status_replicas_unavailable{deployment=~".+-predictor"}) > 0',
    // Longer than most models take to load.
    for: '30m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $labels.namespace }}/{{ $labels.deployment }} has {{ $value }} replicas that do not serve',
      description: 'kubectl describe its pods: the model may not be found, or no node has room for it.',
    },
  },
  {
    alert: 'ServiceSlow',
    // To the first word of a language model, and to the whole answer of any other.
    expr: `${percentile('vllm:time_to_first_token_seconds')} > 5 or ${tritonSeconds()} > 0.5`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary:
        '{{ $labels.namespace }}/{{ $labels.inferenceservice }} makes its callers wait {{ $value | humanizeDuration }}',
      description: 'Look whether requests wait (more replicas help) or each is slow (a larger GPU does).',
    },
  },
];

/** What all but one in twenty requests take, of a histogram of a service. */
export function percentile(histogram: string): string {
  return `histogram_quantile(0.95, sum by (namespace, inferenceservice, le) (rate(${histogram}_bucket[5m])))`;
}

/** What a request takes in Triton on average, in seconds; it has no histogram unless asked for one. */
export function tritonSeconds(): string {
  const rate = (counter: string) => `sum by (namespace, inferenceservice) (rate(${counter}[5m]))`;
  return `${rate('nv_inference_request_duration_us')} / ${rate('nv_inference_request_success')} / 1e6`;
}
