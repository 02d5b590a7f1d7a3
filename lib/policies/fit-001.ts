import type { JobModel, PoolModel } from '../model/platform-model.ts';
import { exampleJob, examplePlatform } from './examples.ts';
import { landsOn } from './landing.ts';
import { type ClusterPod, podsWithDevices } from './pods.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit001: Policy = {
  id: 'FIT-001',
  title: 'No pod asks for more devices than one node of its pool has.',
  why: 'A pod runs on one node, so it is pending for ever, and the autoscaler does not help.',
  source: 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources',
  severity: 'error',
  check: perCluster((cluster) => {
    const jobs = new Set(cluster.jobs.map(({ path }) => path));
    return [
      ...cluster.jobs.flatMap((job) => judgeJob(job, cluster.pools)),
      ...podsWithDevices(cluster)
        .filter(({ path }) => !isWithin(path, jobs))
        .flatMap((pod) => judgePod(pod, cluster.pools)),
    ];
  }),
  examples: {
    passing: () => examplePlatform(),
    failing: () =>
      examplePlatform({
        jobs: [{ ...exampleJob, perWorker: { ...exampleJob.perWorker, devices: { 'nvidia.com/gpu': 16 } } }],
      }),
  },
};

/** The devices of which each worker asks for more than a node of the pool has. A pool without the device is FIT-002's. */
export function oversized(job: JobModel, pool: PoolModel): readonly { name: string; asked: number; perNode: number }[] {
  return Object.entries(job.perWorker.devices).flatMap(([name, asked]) => {
    const perNode = pool.resources[name] ?? 0;
    return perNode > 0 && asked > perNode ? [{ name, asked, perNode }] : [];
  });
}

function judgeJob(job: JobModel, pools: readonly PoolModel[]): readonly Verdict[] {
  const pool = pools.find(({ name }) => name === job.pool);
  if (pool === undefined) return [];
  return oversized(job, pool).map(({ name, asked, perNode }) =>
    fail(
      job.path,
      `each worker of job '${job.name}' asks for ${asked} ${name}, but a node of pool '${pool.name}' has ${perNode}`,
      `Ask for at most ${perNode} per worker: ${Math.ceil((job.workers * asked) / perNode)} workers with ${perNode} each have as many.`,
    ),
  );
}

/** Whether the path is one of the jobs or below one: the objects of a job stand there, and the job speaks for them. */
function isWithin(path: string, jobs: ReadonlySet<string>): boolean {
  for (let here = path; here !== ''; here = here.slice(0, Math.max(here.lastIndexOf('/'), 0))) {
    if (jobs.has(here)) return true;
  }
  return false;
}

/** Judges by the pools that would take the pod if only their nodes were large enough; a pod without any is TAINT-006's. */
function judgePod(pod: ClusterPod, pools: readonly PoolModel[]): readonly Verdict[] {
  const landings = pools
    .map((pool) => ({ pool, obstacles: landsOn(pod, pool).obstacles }))
    .filter(({ obstacles }) => obstacles.every(({ kind }) => kind === 'size'));
  if (landings.some(({ obstacles }) => obstacles.length === 0)) return [];
  return landings.flatMap(({ pool, obstacles }) =>
    obstacles.flatMap((obstacle) =>
      obstacle.kind === 'size'
        ? [
            fail(
              pod.path,
              `${pod.title} asks for ${obstacle.asked} ${obstacle.name}, but a node of pool '${pool.name}' has ${obstacle.perNode}`,
              `Ask for at most ${obstacle.perNode} per pod, and for more pods.`,
            ),
          ]
        : [],
    ),
  );
}
