import { at } from '../model/json.ts';
import type { ClusterModel, DatasetModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { type ClusterPod, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';
import { judgeStorageClasses } from './storage-classes.ts';

/**
 * What caches may take of a disk: JuiceFS stops to fill it when a tenth is free.
 *
 * @see https://juicefs.com/docs/community/reference/command_reference#mount-data-cache-options
 */
const CACHE_SHARE = 0.9;

export const fit021: Policy = {
  id: 'FIT-021',
  title:
    'Volumes are of a class that the cluster has, can be mounted by every pod that wants them, where they say, and caches fit the disks of the nodes.',
  why: 'A pod waits for ever for a volume that nothing makes, the second node of a gang for one that the first has, and a cache larger than the disk drives pods off the node.',
  source: 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes',
  severity: 'error',
  check: perCluster((cluster) => [
    ...cluster.pools.flatMap((pool) => judgeCaches(pool, cluster)),
    ...judgeStorageClasses(cluster),
    ...podsOf(cluster).flatMap((pod) => [...judgeClaims(pod, cluster), ...judgePaths(pod)]),
  ]),
  examples: {
    passing: () => gangWith('ReadWriteMany'),
    failing: () => gangWith('ReadWriteOnce'),
  },
};

function gangWith(accessMode: string) {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'saved', namespace: 'vision' },
    spec: { accessModes: [accessMode] },
  };
  const volumes = [{ name: 'saved', persistentVolumeClaim: { claimName: 'saved' } }];
  const containers = [{ name: 'main', volumeMounts: [{ name: 'saved', mountPath: '/saved' }] }];
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'resnet', namespace: 'vision' },
    spec: { parallelism: 4, template: { spec: { volumes, containers } } },
  };
  return examplePlatform({ units: [exampleUnit(claim, job)] });
}

/** The caches of all datasets that pods on the pool may mount. */
function judgeCaches(pool: PoolModel, { datasets, tenants }: ClusterModel): readonly Verdict[] {
  const reaching = new Set(tenants.filter(({ pools }) => pools.includes(pool.name)).map(({ name }) => name));
  const cached = datasets.filter(({ tenant }) => reaching.has(tenant));
  if (cached.length === 0) return [];
  const total = cached.reduce((sum, { cacheGiB }) => sum + cacheGiB, 0);
  const list = cached.map(({ name, cacheGiB }) => `'${name}' ${cacheGiB}`).join(', ');
  const disk = pool.node.localDiskGiB;
  const [largest] = cached.toSorted((a, b) => b.cacheGiB - a.cacheGiB) as [DatasetModel, ...DatasetModel[]];
  if (disk === undefined) {
    return [
      unknown(
        pool.path,
        `whether the disks of pool '${pool.name}' have room for caches of ${total} GiB (${list}) is not known`,
        'Set node: { localDiskGiB } of the pool.',
      ),
    ];
  }
  const most = Math.floor(disk * CACHE_SHARE);
  if (total <= most) return [];
  const left = most - (total - largest.cacheGiB);
  return [
    fail(
      largest.path,
      `the caches of ${total} GiB (${list}) do not fit a node of pool '${pool.name}', whose disks have ${disk} GiB, a tenth of it to stay free`,
      left > 0 ? `Lower cacheGiB of '${largest.name}' to ${left}.` : `Lower the caches to ${most} GiB together.`,
    ),
  ];
}

/** A pod for itself may have any volume; several need one that several nodes can mount. */
function judgeClaims({ path, title, namespace, template }: ClusterPod, cluster: ClusterModel): readonly Verdict[] {
  if (template.replicas < 2) return [];
  const claims = objectsOfKind(cluster, '', 'PersistentVolumeClaim');
  return template.notes.claims.flatMap((name) => {
    const found = claims.find(
      ({ manifest: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    );
    const pods = `the ${template.replicas} pods of ${title}`;
    if (found === undefined) {
      const what = `whether ${pods} can all mount claim '${name}' of namespace '${namespace}' is not known`;
      return [unknown(path, what, 'Define the claim in the program, such as by a SharedDataset.')];
    }
    const modes = at(found.manifest['spec'], 'accessModes');
    const names = Array.isArray(modes) ? modes.map(String) : [];
    if (names.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')) return [];
    const what = `${pods} mount claim '${name}', which one node can mount (${names.join(', ') || 'no access mode'})`;
    return [fail(path, what, 'Use a SharedDataset, or a claim with the access mode ReadWriteMany.')];
  });
}

function judgePaths({ path, title, template }: ClusterPod): readonly Verdict[] {
  return template.notes.wrongPaths.map((one) =>
    fail(path, `${title} mounts a volume at '${one}'`, "Write an absolute path without '..', such as '/data'."),
  );
}
