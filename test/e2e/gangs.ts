// More jobs like the one of an example, written by our own back ends, and where their workers are.

import { podTemplatesOf } from '../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';
import { Scheduler } from '../../lib/schedulers/index.ts';
import type { KubernetesObject } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import { waitFor } from './waiting.ts';

/** What a job differs in from the one of the example. */
export interface GangChanges {
  readonly name: string;
  /** @default - the tenant of the example's job */
  readonly tenant?: string;
  /** @default - the tenant's */
  readonly queue?: string;
  readonly workers: number;
  /** @default - all of them */
  readonly minWorkers?: number;
  readonly priority?: 'normal' | 'high';
  /** Laid over the pod spec. */
  readonly podSpec?: object;
}

/** The objects of a job like the first one of the cluster. */
export function gangLike(model: ClusterModel, changes: GangChanges): readonly KubernetesObject[] {
  const [job] = model.jobs;
  const template = model.units
    .filter((unit) => unit.kind === 'job' && unit.path === job?.path)
    .flatMap((unit) => unit.objects.flatMap(({ manifest }) => podTemplatesOf(manifest)))[0];
  if (job === undefined || template === undefined) throw new Error(`${model.name} has no job`);
  const { name, tenant = job.tenant, workers, minWorkers = workers, priority = 'normal', podSpec = {} } = changes;
  const namespace = model.tenants.find((one) => one.name === tenant)?.namespace ?? tenant;
  const queue = changes.queue ?? model.queues.find((one) => one.tenant === tenant)?.name ?? job.queue;
  const { labels, annotations } = template;
  return Object.values(
    Scheduler[job.scheduler]().jobObjects({
      job: { ...job, name, namespace, tenant, queue, workers, minWorkers },
      priorityClass: `${tenant}-${priority}`,
      maxRetries: 3,
      labels,
      annotations,
      podSpec: { ...template.spec, ...podSpec },
      rendezvous: () => [],
    }),
  );
}

/** The workers of a job, however its back end labels them. */
export async function workersOf(cluster: Cluster, namespace: string, job: string) {
  const pods = await cluster.pods(namespace);
  return pods.filter(({ name }) => name.startsWith(`${job}-`));
}

/** The nodes of the workers that are bound, in order. */
export async function nodesOfGang(cluster: Cluster, namespace: string, job: string): Promise<readonly string[]> {
  return (await workersOf(cluster, namespace, job)).flatMap(({ node }) => node ?? []).sort();
}

/** Waits until so many workers of the job are bound, and says where. */
export function boundWorkers(cluster: Cluster, namespace: string, job: string, count: number): Promise<string[]> {
  return waitFor(`${count} workers of ${job} to be bound`, async () => {
    const nodes = await nodesOfGang(cluster, namespace, job);
    return nodes.length === count && [...nodes];
  });
}
