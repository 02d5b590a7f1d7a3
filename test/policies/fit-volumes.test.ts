import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ClusterModel, DatasetModel, PoolModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleTenant, exampleUnit } from '../../lib/policies/examples.ts';
import { fit021 } from '../../lib/policies/fit-021.ts';

const judge = (cluster: Partial<ClusterModel>) => fit021.check(examplePlatform(cluster));

describe('FIT-021, of caches', () => {
  const dataset = (name: string, cacheGiB: number, tenant = 'vision'): DatasetModel => ({
    name,
    path: `example/east/${tenant}/${name}`,
    tenant,
    namespace: tenant,
    storageClass: `juicefs-${tenant}-${name}`,
    capacityGiB: 1000,
    cacheGiB,
    cachePath: '/var/jfsCache',
  });
  const withDisk = (localDiskGiB: number): PoolModel => ({
    ...examplePool,
    node: { ...examplePool.node, localDiskGiB },
  });

  test('all that pods on a node may mount share its disks, of which a tenth stays free', () => {
    const datasets = [dataset('imagenet', 600), dataset('saved', 300)];
    expect(judge({ pools: [withDisk(1000)], datasets })).toEqual([]);
    expect(judge({ pools: [withDisk(999)], datasets })).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/vision/imagenet',
        what: "the caches of 900 GiB ('imagenet' 600, 'saved' 300) do not fit a node of pool 'h100', whose disks have 999 GiB, a tenth of it to stay free",
        fix: "Lower cacheGiB of 'imagenet' to 599.",
      },
    ]);
  });

  test('where one alone cannot give enough, they are lowered together', () => {
    const datasets = [dataset('imagenet', 600), dataset('saved', 300)];
    expect(judge({ pools: [withDisk(100)], datasets })).toMatchObject([
      { fix: 'Lower the caches to 90 GiB together.' },
    ]);
  });

  test('a tenant that may not use the pool brings no cache there', () => {
    const speech = { ...exampleTenant, name: 'speech', namespace: 'speech', pools: [] };
    const datasets = [dataset('audio', 5000, 'speech')];
    expect(judge({ pools: [withDisk(100)], tenants: [exampleTenant, speech], datasets })).toEqual([]);
  });

  test('of disks that nobody described nothing is known', () => {
    expect(judge({ datasets: [dataset('imagenet', 1)] })).toMatchObject([
      { outcome: 'unknown', where: 'example/east/h100', fix: 'Set node: { localDiskGiB } of the pool.' },
    ]);
  });
});

const claim = (spec: JsonObject, namespace = 'vision'): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'saved', namespace },
  spec,
});

function deployment(replicas: number, mountPath = '/saved'): Manifest {
  const containers = [{ name: 'main', volumeMounts: [{ name: 'saved', mountPath }] }];
  const volumes = [{ name: 'saved', persistentVolumeClaim: { claimName: 'saved' } }];
  const metadata = { name: 'web', namespace: 'vision' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas, template: { spec: { containers, volumes } } },
  };
}

const ofObjects = (...manifests: readonly Manifest[]) => judge({ units: [exampleUnit(...manifests)] });

describe('FIT-021, of claims', () => {
  test.each(['ReadWriteMany', 'ReadOnlyMany'])('many pods may mount one with %s', (mode) => {
    expect(ofObjects(claim({ accessModes: [mode] }), deployment(2))).toEqual([]);
  });

  test.each(['ReadWriteOnce', 'ReadWriteOncePod'])('one pod may mount one with %s, and several may not', (mode) => {
    expect(ofObjects(claim({ accessModes: [mode] }), deployment(1))).toEqual([]);
    expect(ofObjects(claim({ accessModes: [mode] }), deployment(2))).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining(`which one node can mount (${mode})`) },
    ]);
  });

  test('one that the model does not show, or shows in another namespace, is not known', () => {
    expect(ofObjects(deployment(2))).toMatchObject([{ outcome: 'unknown' }]);
    expect(ofObjects(claim({ accessModes: ['ReadWriteMany'] }, 'speech'), deployment(2))).toMatchObject([
      { outcome: 'unknown' },
    ]);
  });

  test.each(['saved', '/data/../etc', ''])('a volume is mounted at an absolute path, which %j is not', (path) => {
    expect(ofObjects(claim({ accessModes: ['ReadWriteMany'] }), deployment(1, path))).toMatchObject([
      { outcome: 'fail', what: `Deployment 'web' mounts a volume at '${path}'` },
    ]);
  });
});
