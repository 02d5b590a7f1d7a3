import { ApiObject, JsonPatch } from 'cdk8s';
import {
  MountPropagation,
  Node,
  NodeLabelQuery,
  NodeTaintQuery,
  PersistentVolumeClaim,
  type TaintEffect,
  Volume,
} from 'cdk8s-plus-27';
import type { IConstruct } from 'constructs';
import type { Amount } from '../constructs/amount.ts';
import type { IGpuNodePool } from '../constructs/gpu-node-pool.ts';
import { pathOf } from '../constructs/names.ts';
import type { SharedDataset } from '../constructs/shared-dataset.ts';
import { PlatformError } from '../model/errors.ts';

/** A workload of any version of cdk8s-plus: a Deployment, StatefulSet, Job, Pod, … */
export interface PlusWorkload extends IConstruct {
  readonly scheduling: { tolerate(node: unknown): void; attract(node: unknown): void };
  readonly containers: readonly PlusContainer[];
}

/** The part of a container that is read or changed here. */
interface PlusContainer {
  readonly resources?: PlusResources;
  mount(path: string, storage: unknown, options?: unknown): void;
}

/** The part of cdk8s-plus's container resources that decides which maps the manifest has. */
interface PlusResources {
  readonly cpu?: { readonly limit?: unknown; readonly request?: unknown };
  readonly memory?: { readonly limit?: unknown; readonly request?: unknown };
  readonly ephemeralStorage?: { readonly limit?: unknown; readonly request?: unknown };
}

/** What a workload gets of a pool. */
export interface PoolShare {
  /** What each pod gets: whole GPUs, or an amount of the pool such as `mig.slices('1g.10gb', 1)`. */
  readonly gpus: number | Amount;
  /** Index of the container that gets them. @default 0 */
  readonly container?: number;
}

/**
 * Puts a cdk8s-plus workload on a pool: it selects the pool's nodes, tolerates their taints, asks for its GPUs, and meets
 * what a tenant's restricted namespace demands of a pod (seccomp profile, no capabilities).
 *
 * @throws PlatformError PLUS-001 when the workload has no such container; PLUS-002 when the amount is of another pool
 */
export function runOnPool(workload: PlusWorkload, { pool }: IGpuNodePool, share: PoolShare): void {
  const index = share.container ?? 0;
  const container = containerOf(workload, index);
  if (typeof share.gpus !== 'number' && share.gpus.pool !== pool) {
    throw new PlatformError(
      'PLUS-002',
      pathOf(workload),
      `it is put on pool '${pool.name}', and gets an amount of pool '${share.gpus.pool.name}'`,
      `Give it an amount of '${pool.name}'.`,
    );
  }
  for (const taint of pool.taints) {
    // cdk8s-plus spells the effects as Kubernetes does.
    workload.scheduling.tolerate(
      Node.tainted(NodeTaintQuery.exists(taint.key, { effect: taint.effect as TaintEffect })),
    );
  }
  const labels = Object.entries(pool.selector).map(([key, value]) => NodeLabelQuery.is(key, value));
  workload.scheduling.attract(Node.labeled(...labels));

  const object = ApiObject.of(workload);
  const podSpec = podSpecPath(object.kind);
  const resources = `${podSpec}/containers/${index}/resources`;
  // The generated classes under cdk8s-plus read a quantity's `value` after patches were applied.
  const { resource, count } =
    typeof share.gpus === 'number' ? { resource: pool.accelerator.resource, count: share.gpus } : share.gpus;
  const amount = { value: String(count) };
  const device = resource.replaceAll('~', '~0').replaceAll('/', '~1');
  if (!has(container.resources, 'limit') && !has(container.resources, 'request'))
    object.addJsonPatch(JsonPatch.add(resources, {}));
  for (const [map, side] of [
    ['limits', 'limit'],
    ['requests', 'request'],
  ] as const) {
    if (!has(container.resources, side)) object.addJsonPatch(JsonPatch.add(`${resources}/${map}`, {}));
    object.addJsonPatch(JsonPatch.add(`${resources}/${map}/${device}`, amount));
  }
  object.addJsonPatch(JsonPatch.add(`${podSpec}/securityContext/seccompProfile`, { type: 'RuntimeDefault' }));
  workload.containers.forEach((_, number) => {
    object.addJsonPatch(
      JsonPatch.add(`${podSpec}/containers/${number}/securityContext/capabilities`, { drop: ['ALL'] }),
    );
  });
}

/** Where and how a workload mounts a dataset. */
export interface DatasetMount {
  /** Folder of the container. @default - `/data/<name of the dataset>` */
  readonly path?: string;
  /** Whether the container only reads. @default true */
  readonly readOnly?: boolean;
  /** Index of the container. @default 0 */
  readonly container?: number;
}

/**
 * Mounts a dataset into a container of a cdk8s-plus workload in the namespace of the dataset's tenant.
 *
 * @throws PlatformError PLUS-001 when the workload has no such container
 */
export function mountDataset(workload: PlusWorkload, { dataset }: SharedDataset, options: DatasetMount = {}): void {
  const { name } = dataset;
  const { path = `/data/${name}`, readOnly = true, container = 0 } = options;
  const claim = PersistentVolumeClaim.fromClaimName(workload, `dataset-${name}`, name);
  const volume = Volume.fromPersistentVolumeClaim(workload, `volume-${name}`, claim, { name });
  // A file system that was mounted anew comes back in pods that run already.
  containerOf(workload, container).mount(path, volume, { readOnly, propagation: MountPropagation.HOST_TO_CONTAINER });
}

function containerOf(workload: PlusWorkload, index: number): PlusContainer {
  const container = workload.containers[index];
  if (container !== undefined) return container;
  throw new PlatformError(
    'PLUS-001',
    pathOf(workload),
    `the workload has ${workload.containers.length} containers, none with index ${index}`,
    'Add the container before the workload is put on a pool or given a dataset.',
  );
}

function podSpecPath(kind: string): string {
  if (kind === 'Pod') return '/spec';
  if (kind === 'CronJob') return '/spec/jobTemplate/spec/template/spec';
  return '/spec/template/spec';
}

/** Whether the manifest will have a map of limits or requests. */
function has(resources: PlusResources | undefined, side: 'limit' | 'request'): boolean {
  return [resources?.cpu, resources?.memory, resources?.ephemeralStorage].some((one) => one?.[side] !== undefined);
}
