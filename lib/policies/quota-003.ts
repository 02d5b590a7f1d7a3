import { at, isJsonObject, type Json } from '../model/json.ts';
import type { AmountModel, ClusterModel } from '../model/platform-model.ts';
import { parseQuantity } from '../model/quantity.ts';
import { perNode, written } from './capacity.ts';
import { examplePlatform, exampleTenant } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { podsWithDevices } from './pods.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';
import { PROMISES } from './queues.ts';

/** How the names of accelerators and of interfaces for direct memory access begin. */
const DEVICE_NAMES = [
  'aliyun.com/gpu',
  'aliyun/erdma',
  'amd.com/',
  'aws.amazon.com/neuron',
  'google.com/tpu',
  'gpu.intel.com/',
  'habana.ai/',
  'huawei.com/',
  'nvidia.com/',
  'rdma/',
  'volcano.sh/vgpu',
  'vpc.amazonaws.com/efa',
];

export const quota003: Policy = {
  id: 'QUOTA-003',
  title: 'Quotas, queues and pods name only accelerators that a pool of the cluster offers.',
  why: 'A name that no node advertises is a quota of nothing, or a pod that waits for ever.',
  source: 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources',
  severity: 'error',
  check: perCluster(function* (cluster) {
    for (const tenant of cluster.tenants) yield* unmatched(cluster, tenant.path, 'quota', tenant.quota);
    for (const queue of cluster.queues)
      for (const list of PROMISES) yield* unmatched(cluster, queue.path, list, queue[list]);
    const offered = namesOffered(cluster);
    for (const { path, title, resource } of mentions(cluster)) {
      if (offered.includes(resource) || !DEVICE_NAMES.some((start) => resource.startsWith(start))) continue;
      yield fail(
        path,
        `${title} names '${resource}', which no pool of '${cluster.name}' offers`,
        remedy(resource, offered),
      );
    }
  }),
  examples: {
    passing: () => examplePlatform(),
    failing: () =>
      examplePlatform({
        tenants: [{ ...exampleTenant, quota: [{ pool: 'h100', resource: 'nvidia.com/mig-1g.5gb', count: 7 }] }],
      }),
  },
};

/** The amounts whose pool is not there or does not offer the resource. */
function* unmatched(
  cluster: ClusterModel,
  path: string,
  list: string,
  amounts: readonly AmountModel[],
): Iterable<Verdict> {
  for (const { pool: name, resource, count } of amounts) {
    const pool = cluster.pools.find((one) => one.name === name);
    if (pool === undefined) {
      const names = cluster.pools.map((one) => `'${one.name}'`).sort();
      yield fail(
        path,
        `${list} has ${count} ${resource} of pool '${name}', which '${cluster.name}' does not have`,
        `Use one of its pools (${names.join(', ') || 'none'}), or add '${name}'.`,
      );
    } else if (perNode(pool, resource) === 0) {
      yield fail(
        path,
        `${list} has ${written(pool, resource, count)}, which that pool does not offer`,
        remedy(resource, Object.keys(pool.resources).sort()),
      );
    }
  }
}

interface Mention {
  readonly path: string;
  readonly title: string;
  readonly resource: string;
}

/** Extended resources that objects ask for or share out. An amount of zero forbids a name, which need not exist for that. */
function mentions(cluster: ClusterModel): readonly Mention[] {
  const quotas = objectsOfKind(cluster, '', 'ResourceQuota').flatMap(({ path, manifest }) =>
    positive(at(manifest, 'spec', 'hard'))
      .filter((name) => name.startsWith('requests.'))
      .map((name) => ({
        path,
        title: `ResourceQuota '${manifest.metadata.name}'`,
        resource: name.slice('requests.'.length),
      })),
  );
  const queues = objectsOfKind(cluster, 'scheduling.volcano.sh', 'Queue').flatMap(({ path, manifest }) => {
    const spec = manifest['spec'];
    const names = new Set(
      [at(spec, 'guarantee', 'resource'), at(spec, 'deserved'), at(spec, 'capability')].flatMap(positive),
    );
    return [...names].map((resource) => ({ path, title: `Queue '${manifest.metadata.name}'`, resource }));
  });
  const pods = podsWithDevices(cluster).flatMap(({ path, title, devices }) =>
    Object.keys(devices).map((resource) => ({ path, title, resource })),
  );
  return [...quotas, ...queues, ...pods];
}

function positive(list: Json | undefined): readonly string[] {
  const entries = isJsonObject(list) ? Object.entries(list) : [];
  return entries.filter(([, amount]) => parseQuantity(String(amount)) !== 0n).map(([name]) => name);
}

function namesOffered(cluster: ClusterModel): readonly string[] {
  return [
    ...new Set(cluster.pools.flatMap((pool) => Object.keys(pool.resources).filter((name) => perNode(pool, name) > 0))),
  ].sort();
}

function remedy(resource: string, offered: readonly string[]): string {
  // Misspelt names mostly differ near their end: mig-1g.5gb for mig-1g.10gb.
  const [nearest] = [...offered].sort((a, b) => sharedStart(b, resource) - sharedStart(a, resource));
  return nearest === undefined
    ? `Drop '${resource}', or add a pool that offers it.`
    : `Write '${nearest}', or add a pool that offers '${resource}'.`;
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
