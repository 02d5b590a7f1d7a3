import type { AmountModel, ClusterModel, JobModel } from '../model/platform-model.ts';
import { counted, devices, limitFor, written } from './capacity.ts';
import { exampleJob, examplePlatform } from './examples.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { ancestorsIn, countingQueues } from './queues.ts';

export const quota010: Policy = {
  id: 'QUOTA-010',
  title: 'All workers of a gang together fit the quota of their tenant and the capability of their queue.',
  why: 'The pods of a gang are created until the quota stops them, and those that are there wait for the rest for ever.',
  source: 'https://github.com/volcano-sh/volcano/issues/1387',
  severity: 'error',
  check: perCluster(function* (cluster) {
    const limitsOf = limitsIn(cluster);
    for (const job of cluster.jobs) {
      const pool = cluster.pools.find(({ name }) => name === job.pool);
      if (pool === undefined) continue;
      for (const [resource, perWorker] of Object.entries(job.perWorker.devices)) {
        const asked = job.workers * perWorker;
        for (const { title, list, amounts } of limitsOf(job)) {
          const limit = limitFor(amounts, job.pool, resource);
          if (limit === undefined || asked <= limit) continue;
          const fitting = Math.floor(limit / perWorker);
          yield fail(
            job.path,
            `${counted(job.workers, 'worker')} x ${devices(pool, resource, perWorker)} = ${asked}, but the ${list} of ${title} ends at ${limit}`,
            `Raise that ${list} to ${written(pool, resource, asked)}, or ${fitting > 0 ? `run at most ${counted(fitting, 'worker')}` : 'run the job where there is room'}.`,
          );
        }
      }
    }
  }),
  examples: {
    passing: () => examplePlatform(),
    failing: () => examplePlatform({ jobs: [{ ...exampleJob, workers: 5, minWorkers: 5 }] }),
  },
};

interface Limit {
  readonly title: string;
  readonly list: string;
  readonly amounts: readonly AmountModel[];
}

/** Finds every list of amounts that a job of the cluster runs under. */
function limitsIn(cluster: ClusterModel): (job: JobModel) => readonly Limit[] {
  const tenants = new Map(cluster.tenants.map((tenant) => [tenant.name, tenant]));
  const queues = new Map(countingQueues(cluster).map((queue) => [queue.name, queue]));
  const ancestorsOf = ancestorsIn(cluster);
  return (job) => {
    const tenant = tenants.get(job.tenant);
    const queue = queues.get(job.queue);
    const quota =
      tenant === undefined ? [] : [{ title: `tenant '${tenant.name}'`, list: 'quota', amounts: tenant.quota }];
    const path = queue === undefined ? [] : [queue, ...ancestorsOf(queue).known];
    const capabilities = path.map(({ name, capability }) => ({
      title: `queue '${name}'`,
      list: 'capability',
      amounts: capability,
    }));
    return [...quota, ...capabilities];
  };
}
