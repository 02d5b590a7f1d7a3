import type { IConstruct } from 'constructs';
import type { AiCluster } from '../constructs/ai-cluster.ts';
import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { JobModel, QueueModel, SchedulerId } from '../model/platform-model.ts';

/** A gang ready to be handed to a back end: what to run, with everything that the pool and the queue decide filled in. */
export interface Gang {
  readonly job: JobModel;
  readonly priorityClass: string;
  /** Restarts of the whole gang before it is given up. */
  readonly maxRetries: number;
  /** Labels of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the pods. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The pod spec; the back end adds what starts it together with the others. */
  readonly podSpec: JsonObject;
  /** Environment that tells a worker its rank and where the first worker is. */
  readonly rendezvous: (rank: { readonly fieldPath: string }, firstWorker: string) => readonly JsonObject[];
}

/** A back end that starts gangs. Another one is another file that fills this in. */
export interface SchedulerBackend {
  readonly id: SchedulerId;
  /**
   * What its quotas count: each pool by itself, or every device of one resource name together, whichever pool it is in.
   * `nothing` when it has no queues.
   */
  readonly enforces: 'pool' | 'resource-name' | 'nothing';
  /** @throws PlatformError SCHED-002 when the cluster cannot run it */
  requireOn(cluster: AiCluster, user: IConstruct): void;
  /** The objects of a queue, if the back end has queues. */
  queueObjects(queue: QueueModel): Readonly<Record<string, Manifest>>;
  /** The objects that run a gang. */
  jobObjects(gang: Gang): Readonly<Record<string, Manifest>>;
}

/** The container list of the pod spec with more environment for the first container. */
export function withEnvironment(podSpec: JsonObject, env: readonly JsonObject[]): JsonObject {
  const containers = podSpec['containers'] as readonly JsonObject[];
  return {
    ...podSpec,
    containers: containers.map((container, index) =>
      index === 0 ? { ...container, env: [...env, ...((container['env'] ?? []) as readonly JsonObject[])] } : container,
    ),
  };
}
