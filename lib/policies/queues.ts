import type { ClusterModel, QueueModel, SchedulerId } from '../model/platform-model.ts';

/**
 * What the queues of a back end count: each pool by itself, or every device of one resource name together, whichever
 * pool it is in. `nothing` when it has no queues.
 */
export const ENFORCES: Readonly<Record<SchedulerId, 'pool' | 'resource-name' | 'nothing'>> = {
  kubernetes: 'nothing',
  volcano: 'resource-name',
};

/** The lists of amounts by which a queue makes promises. */
export const PROMISES = ['guarantee', 'deserved', 'capability'] as const;

/** The queues that become Volcano's own Queue objects. */
export function volcanoQueues(cluster: ClusterModel): readonly QueueModel[] {
  return cluster.queues.filter((queue) => queue.scheduler === 'volcano');
}

/** The queues whose back end counts amounts at all. */
export function countingQueues(cluster: ClusterModel): readonly QueueModel[] {
  return cluster.queues.filter((queue) => ENFORCES[queue.scheduler] !== 'nothing');
}

/** The queues above a queue, the nearest first, and the name at which the way to the top breaks off, if it does. */
interface Ancestors {
  readonly known: readonly QueueModel[];
  readonly missing?: string;
}

/** Finds the queues above each queue of the cluster. */
export function ancestorsIn(cluster: ClusterModel): (queue: QueueModel) => Ancestors {
  const byName = new Map(cluster.queues.map((queue) => [queue.name, queue]));
  return (queue) => {
    const known: QueueModel[] = [];
    let name = queue.parent;
    // A circle of parents ends where it would begin again.
    while (name !== undefined && name !== queue.name && !known.some((one) => one.name === name)) {
      const parent = byName.get(name);
      if (parent === undefined) return { known, missing: name };
      known.push(parent);
      name = parent.parent;
    }
    return { known };
  };
}
