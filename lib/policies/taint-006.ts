import type { ClusterModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { describeObstacle, type Landing, landsOn, type Obstacle, remedyFor } from './landing.ts';
import { type ClusterPod, podsWithDevices } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

/** Domains under which accelerators are asked for, whether or not a pool of the cluster has them. */
const ACCELERATOR_DOMAINS = ['nvidia.com', 'amd.com', 'huawei.com', 'google.com', 'aliyun.com'];

export const taint006: Policy = {
  id: 'TAINT-006',
  title: 'Every pod that asks for accelerators can be placed on at least one pool.',
  why: 'A pod that misses one taint, one label or one resource name of every pool is pending for ever.',
  source: 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/',
  severity: 'error',
  check: perCluster((cluster) => podsWithDevices(cluster).flatMap((pod) => judge(pod, cluster))),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(gpuPod([{ key: 'nvidia.com/gpu', operator: 'Exists' }]))] }),
    failing: () => examplePlatform({ units: [exampleUnit(gpuPod([]))] }),
  },
};

function gpuPod(tolerations: readonly { readonly key: string; readonly operator: string }[]) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: {
      tolerations,
      nodeSelector: { 'cdk8s-ai.dev/pool': 'h100' },
      containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': 1 } } }],
    },
  };
}

function judge(pod: ClusterPod, cluster: ClusterModel): readonly Verdict[] {
  if (pod.claimsUnknown) {
    const what = `${pod.title} asks for devices by a resource claim that no pool is known to meet`;
    return [unknown(pod.path, what, 'Claim the interfaces of a pool by a template, or check the claim by hand.')];
  }
  const [known, foreign] = split(pod, cluster);
  const verdicts = foreign.map((name) =>
    unknown(
      pod.path,
      `${pod.title} asks for ${name}, and no pool says that its nodes have it`,
      `Check that a node offers ${name}.`,
    ),
  );
  if (Object.keys(known.devices).length === 0 && !pod.claims) return verdicts;
  const landings = cluster.pools
    .map((pool) => ({ pool, landing: withoutSize(landsOn(known, pool)) }))
    .sort((a, b) => distance(a.landing) - distance(b.landing) || (a.pool.name < b.pool.name ? -1 : 1));
  const open = landings.filter(({ landing }) => landing.obstacles.length === 0);
  const [nearest] = landings;
  if (nearest === undefined) return [...verdicts, noPool(pod)];
  if (open.length === 0) return [...verdicts, noLanding(pod, nearest.pool, nearest.landing)];
  const decided = open.some(({ landing }) => landing.undecided.length === 0);
  return decided ? verdicts : [...verdicts, undecided(pod, nearest.pool, nearest.landing)];
}

/** The pod with the devices that a pool could be expected to have, and the names of the others. */
function split(pod: ClusterPod, cluster: ClusterModel): readonly [ClusterPod, readonly string[]] {
  const domainOf = (name: string) => name.slice(0, name.indexOf('/'));
  const offered = cluster.pools.flatMap((pool) => Object.keys(pool.resources)).map(domainOf);
  const isKnown = (name: string) => [...ACCELERATOR_DOMAINS, ...offered].includes(domainOf(name));
  const devices = Object.fromEntries(Object.entries(pod.devices).filter(([name]) => isKnown(name)));
  return [{ ...pod, devices }, Object.keys(pod.devices).filter((name) => !isKnown(name))];
}

/** Too many devices for one node is another mistake, which FIT-001 reports. */
function withoutSize(landing: Landing): Landing {
  return { ...landing, obstacles: landing.obstacles.filter(({ kind }) => kind !== 'size') };
}

function noPool(pod: ClusterPod): Verdict {
  return fail(
    pod.path,
    `${pod.title} asks for ${devicesOf(pod)}, and the cluster has no pool`,
    'Add a pool that offers it.',
  );
}

function noLanding(pod: ClusterPod, pool: PoolModel, { obstacles }: Landing): Verdict {
  const remedies = obstacles.map((obstacle) => remedyFor(obstacle, pool)).join('; ');
  return fail(
    pod.path,
    `${pod.title} asks for ${devicesOf(pod)} and fits no pool; the nearest is '${pool.name}': ${obstacles.map(describeObstacle).join('; ')}`,
    `${remedies.charAt(0).toUpperCase()}${remedies.slice(1)}.`,
  );
}

function devicesOf(pod: ClusterPod): string {
  const counted = Object.entries(pod.devices).map(([name, count]) => `${count} ${name}`);
  return [...counted, ...(pod.deviceClasses ?? [])].join(', ');
}

/** A pod that selects a pool means that pool, so a wrong label is farther away than any number of missing tolerations. */
function distance(landing: Landing): number {
  const weight: Readonly<Record<Obstacle['kind'], number>> = {
    taint: 1,
    size: 1,
    device: 100,
    label: 10_000,
    affinity: 10_000,
  };
  return landing.obstacles.reduce((total, { kind }) => total + weight[kind], 0);
}

function undecided(pod: ClusterPod, pool: PoolModel, landing: Landing): Verdict {
  return unknown(
    pod.path,
    `whether ${pod.title} fits pool '${pool.name}' depends on ${landing.undecided.join(' and ')}, which only a running node tells`,
    `Select by ${Object.entries(pool.selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(' and ')} instead.`,
  );
}
