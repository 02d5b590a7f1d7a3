import {
  GATEWAY_NAMESPACE,
  INTERRUPTIBLE,
  KNATIVE_NAMESPACES,
  REQUEST_SECONDS,
  WORKLOAD_SERVICE_ACCOUNT,
} from '../model/conventions.ts';
import type { JsonObject } from '../model/json.ts';
import { type Labels, type Manifest, tolerationFor } from '../model/kubernetes.ts';
import type { CloudId, PoolModel, ServiceModel } from '../model/platform-model.ts';
import type { ModelSource } from './model-source.ts';
import { CONTAINER_SECURITY, type Runtime, SERVERS, WRITABLE_MOUNTS } from './runtime.ts';

/** Seconds between two looks at whether a server has come up. */
const STARTUP_PERIOD = 10;
/** Time for Knative to fetch image and model before the server starts. */
const FETCH_SECONDS = 600;
/** Part of a GPU's memory that vLLM plans to use. */
const VLLM_MEMORY = 0.9;

/** What the manifests need beside the service as the model has it. */
export interface ServiceSettings {
  readonly pool: PoolModel;
  readonly runtime: Runtime;
  readonly model: ModelSource;
  readonly canaryModel: ModelSource | undefined;
  readonly priorityClass: string;
  readonly interruptible: boolean;
  readonly runAsUser: number;
}

/** The InferenceService as KServe reads it, with nothing left that KServe would fill in by itself. */
export function serviceObject(service: ServiceModel, settings: ServiceSettings): Manifest {
  const { scale, canary } = service;
  const { pool } = settings;
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      name: service.name,
      namespace: service.namespace,
      labels: labelsOf(service),
      annotations: annotationsOf(service, settings.runtime),
    },
    spec: {
      predictor: {
        minReplicas: scale.min,
        maxReplicas: scale.max,
        ...scaling(service),
        ...(service.canaryPercent === undefined ? {} : { canaryTrafficPercent: service.canaryPercent }),
        timeout: REQUEST_SECONDS,
        ...(settings.interruptible ? { annotations: { [INTERRUPTIBLE]: 'true' } } : {}),
        automountServiceAccountToken: false,
        serviceAccountName: WORKLOAD_SERVICE_ACCOUNT,
        priorityClassName: settings.priorityClass,
        nodeSelector: pool.selector,
        tolerations: pool.taints.map((taint) => ({ ...tolerationFor(taint) })),
        securityContext: podSecurity(settings.runAsUser),
        ...server(service, settings, settings.model),
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: sharedMemory(service) } },
        ],
      },
      ...(canary === undefined || settings.canaryModel === undefined
        ? {}
        : {
            canary: [
              {
                trafficPercent: canary.percent,
                predictor: {
                  name: canary.name,
                  minReplicas: canary.replicas,
                  // KServe lays the canary over the stable predictor, and wants its server spelled out.
                  ...server(service, settings, settings.canaryModel),
                },
              },
            ],
          }),
    },
  };
}

function labelsOf(service: ServiceModel): Labels {
  return {
    'app.kubernetes.io/name': service.name,
    'app.kubernetes.io/component': 'inference',
    'cdk8s-ai.dev/tenant': service.tenant,
    // KServe 0.20 starts a canary and sends it nothing, so a route of ours takes the place of its own.
    ...(service.canary === undefined || service.mode !== 'standard'
      ? {}
      : { 'networking.kserve.io/visibility': 'cluster-local' }),
  };
}

function annotationsOf({ mode, scale, loadSeconds }: ServiceModel, { kind }: Runtime): Labels {
  return {
    // KServe adds it by itself, and a GitOps controller would see a difference.
    ...(kind === 'custom' ? {} : { modelFormat: SERVERS[kind].format }),
    ...(mode === 'standard'
      ? {
          'serving.kserve.io/deploymentMode': 'Standard',
          // Where nothing may change, an autoscaler has nothing to do.
          'serving.kserve.io/autoscalerClass': scale.min < scale.max ? 'hpa' : 'none',
        }
      : {
          'serving.kserve.io/deploymentMode': 'Knative',
          'serving.knative.dev/progress-deadline': `${loadSeconds + FETCH_SECONDS}s`,
        }),
  };
}

/** Settings of the other mode are written as they are: FIT-027 refuses them, and so does KServe where it looks. */
function scaling({ mode, scale }: ServiceModel): JsonObject {
  const cpu = { scaleMetric: 'cpu', scaleTarget: scale.cpuPercent ?? 80 };
  const concurrency = { scaleMetric: 'concurrency', scaleTarget: scale.concurrency };
  if (mode === 'standard') return scale.concurrency === undefined ? (scale.min < scale.max ? cpu : {}) : concurrency;
  return scale.cpuPercent === undefined ? (scale.concurrency === undefined ? {} : concurrency) : cpu;
}

function podSecurity(runAsUser: number): JsonObject {
  return { runAsNonRoot: true, runAsUser, fsGroup: runAsUser, seccompProfile: { type: 'RuntimeDefault' } };
}

function sharedMemory({ perReplica }: ServiceModel): string {
  return `${Math.max(1, Math.min(64, Math.floor(perReplica.memoryMiB / 1024 / 4)))}Gi`;
}

/** The server as a model of a runtime that the namespace has, or as a container of its own. */
function server(service: ServiceModel, { runtime, pool }: ServiceSettings, model: ModelSource): JsonObject {
  const { kind, image, args, env, port } = runtime;
  const common = { resources: resourcesOf(service), ...probes(service, runtime) };
  if (kind !== 'custom') {
    const all = [...parallelArgs(service, pool, runtime), ...args];
    return {
      model: {
        // KServe writes an empty name, and a GitOps controller would see a difference.
        name: '',
        modelFormat: { name: SERVERS[kind].format },
        runtime: kind,
        protocolVersion: 'v2',
        storageUri: model.uri as string,
        image,
        ...(all.length === 0 ? {} : { args: all }),
        ...common,
      },
    };
  }
  const own = Object.entries(env).map(([name, value]) => ({ name, value: value as string }));
  return {
    containers: [
      {
        name: 'kserve-container',
        image,
        ...(runtime.command === undefined ? {} : { command: [...runtime.command] }),
        ...(args.length === 0 ? {} : { args: [...args] }),
        env: [{ name: 'STORAGE_URI', value: model.uri as string }, ...own],
        ports: [{ containerPort: port, protocol: 'TCP' }],
        securityContext: CONTAINER_SECURITY,
        volumeMounts: WRITABLE_MOUNTS,
        ...common,
      },
    ],
  };
}

function resourcesOf({ perReplica: { cpuMillis, memoryMiB, devices } }: ServiceModel): JsonObject {
  const amounts = {
    cpu: String(cpuMillis / 1000),
    memory: `${memoryMiB / 1024}Gi`,
    ...Object.fromEntries(Object.entries(devices).map(([resource, count]) => [resource, String(count)])),
  };
  return { requests: amounts, limits: amounts };
}

/** Nothing restarts the server before the time is over that it may take to load the model. */
function probes({ loadSeconds }: ServiceModel, { health, port }: Runtime): JsonObject {
  const at = (path: string) => ({ httpGet: { path, port, scheme: 'HTTP' }, timeoutSeconds: 5, successThreshold: 1 });
  return {
    startupProbe: {
      ...at(health.ready),
      periodSeconds: STARTUP_PERIOD,
      failureThreshold: Math.ceil(loadSeconds / STARTUP_PERIOD),
    },
    readinessProbe: { ...at(health.ready), periodSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...at(health.live), periodSeconds: 20, failureThreshold: 3 },
  };
}

/** How vLLM uses the devices of a replica: all GPUs of it, and of a shared one only its part of the memory. */
function parallelArgs({ parallel }: ServiceModel, { sharing }: PoolModel, { kind }: Runtime): readonly string[] {
  if (kind !== 'vllm' || parallel === undefined) return [];
  const { tensor, pipeline } = parallel;
  const shares = sharing === undefined || sharing.kind === 'mig' ? 1 : sharing.replicas;
  return [
    ...(tensor > 1 ? [`--tensor-parallel-size=${tensor}`] : []),
    ...(pipeline > 1 ? [`--pipeline-parallel-size=${pipeline}`] : []),
    ...(shares > 1 ? [`--gpu-memory-utilization=${Math.floor((VLLM_MEMORY / shares) * 1000) / 1000}`] : []),
  ];
}

/** Labels of the pods of a service, stable ones and canaries alike. */
function podLabels({ name }: ServiceModel): Labels {
  return { 'serving.kserve.io/inferenceservice': name };
}

/** One replica at a time may be moved from its node. */
export function disruptionBudget(service: ServiceModel): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: service.name, namespace: service.namespace },
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: podLabels(service) },
    },
  };
}

/**
 * Requests come from the gateway; models from where they are stored, and never from the metadata service of the machine.
 *
 * @param fetches whether models come from outside of the namespace
 */
export function trafficPolicy(service: ServiceModel, cloud: CloudId | undefined, fetches: boolean): Manifest {
  const namespaces = service.mode === 'standard' ? [GATEWAY_NAMESPACE] : KNATIVE_NAMESPACES;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${service.name}-traffic`, namespace: service.namespace },
    spec: {
      podSelector: { matchLabels: podLabels(service) },
      policyTypes: fetches ? ['Egress', 'Ingress'] : ['Ingress'],
      ingress: [
        {
          from: namespaces.map((name) => ({
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
          })),
        },
      ],
      ...(fetches ? { egress: modelEgress(cloud) } : {}),
    },
  };
}

function modelEgress(cloud: CloudId | undefined): readonly JsonObject[] {
  const storage = {
    to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }],
    ports: [{ protocol: 'TCP', port: 443 }],
  };
  // On EKS an agent on the node gives pods their identity.
  const agent = { to: [{ ipBlock: { cidr: '169.254.170.23/32' } }], ports: [{ protocol: 'TCP', port: 80 }] };
  return cloud === 'aws' ? [storage, agent] : [storage];
}
