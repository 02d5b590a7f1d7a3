import type { Allocatable, ClusterModel, JobModel, PoolModel } from '../model/platform-model.ts';
import { milliUnits, wholeUnits } from '../model/quantity.ts';
import { exampleJob, examplePlatform } from './examples.ts';
import { oversized } from './fit-001.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { agentsOf, type ClusterPod, podsOf, requestsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

const BYTES_PER_MIB = 1024 * 1024;

export const fit002: Policy = {
  id: 'FIT-002',
  title: 'All workers of a job fit together into the largest size of its pool.',
  why: 'A worker that never finds a node keeps its whole gang waiting, or an elastic job below the size asked for.',
  source: 'https://volcano.sh/en/docs/plugins/#gang',
  severity: 'error',
  check: perCluster((cluster) => {
    const daemons = podsOf(cluster).filter(({ kind }) => kind === 'DaemonSet');
    return cluster.jobs.flatMap((job) => judge(job, cluster, daemons));
  }),
  examples: {
    passing: () => examplePlatform(),
    // Two workers with 100 of the 190 cores share no node, so eight nodes take eight of the nine.
    failing: () =>
      examplePlatform({
        jobs: [
          {
            ...exampleJob,
            workers: 9,
            minWorkers: 9,
            perWorker: { cpuMillis: 100_000, memoryMiB: 100_000, devices: {} },
          },
        ],
      }),
  },
};

/** What a worker asks for of one resource, and what a node has left for workers. */
interface Limit {
  readonly resource: string;
  readonly asked: number;
  readonly left: number;
  readonly unit: 'm' | 'Mi' | '';
}

function judge(job: JobModel, cluster: ClusterModel, daemons: readonly ClusterPod[]): readonly Verdict[] {
  const pool = cluster.pools.find(({ name }) => name === job.pool);
  if (pool === undefined) {
    return [
      unknown(
        job.path,
        `job '${job.name}' is for pool '${job.pool}', which the cluster does not have`,
        'Name a pool of the same cluster.',
      ),
    ];
  }
  if (oversized(job, pool).length > 0) return [];
  const devices = tightest(deviceLimits(job, pool));
  if (devices !== undefined && !holds(job, pool, devices)) return [tooSmall(job, pool, devices, cluster)];
  const limits = machineLimits(job, pool, takenOnEachNode(job, pool, cluster, daemons));
  if (limits === 'unknown') return [sizeUnknown(job, pool)];
  const machine = tightest(limits);
  return machine === undefined || holds(job, pool, machine) ? [] : [tooSmall(job, pool, machine, cluster)];
}

function deviceLimits(job: JobModel, pool: PoolModel): readonly Limit[] {
  return Object.entries(job.perWorker.devices)
    .filter(([, asked]) => asked > 0)
    .map(([resource, asked]) => ({ resource, asked, left: pool.resources[resource] ?? 0, unit: '' }));
}

function machineLimits(job: JobModel, pool: PoolModel, taken: Allocatable): readonly Limit[] | 'unknown' {
  const { cpuMillis, memoryMiB } = job.perWorker;
  if (cpuMillis === 0 && memoryMiB === 0) return [];
  if (pool.allocatable === undefined) return 'unknown';
  const limits: readonly Limit[] = [
    { resource: 'cpu', asked: cpuMillis, left: pool.allocatable.cpuMillis - taken.cpuMillis, unit: 'm' },
    { resource: 'memory', asked: memoryMiB, left: pool.allocatable.memoryMiB - taken.memoryMiB, unit: 'Mi' },
  ];
  return limits.filter(({ asked }) => asked > 0);
}

/** What agents and DaemonSets ask for on each node of the pool, the mount pods of the job's own datasets among them. */
function takenOnEachNode(
  job: JobModel,
  pool: PoolModel,
  cluster: ClusterModel,
  daemons: readonly ClusterPod[],
): Allocatable {
  const agents = agentsOf(cluster)
    .filter(({ runsOn, pools }) => runsOn === 'pools' && pools.includes(pool.name))
    .filter(({ dataset }) => dataset === undefined || job.datasets?.includes(dataset) === true)
    .map(({ requests }) => requests);
  const others = daemons
    .filter((pod) => outcomeOf(landsOn(pod, pool)) !== 'no')
    .map(({ template }) => requestsOf(template.spec))
    .map((requests) => ({
      cpuMillis: milliUnits(requests.get('cpu') ?? 0n),
      memoryMiB: Math.ceil(wholeUnits(requests.get('memory') ?? 0n) / BYTES_PER_MIB),
    }));
  const all = [...agents, ...others];
  return {
    cpuMillis: all.reduce((total, { cpuMillis }) => total + cpuMillis, 0),
    memoryMiB: all.reduce((total, { memoryMiB }) => total + memoryMiB, 0),
  };
}

/** Workers are equal, so packing is exact: each node takes as many as its scarcest resource allows. */
function perNode({ left, asked }: Limit): number {
  return Math.floor(Math.max(left, 0) / asked);
}

function tightest(limits: readonly Limit[]): Limit | undefined {
  return limits.toSorted((a, b) => perNode(a) - perNode(b))[0];
}

function holds(job: JobModel, pool: PoolModel, limit: Limit): boolean {
  return perNode(limit) * pool.maxNodes >= job.workers;
}

function tooSmall(job: JobModel, pool: PoolModel, limit: Limit, cluster: ClusterModel): Verdict {
  const { resource, asked, left, unit } = limit;
  const each = perNode(limit);
  // A pool of an existing cluster has one size, which is written as minNodes.
  const size = cluster.cloud.id === 'existing' ? 'minNodes' : 'maxNodes';
  const fix =
    each > 0
      ? `Raise ${size} of '${pool.name}' to ${Math.ceil(job.workers / each)}, or lower the job to ${each * pool.maxNodes} workers.`
      : left > 0
        ? `Ask for at most ${quantity(left, unit)} ${resource} per worker.`
        : `Ask for a resource that '${pool.name}' has: ${Object.keys(pool.resources).sort().join(', ')}.`;
  return fail(
    job.path,
    `the ${job.workers} workers of job '${job.name}' do not fit into pool '${pool.name}': ${resource} lets ${each} onto a node ` +
      `(${quantity(asked, unit)} each, ${quantity(Math.max(left, 0), unit)} free), so ${pool.maxNodes} nodes take ${each * pool.maxNodes}`,
    fix,
  );
}

/** The amount as a manifest spells it. */
function quantity(amount: number, unit: Limit['unit']): string {
  if (unit === 'm' && amount % 1000 === 0) return String(amount / 1000);
  if (unit === 'Mi' && amount % 1024 === 0) return `${amount / 1024}Gi`;
  return `${amount}${unit}`;
}

function sizeUnknown(job: JobModel, pool: PoolModel): Verdict {
  return unknown(
    job.path,
    `whether the ${job.workers} workers of job '${job.name}' fit into pool '${pool.name}' depends on cpu and memory of ` +
      `'${pool.instanceType}', which are not known`,
    `Register the cpu and memory of '${pool.instanceType}'.`,
  );
}
