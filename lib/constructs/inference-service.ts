import type { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { PlatformError } from '../model/errors.ts';
import type { PoolModel, ServiceMode, ServiceModel } from '../model/platform-model.ts';
import { migResource, SHARED_GPU } from '../model/sharing.ts';
import type { Value } from '../model/value.ts';
import { type ServiceCallers, securityPolicy } from './callers.ts';
import { declareFact, enclosing } from './fact.ts';
import type { IGpuNodePool } from './gpu-node-pool.ts';
import { disruptionBudget, serviceObject, trafficPolicy } from './inference-service-objects.ts';
import { LeafChart } from './leaf-chart.ts';
import { isRemote, type ModelSource, modelSource } from './model-source.ts';
import { dnsLabel, pathOf } from './names.ts';
import { shareOfNode } from './node-share.ts';
import type { Runtime } from './runtime.ts';
import { ServingRuntime } from './serving-runtime.ts';
import type { Priority, Tenant } from './tenant.ts';

/** How many replicas there are, and what makes them more. */
export interface ServiceScale {
  /** Fewest replicas; 0 only in mode `knative`. */
  readonly min: number;
  /** Most replicas. @default - as `min`, and at least 1 */
  readonly max?: number;
  /** Use of the requested cores, in percent, above which replicas are added. Mode `standard`. @default 80 */
  readonly cpuPercent?: number;
  /** Requests at a time in each replica, above which replicas are added. Mode `knative`. @default - Knative's own */
  readonly concurrency?: number;
}

/** A second model that gets a part of the requests, beside the stable one. */
export interface ServiceCanary {
  readonly model: Value<string> | ModelSource;
  /**
   * Part of the requests, from 0 to 100. They fail while the canary is not ready, so start it with 0. Its replicas are that
   * part of the fewest stable ones, and at least one.
   */
  readonly percent: number;
}

/** Settings of a model server. */
export interface InferenceServiceProps {
  /** The model: `registry.model('classifier', 3)`, or an address such as `s3://models/classifier`. */
  readonly model: Value<string> | ModelSource;
  /** What serves it. */
  readonly runtime: Runtime;
  /** The pool whose nodes run the replicas. */
  readonly pool: IGpuNodePool;
  /** GPUs of each replica. On a pool that shares its GPUs a replica takes one share or one slice. @default 1 */
  readonly gpusPerReplica?: number;
  /** MIG profile of the slice that each replica takes. @default - the only one that the pool has */
  readonly slicePerReplica?: string;
  readonly scale: ServiceScale;
  /**
   * How KServe runs it. It cannot be changed later.
   *
   * @default 'standard'
   */
  readonly mode?: ServiceMode;
  /** Another model for a part of the requests. Mode `standard`. @default - none */
  readonly canary?: ServiceCanary;
  /**
   * Part of the requests, from 0 to 100, that the newest revision gets when something of the service changes; the one
   * before gets the rest. Mode `knative`.
   *
   * @default - all, once it is ready
   */
  readonly canaryPercent?: number;
  /** Longest time from the start of the server until it answers. @default - 30 minutes for vLLM, else 10 */
  readonly loadTime?: Duration;
  /** Cores of each replica. @default - the share of the node that goes with its devices */
  readonly cpusPerReplica?: number;
  /** Memory of each replica in GiB. @default - the share of the node that goes with its devices */
  readonly memoryGiBPerReplica?: number;
  /** Whether replicas may be lost at any time, so that they may run on spot nodes. @default false */
  readonly interruptible?: boolean;
  /**
   * How callers say who they are at the gateway: `Callers.apiKeys('assistant-clients')`. Mode `standard`.
   *
   * @default - they need not, and only the inside of the cluster reaches the gateway
   * @throws SEC-021 without them when the gateway is reached from outside
   */
  readonly callers?: ServiceCallers;
  /** How urgent it is among the tenant's work. @default 'high' */
  readonly priority?: Priority;
  /** User id of the server; 0 is refused in a restricted namespace. @default 1000 */
  readonly runAsUser?: number;
}

/** A model behind an address, run by KServe. */
export class InferenceService extends Construct {
  readonly service: ServiceModel;

  /**
   * @throws PlatformError NAME-001 when a name that KServe derives would be refused; SERVICE-001 for numbers that make no
   *   sense; SERVICE-002 when a replica asks for devices in a way that the pool does not have; SERVICE-003 when the size of
   *   a node is not known and the service does not say what a replica needs; SERVICE-004 for callers in mode `knative`, whose
   *   gateway asks nobody; MODEL-001 for an address that KServe cannot fetch from;
   *   MODEL-002 for a registry that the tenant does not reach
   */
  constructor(tenant: Tenant, id: string, props: InferenceServiceProps) {
    super(tenant, id);
    const model = modelSource(this, props.model);
    const canaryModel = props.canary === undefined ? undefined : modelSource(this, props.canary.model);
    const sources = [model, canaryModel].filter((source) => source !== undefined);
    this.service = serviceModel(this, tenant, serviceName(this, tenant, id), props);
    declareFact(this, { kind: 'service', model: this.service });
    const chart = new LeafChart(this, {
      id: `service-${tenant.tenantName}-${this.service.name}`,
      kind: 'app',
      runOnce: false,
    });
    const settings = {
      pool: props.pool.pool,
      runtime: props.runtime,
      model,
      canaryModel,
      priorityClass: tenant.priorityClass(props.priority ?? 'high'),
      interruptible: props.interruptible ?? false,
      runAsUser: props.runAsUser ?? 1000,
    };
    chart.add('service', serviceObject(this.service, settings));
    const cloud = enclosing(this, 'cluster')?.cloud.id;
    chart.add('traffic', trafficPolicy(this.service, cloud, sources.some(isRemote)));
    if (props.callers !== undefined) chart.add('callers', securityPolicy(askable(this), props.callers));
    if (this.service.scale.max > 1) chart.add('disruption', disruptionBudget(this.service));
    for (const { from } of sources) if (from !== undefined) chart.addDependency(from);
    if (props.runtime.kind !== 'custom') chart.addDependency(ServingRuntime.of(tenant, props.runtime.kind).objects);
  }
}

function askable(construct: InferenceService): ServiceModel {
  if (construct.service.mode === 'standard') return construct.service;
  const fix = 'Leave callers out, or use mode standard.';
  throw new PlatformError('SERVICE-004', pathOf(construct), "Knative's gateway asks no callers", fix);
}

/** KServe's host names are `<service>-predictor-<namespace>`, and a part of a host name ends at 63 characters. */
function serviceName(construct: InferenceService, tenant: Tenant, id: string): string {
  const left = 63 - '-predictor-'.length - tenant.namespace.length;
  const name = dnsLabel(construct, 'service name', id, Math.max(1, Math.min(left, 63 - '-canary-predictor'.length)));
  if (/^[a-z]/.test(name)) return name;
  throw new PlatformError(
    'NAME-001',
    pathOf(construct),
    `the service name '${name}' starts with a digit`,
    `Start it with a letter, such as 'm${name}'.`,
  );
}

function serviceModel(
  construct: InferenceService,
  tenant: Tenant,
  name: string,
  props: InferenceServiceProps,
): ServiceModel {
  const { pool } = props.pool;
  const { scale, canary, runtime } = props;
  const min = whole(construct, 'scale.min', scale.min, 0);
  const max = whole(construct, 'scale.max', scale.max ?? Math.max(1, min), 1);
  const { resource, count, part } = devicesOf(construct, pool, props);
  const share = shareOfNode(pool, part);
  const cores = props.cpusPerReplica ?? share?.cores;
  const memoryGiB = props.memoryGiBPerReplica ?? share?.memoryGiB;
  if (cores === undefined || memoryGiB === undefined) throw sizeUnknown(construct, pool);
  return {
    name,
    path: pathOf(construct),
    namespace: tenant.namespace,
    tenant: tenant.tenantName,
    pool: pool.name,
    mode: props.mode ?? 'standard',
    scale: {
      min,
      max,
      ...(scale.cpuPercent === undefined ? {} : { cpuPercent: scale.cpuPercent }),
      ...(scale.concurrency === undefined ? {} : { concurrency: scale.concurrency }),
    },
    ...(canary === undefined
      ? {}
      : {
          canary: {
            name: 'canary',
            percent: canary.percent,
            replicas: Math.max(1, Math.ceil((min * canary.percent) / 100)),
          },
        }),
    ...(props.canaryPercent === undefined ? {} : { canaryPercent: props.canaryPercent }),
    perReplica: { cpuMillis: cores * 1000, memoryMiB: memoryGiB * 1024, devices: { [resource]: count } },
    ...(runtime.kind === 'vllm' ? { parallel: parallelOf(runtime, pool, count) } : {}),
    loadSeconds: props.loadTime?.toSeconds() ?? (runtime.kind === 'vllm' ? 1800 : 600),
    ...(runtime.metrics === undefined ? {} : { metrics: runtime.metrics }),
  };
}

/** Layers are divided among GPUs that NVLink joins; beyond them, groups of layers run one after another. */
function parallelOf(
  { tensorParallel, pipelineParallel }: Runtime,
  { accelerator }: PoolModel,
  count: number,
): NonNullable<ServiceModel['parallel']> {
  const joined = Math.min(accelerator.nvlink ?? count, count);
  const most = pipelineParallel === undefined ? joined : Math.floor(count / pipelineParallel);
  const tensor = tensorParallel ?? (pipelineParallel === undefined && count % most > 0 ? 1 : Math.max(1, most));
  return { tensor, pipeline: pipelineParallel ?? Math.max(1, Math.floor(count / tensor)) };
}

function whole(construct: InferenceService, prop: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  const fix = `Set ${prop} to a whole number of at least ${least}.`;
  throw new PlatformError('SERVICE-001', pathOf(construct), `${prop} is ${value}`, fix);
}

function sizeUnknown(construct: InferenceService, pool: PoolModel): PlatformError {
  return new PlatformError(
    'SERVICE-003',
    pathOf(construct),
    `the size of a node of pool '${pool.name}' is not known`,
    'Set cpusPerReplica and memoryGiBPerReplica, or node: { cpu, memoryGiB } of the pool.',
  );
}

/** What a replica takes of a node's devices, and the part of the node that goes with it. */
interface Taken {
  readonly resource: string;
  readonly count: number;
  readonly part: number;
}

function devicesOf(construct: InferenceService, pool: PoolModel, props: InferenceServiceProps): Taken {
  const { gpusPerReplica, slicePerReplica } = props;
  const { sharing, resources, accelerator } = pool;
  const one = (resource: string): Taken => ({ resource, count: 1, part: 1 / sumOf(resources) });
  if (sharing === undefined && slicePerReplica === undefined) {
    const count = whole(construct, 'gpusPerReplica', gpusPerReplica ?? 1, 1);
    return { resource: accelerator.resource, count, part: count / accelerator.perNode };
  }
  if (sharing?.kind === 'mig' && gpusPerReplica === undefined) {
    const profiles = Object.keys(sharing.layout);
    const profile = slicePerReplica ?? (profiles.length === 1 ? profiles[0] : undefined);
    if (profile !== undefined && profiles.includes(profile)) return one(migResource(profile));
  }
  const isShared = sharing?.kind === 'timeSlicing' || sharing?.kind === 'mps';
  if (isShared && slicePerReplica === undefined && gpusPerReplica === undefined) return one(SHARED_GPU);
  throw new PlatformError(
    'SERVICE-002',
    pathOf(construct),
    `${slicePerReplica === undefined ? '' : `slicePerReplica '${slicePerReplica}' and `}gpusPerReplica ${gpusPerReplica ?? 'left out'} do not say what a replica takes of pool '${pool.name}', whose nodes offer ${Object.keys(resources).join(', ')}`,
    sharing === undefined
      ? 'Set gpusPerReplica, and leave slicePerReplica out.'
      : sharing.kind === 'mig'
        ? `Set slicePerReplica to one of ${Object.keys(sharing.layout).join(', ')}, and leave gpusPerReplica out.`
        : 'Leave both out: a replica takes one share.',
  );
}

function sumOf(resources: Readonly<Record<string, number>>): number {
  return Object.entries(resources).reduce(
    (sum, [name, count]) => (name.startsWith('nvidia.com/') ? sum + count : sum),
    0,
  );
}
