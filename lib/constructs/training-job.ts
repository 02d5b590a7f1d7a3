import { Construct } from 'constructs';
import { MOUNT_POD, WORKLOAD_SERVICE_ACCOUNT } from '../model/conventions.ts';
import { PlatformError } from '../model/errors.ts';
import { type FabricNeeds, fabricNeeds, NO_NEEDS } from '../model/fabric.ts';
import type { JsonObject } from '../model/json.ts';
import { type Manifest, tolerationFor } from '../model/kubernetes.ts';
import type { JobModel, PoolModel } from '../model/platform-model.ts';
import type { Value } from '../model/value.ts';
import { declareFact } from './fact.ts';
import { type Framework, launchEnvironment } from './framework.ts';
import type { IGpuNodePool } from './gpu-node-pool.ts';
import { type Checkpoint, type JobFiles, jobFiles } from './job-files.ts';
import { LeafChart } from './leaf-chart.ts';
import type { ModelRegistry } from './model-registry.ts';
import { dnsLabel, pathOf } from './names.ts';
import type { SharedDataset } from './shared-dataset.ts';
import type { Priority, Tenant } from './tenant.ts';
import type { TrainingQueue } from './training-queue.ts';

/** Settings of a training job. */
export interface TrainingJobProps {
  /** What starts the processes of a worker and connects the workers. */
  readonly framework: Framework;
  /** The pool whose nodes run the workers. */
  readonly pool: IGpuNodePool;
  /** Workers, one pod each. */
  readonly workers: number;
  /** Fewest workers with which the job may start. @default - all of them */
  readonly minWorkers?: number;
  /** GPUs of each worker. */
  readonly gpusPerWorker: number;
  /** Container image, best with its digest. */
  readonly image: string;
  /** Command of the container. @default - the image's own */
  readonly command?: readonly string[];
  /** Arguments of the command. @default - none */
  readonly args?: readonly string[];
  /** Environment of the container. @default - none but what the framework needs */
  readonly env?: Readonly<Record<string, Value<string>>>;
  /** Cores of each worker. @default - the share of the node that goes with its GPUs */
  readonly cpusPerWorker?: number;
  /** Memory of each worker in GiB. @default - the share of the node that goes with its GPUs */
  readonly memoryGiBPerWorker?: number;
  /** Memory behind `/dev/shm` in GiB, part of the worker's memory. @default - a quarter of it, at most 64 */
  readonly sharedMemoryGiB?: number;
  /** Dataset that the workers read, at `/data/<name>`, which the variable DATASET_DIR says too. @default - none */
  readonly dataset?: SharedDataset;
  /** Registry to which the workers log, which the variable MLFLOW_TRACKING_URI says. @default - none */
  readonly registry?: ModelRegistry;
  /** How progress is saved. @default - not at all */
  readonly checkpoint?: Checkpoint;
  /** How urgent the job is among the tenant's. @default 'normal' */
  readonly priority?: Priority;
  /** Restarts of the whole gang before it is given up. @default 3 */
  readonly maxRetries?: number;
  /** User id of the processes; 0 is refused in a restricted namespace. @default 1000 */
  readonly runAsUser?: number;
  /** The tenant whose namespace the job runs in. @default - the queue's */
  readonly tenant?: Tenant;
}

/** A gang of equal workers that starts as a whole or not at all, in a unit that runs once. */
export class TrainingJob extends Construct {
  readonly job: JobModel;

  /**
   * @throws PlatformError JOB-001 for counts that make no sense; JOB-002 when no tenant is known; JOB-003 when the size
   *   of a node is not known and the job does not say what a worker needs; JOB-004 for a dataset or a registry of another
   *   namespace; NAME-001 when the id is no DNS label
   */
  constructor(queue: TrainingQueue, id: string, props: TrainingJobProps) {
    super(queue, id);
    const tenant = tenantOf(this, queue, props.tenant);
    // Volcano adds '-worker-<index>' and the whole must stay a DNS label.
    const name = dnsLabel(this, 'job name', id, 50);
    checkRegistry(this, tenant, props.registry);
    const { pool } = props.pool;
    const workers = count(this, 'workers', props.workers, 1);
    const minWorkers = count(this, 'minWorkers', props.minWorkers ?? workers, 1);
    const gpus = count(this, 'gpusPerWorker', props.gpusPerWorker, 1);
    const files = jobFiles({ path: pathOf(this), namespace: tenant.namespace }, props);
    const user = props.runAsUser ?? 1000;
    // Workers on one node alone have nobody to reach over the fabric.
    const fabric =
      workers > 1 ? fabricNeeds(pool.fabric, { share: gpus / pool.accelerator.perNode, isRoot: user === 0 }) : NO_NEEDS;
    const share = shareOfNode(this, pool, gpus, props, aside(fabric, files.datasets.length));
    this.job = {
      name,
      path: pathOf(this),
      namespace: tenant.namespace,
      tenant: tenant.tenantName,
      queue: queue.queue.name,
      scheduler: queue.scheduler.id,
      pool: pool.name,
      workers,
      minWorkers,
      perWorker: { ...share, devices: { [pool.accelerator.resource]: gpus, ...fabric.devices } },
      ...(files.datasets.length === 0 ? {} : { datasets: files.datasets }),
    };
    declareFact(this, { kind: 'job', model: this.job });
    const labels = {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': 'training',
      'cdk8s-ai.dev/tenant': tenant.tenantName,
      ...tenant.podLabels,
    };
    const objects = queue.scheduler.jobObjects({
      job: this.job,
      priorityClass: tenant.priorityClass(props.priority ?? 'normal'),
      maxRetries: count(this, 'maxRetries', props.maxRetries ?? 3, 0),
      labels,
      annotations: { ...NOT_TO_BE_MOVED, ...fabric.annotations },
      podSpec: podSpec(pool, this.job, { ...props, runAsUser: user }, fabric, files),
      rendezvous: (rank, firstWorker) =>
        launchEnvironment(props.framework, { workers, gpusPerWorker: gpus, rank, firstWorker }),
    });
    const chart = new LeafChart(this, { id: `job-${tenant.tenantName}-${name}`, kind: 'job', runOnce: true });
    if (fabric.claim !== undefined) chart.add('fabric', claimTemplate(this.job, fabric.claim));
    for (const [key, manifest] of Object.entries(objects)) chart.add(key, manifest);
    if (props.registry !== undefined) chart.addDependency(props.registry.objects);
  }
}

function tenantOf(job: TrainingJob, queue: TrainingQueue, own: Tenant | undefined): Tenant {
  const tenant = own ?? queue.tenant;
  if (tenant !== undefined) return tenant;
  throw new PlatformError(
    'JOB-002',
    pathOf(job),
    `queue '${queue.queue.name}' belongs to no tenant, so the job has no namespace`,
    'Set tenant to the tenant that runs the job.',
  );
}

function checkRegistry(job: TrainingJob, { namespace }: Tenant, registry: ModelRegistry | undefined): void {
  if (registry === undefined || registry.reachedFrom.includes(namespace)) return;
  throw new PlatformError(
    'JOB-004',
    pathOf(job),
    `the job runs in namespace '${namespace}', whose pods do not reach the registry '${registry.registryName}'`,
    'Log to a registry of the tenant of the job, or share this one: sharedWith: [tenant].',
  );
}

function count(job: TrainingJob, prop: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new PlatformError(
    'JOB-001',
    pathOf(job),
    `${prop} is ${value}`,
    `Set ${prop} to a whole number of at least ${least}.`,
  );
}

/**
 * Keeps the cluster autoscaler, ours or the cloud's, from emptying a node that a worker uses only in part: the whole gang
 * would start again.
 */
const NOT_TO_BE_MOVED = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' };

/** Cores and memory kept free on each node for the agents that run beside the workers. */
const AGENTS = { cpuMillis: 2000, memoryMiB: 8192 };

/** What stays free of a node's cores and memory for what runs beside the workers. */
function aside({ sidecar }: FabricNeeds, mountPods: number): { cpuMillis: number; memoryMiB: number } {
  return {
    cpuMillis: AGENTS.cpuMillis + mountPods * MOUNT_POD.cpuMillis + (sidecar?.requests.cpuMillis ?? 0),
    memoryMiB: AGENTS.memoryMiB + mountPods * MOUNT_POD.memoryMiB + (sidecar?.requests.memoryMiB ?? 0),
  };
}

function shareOfNode(
  job: TrainingJob,
  pool: PoolModel,
  gpus: number,
  props: TrainingJobProps,
  taken: { readonly cpuMillis: number; readonly memoryMiB: number },
): { cpuMillis: number; memoryMiB: number } {
  const { allocatable } = pool;
  if (allocatable === undefined && (props.cpusPerWorker === undefined || props.memoryGiBPerWorker === undefined)) {
    throw new PlatformError(
      'JOB-003',
      pathOf(job),
      `the size of a node of pool '${pool.name}' is not known`,
      `Set cpusPerWorker and memoryGiBPerWorker, or node: { cpu, memoryGiB } of the pool.`,
    );
  }
  const share = Math.min(1, gpus / pool.accelerator.perNode);
  const cpuMillis = (allocatable?.cpuMillis ?? 0) - taken.cpuMillis;
  const memoryMiB = (allocatable?.memoryMiB ?? 0) - taken.memoryMiB;
  const cores = props.cpusPerWorker ?? Math.floor((cpuMillis * share) / 1000);
  const gib = props.memoryGiBPerWorker ?? Math.floor((memoryMiB * share) / 1024);
  return { cpuMillis: Math.max(1, cores) * 1000, memoryMiB: Math.max(1, gib) * 1024 };
}

function podSpec(
  pool: PoolModel,
  job: JobModel,
  props: TrainingJobProps & { readonly runAsUser: number },
  fabric: FabricNeeds,
  files: JobFiles,
): JsonObject {
  const { checkpoint, registry, runAsUser } = props;
  const { sidecar } = fabric;
  const initContainers = [...(sidecar === undefined ? [] : [sidecar.container]), ...files.initContainers];
  const memoryGiB = job.perWorker.memoryMiB / 1024;
  const sharedGiB = props.sharedMemoryGiB ?? Math.max(1, Math.min(64, Math.floor(memoryGiB / 4)));
  const amounts = {
    cpu: String(job.perWorker.cpuMillis / 1000),
    memory: `${memoryGiB}Gi`,
    ...(fabric.hugePagesMiB === 0 ? {} : { 'hugepages-2Mi': `${fabric.hugePagesMiB}Mi` }),
    ...Object.fromEntries(
      Object.entries(job.perWorker.devices).map(([resource, amount]) => [resource, String(amount)]),
    ),
  };
  return {
    automountServiceAccountToken: false,
    serviceAccountName: WORKLOAD_SERVICE_ACCOUNT,
    restartPolicy: 'Never',
    nodeSelector: pool.selector,
    tolerations: pool.taints.map((taint) => ({ ...tolerationFor(taint) })),
    securityContext: {
      runAsNonRoot: runAsUser !== 0,
      runAsUser,
      fsGroup: runAsUser,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(checkpoint === undefined ? {} : { terminationGracePeriodSeconds: graceSeconds(checkpoint) }),
    ...(fabric.claim === undefined
      ? {}
      : { resourceClaims: [{ name: 'fabric', resourceClaimTemplateName: claimTemplateName(job) }] }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    containers: [
      {
        name: 'worker',
        image: props.image,
        ...(props.command === undefined ? {} : { command: [...props.command] }),
        ...(props.args === undefined ? {} : { args: [...props.args] }),
        env: environment({
          ...files.env,
          ...fabric.env,
          ...(registry === undefined ? {} : { MLFLOW_TRACKING_URI: registry.uri }),
          ...props.env,
        }),
        resources: {
          requests: amounts,
          limits: amounts,
          ...(fabric.claim === undefined ? {} : { claims: [{ name: 'fabric' }] }),
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: {
            drop: ['ALL'],
            ...(fabric.capabilities.length === 0 ? {} : { add: [...fabric.capabilities] }),
          },
        },
        volumeMounts: [
          { name: 'shared-memory', mountPath: '/dev/shm' },
          ...files.mounts,
          ...(sidecar === undefined ? [] : sidecar.mounts),
        ],
      },
    ],
    volumes: [
      { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: `${sharedGiB}Gi` } },
      ...files.volumes,
      ...(sidecar === undefined ? [] : sidecar.volumes),
    ],
  };
}

function claimTemplateName({ name }: JobModel): string {
  return `${name}-fabric`;
}

/** The interfaces of each worker, taken together from one node. */
function claimTemplate(job: JobModel, { deviceClass, count: amount }: NonNullable<FabricNeeds['claim']>): Manifest {
  const exactly = { deviceClassName: deviceClass, allocationMode: 'ExactCount', count: amount };
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: { name: claimTemplateName(job), namespace: job.namespace },
    spec: { spec: { devices: { requests: [{ name: 'interfaces', exactly }] } } },
  };
}

function graceSeconds(checkpoint: Checkpoint): number {
  return checkpoint.flush?.toSeconds() ?? 120;
}

function environment(values: Readonly<Record<string, Value<string>>>): readonly JsonObject[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: value as string }));
}
