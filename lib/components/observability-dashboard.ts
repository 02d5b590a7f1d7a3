import { percentile, tritonSeconds, type Watched } from './observability-rules.ts';

/** One curve chart: its title, what it shows by which label, in which unit of Grafana's. */
interface Panel {
  readonly title: string;
  readonly expr: string;
  readonly legend: string;
  readonly unit: string;
}

const POD = '{{exported_namespace}}/{{exported_pod}}';
const SERVICE = '{{namespace}}/{{inferenceservice}}';

const GPU_PANELS: readonly Panel[] = [
  {
    title: 'GPUs that a pod has',
    expr: 'count(DCGM_FI_DEV_GPU_TEMP{exported_pod!=""}) or vector(0)',
    legend: 'GPUs',
    unit: 'short',
  },
  {
    title: 'Use of GPUs by pod',
    expr: 'avg by (exported_namespace, exported_pod) (DCGM_FI_DEV_GPU_UTIL{exported_pod!=""})',
    legend: POD,
    unit: 'percent',
  },
  {
    title: 'Time with tensor cores at work by pod',
    expr: 'avg by (exported_namespace, exported_pod) (DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{exported_pod!=""})',
    legend: POD,
    unit: 'percentunit',
  },
  {
    title: 'Memory of GPUs in use by node',
    expr: 'sum by (Hostname) (DCGM_FI_DEV_FB_USED) / sum by (Hostname) (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE)',
    legend: '{{Hostname}}',
    unit: 'percentunit',
  },
  {
    title: 'Warmest GPU by node',
    expr: 'max by (Hostname) (DCGM_FI_DEV_GPU_TEMP)',
    legend: '{{Hostname}}',
    unit: 'celsius',
  },
];

/** Volcano counts devices in thousandths. */
const QUEUE_PANELS: readonly Panel[] = [
  {
    title: 'Gangs that wait by queue',
    expr: 'max by (queue_name) (volcano_queue_pod_group_pending_count + volcano_queue_pod_group_inqueue_count)',
    legend: '{{queue_name}}',
    unit: 'short',
  },
  {
    title: 'Gangs that run by queue',
    expr: 'max by (queue_name) (volcano_queue_pod_group_running_count)',
    legend: '{{queue_name}}',
    unit: 'short',
  },
  {
    title: 'Devices that a queue has',
    expr: 'max by (queue_name, resource) (volcano_queue_allocated_scalar_resources{resource=~"nvidia.com/.+"}) / 1000',
    legend: '{{queue_name}} {{resource}}',
    unit: 'short',
  },
  {
    title: 'Time from creation to the last worker that is placed (95 %)',
    expr: 'histogram_quantile(0.95, sum by (le) (rate(volcano_e2e_job_scheduling_latency_milliseconds_bucket[1h]))) / 1000',
    legend: 'all queues',
    unit: 's',
  },
];

const SERVICE_PANELS: readonly Panel[] = [
  {
    title: 'vLLM: time to the first token (95 %)',
    expr: percentile('vllm:time_to_first_token_seconds'),
    legend: SERVICE,
    unit: 's',
  },
  {
    title: 'vLLM: time of a request (95 %)',
    expr: percentile('vllm:e2e_request_latency_seconds'),
    legend: SERVICE,
    unit: 's',
  },
  {
    title: 'vLLM: requests that wait',
    expr: 'sum by (namespace, inferenceservice) (vllm:num_requests_waiting)',
    legend: SERVICE,
    unit: 'short',
  },
  { title: 'Triton: time of a request (mean)', expr: tritonSeconds(), legend: SERVICE, unit: 's' },
  {
    title: 'Triton: requests',
    expr: 'sum by (namespace, inferenceservice) (rate(nv_inference_request_success[5m]))',
    legend: SERVICE,
    unit: 'reqps',
  },
  {
    title: 'Replicas that do not serve',
    expr: 'max by (namespace, deployment) (kube_deployment_status_replicas_unavailable{deployment=~".+-predictor"})',
    legend: '{{namespace}}/{{deployment}}',
    unit: 'short',
  },
];

/** Charts side by side, two in a row of Grafana's 24 columns. */
const [WIDTH, HEIGHT] = [12, 8] as const;

/**
 * A dashboard of what the cluster has, as Grafana stores it: one chart a line, so that a change of one is a change of one
 * line.
 */
export function dashboard(cluster: string, { gpus, queues, services }: Watched): string {
  const panels = [...(gpus ? GPU_PANELS : []), ...(queues ? QUEUE_PANELS : []), ...(services ? SERVICE_PANELS : [])];
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  const settings = {
    uid: `ai-cluster-${cluster}`,
    title: `AI cluster ${cluster}`,
    tags: ['cdk8s-ai'],
    schemaVersion: 39,
    editable: false,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
  };
  const charts = panels.map(({ title, expr, legend, unit }, index) => ({
    id: index + 1,
    type: 'timeseries',
    title,
    datasource,
    gridPos: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: [{ refId: 'A', datasource, expr, legendFormat: legend }],
  }));
  const lines = charts.map((chart) => JSON.stringify(chart)).join(',\n');
  return `{${JSON.stringify(settings).slice(1, -1)},"panels":[\n${lines}\n]}\n`;
}
