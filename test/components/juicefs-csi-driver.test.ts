import { AiCluster, existing, Platform, SharedDataset, Storage, Tenant } from 'cdk8s-ai';
import { expect, test } from 'vitest';
import { at } from '../../lib/model/json.ts';

/** Two teams with a pool each, of which one has datasets. */
function hall() {
  const platform = new Platform({ name: 'lab' });
  const cluster = new AiCluster(platform, 'hall', {
    cloud: existing(),
    kubernetesVersion: '1.35',
    systemPool: { labels: { role: 'system' }, taints: [{ key: 'system', effect: 'NoSchedule' }] },
  });
  const [vision, speech] = ['vision', 'speech'].map((name) => {
    const pool = cluster.addGpuNodePool(`${name}-gpus`, {
      instanceType: 'dgx-h100',
      minNodes: 2,
      labels: { team: name },
      taints: [{ key: name, effect: 'NoExecute' }],
    });
    return new Tenant(cluster, name, { quota: [pool.gpus(8)] });
  });
  if (vision === undefined || speech === undefined) throw new Error('two teams');
  for (const [id, cacheGiB] of [
    ['imagenet', 800],
    ['coco', 50],
  ] as const) {
    const storage = Storage.juiceFs({ secretName: 's' });
    new SharedDataset(vision, id, { storage, capacityGiB: 100, cacheGiB, cachePath: '/raid' });
  }
  return platform;
}

const driver = () =>
  hall()
    .model()
    .clusters[0]?.components.find(({ id }) => id === 'juicefs-csi-driver');

test('each dataset is mounted with a cache of its own folder and size', () => {
  expect(at(driver()?.values, 'globalConfig', 'mountPodPatch')).toMatchObject([
    {
      pvcSelector: { matchStorageClassName: 'juicefs-vision-coco' },
      mountOptions: ['cache-dir=/raid/vision/coco', 'cache-size=51200'],
    },
    {
      pvcSelector: { matchStorageClassName: 'juicefs-vision-imagenet' },
      mountOptions: ['cache-dir=/raid/vision/imagenet', 'cache-size=819200'],
    },
  ]);
});

test('the driver is on the nodes of teams that have datasets, and mount pods inherit its tolerations', () => {
  const agents = driver()?.agents.filter(({ runsOn }) => runsOn === 'pools') ?? [];
  expect(agents.map(({ name }) => name)).toEqual([
    'juicefs-csi-node',
    'juicefs-mount-vision-coco',
    'juicefs-mount-vision-imagenet',
  ]);
  for (const { pools, tolerations } of agents) {
    expect(pools).toEqual(['vision-gpus']);
    expect(tolerations).toContainEqual({ key: 'vision', operator: 'Exists', effect: 'NoExecute' });
    expect(tolerations).not.toContainEqual(expect.objectContaining({ key: 'speech' }));
  }
});

test('the dashboard, which asks nobody for a password, is left out', () => {
  expect(driver()?.values).toMatchObject({ dashboard: { enabled: false } });
});

test('the mount pods of a dataset count on a node whose job mounts it, and on no other', () => {
  expect(driver()?.agents.map(({ dataset }) => dataset)).toEqual([
    undefined,
    undefined,
    'hall/vision/coco',
    'hall/vision/imagenet',
  ]);
});

test('nothing of it breaks a rule', () => {
  expect(hall().check().findings).toEqual([]);
});
