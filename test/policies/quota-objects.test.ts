import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleQueue, exampleTenant, exampleUnit } from '../../lib/policies/examples.ts';
import { quota001 } from '../../lib/policies/quota-001.ts';
import { quota003 } from '../../lib/policies/quota-003.ts';
import { quota006 } from '../../lib/policies/quota-006.ts';

function platformWith(manifests: readonly Manifest[], changes: Partial<ClusterModel> = {}) {
  return examplePlatform({ ...changes, units: [exampleUnit(...manifests)] });
}

function object(apiVersion: string, kind: string, spec: JsonObject): Manifest {
  return { apiVersion, kind, metadata: { name: kind.toLowerCase(), namespace: 'vision' }, spec };
}

const quota = (hard: Readonly<Record<string, Json>>) => object('v1', 'ResourceQuota', { hard });

describe('QUOTA-001', () => {
  test('a bare name and the prefix limits. are reported with the name that counts', () => {
    const verdicts = quota001.check(platformWith([quota({ 'nvidia.com/gpu': '8', 'limits.rdma/ib': '8' })]));
    expect(verdicts.map((verdict) => verdict.fix)).toEqual([
      "Write 'requests.rdma/ib' instead.",
      "Write 'requests.nvidia.com/gpu' instead.",
    ]);
    expect(verdicts[0]?.where).toBe('example/east/vision/resourcequota');
  });

  test('names that Kubernetes counts are accepted, slash or not', () => {
    const counted = [
      'pods',
      'limits.memory',
      'requests.nvidia.com/gpu',
      'count/jobs.batch',
      'fast.storageclass.storage.k8s.io/requests.storage',
      'gpu.deviceclass.resource.k8s.io/devices',
    ];
    expect(quota001.check(platformWith([quota(Object.fromEntries(counted.map((name) => [name, '1'])))]))).toEqual([]);
  });

  test('a quota without hard limits is no mistake', () => {
    expect(quota001.check(platformWith([object('v1', 'ResourceQuota', {})]))).toEqual([]);
  });
});

describe('QUOTA-003', () => {
  const slices = { ...examplePool, resources: { 'nvidia.com/gpu': 8, 'nvidia.com/mig-1g.10gb': 7 } };

  test('a slice that no pool has is reported with the one that is spelled most alike', () => {
    const [verdict] = quota003.check(
      platformWith([quota({ 'requests.nvidia.com/mig-1g.5gb': '7' })], { pools: [examplePool, slices] }),
    );
    expect(verdict?.what).toContain("ResourceQuota 'resourcequota' names 'nvidia.com/mig-1g.5gb'");
    expect(verdict?.fix).toContain("Write 'nvidia.com/mig-1g.10gb'");
  });

  test('pods, init containers and Volcano queues are looked at too, each name once per object', () => {
    const container = { resources: { limits: { 'nvidia.com/gpus': 1 } } };
    const pod = object('v1', 'Pod', { initContainers: [container], containers: [container, container] });
    const lists = { guarantee: { resource: { 'amd.com/gpu': '1' } }, deserved: { 'amd.com/gpu': '2' } };
    const queue = object('scheduling.volcano.sh/v1beta1', 'Queue', lists);
    const found = quota003
      .check(platformWith([pod, queue]))
      .map(({ where, what }) => [where, /'([a-z.]+\/[a-z]+)'/.exec(what)?.[1]]);
    expect(found).toEqual([
      ['example/east/vision/queue', 'amd.com/gpu'],
      ['example/east/vision/pod', 'nvidia.com/gpus'],
    ]);
  });

  test('names of other domains and amounts of zero are left alone', () => {
    expect(
      quota003.check(platformWith([quota({ 'requests.amd.com/gpu': '0', 'requests.example.com/dongle': '1' })])),
    ).toEqual([]);
  });

  test('an amount of a pool that is not there, or of what the pool does not offer, is reported at its owner', () => {
    const queues = [{ ...exampleQueue, guarantee: [{ pool: 'h200', resource: 'nvidia.com/gpu', count: 8 }] }];
    const tenants = [{ ...exampleTenant, quota: [{ pool: 'h100', resource: 'rdma/ib', count: 8 }] }];
    const verdicts = quota003.check(platformWith([], { queues, tenants }));
    expect(verdicts.map(({ where, what }) => [where, what])).toEqual([
      ['example/east/vision', "quota has 8 rdma/ib of 'h100', which that pool does not offer"],
      ['example/east/vision/pretrain', "guarantee has 8 nvidia.com/gpu of pool 'h200', which 'east' does not have"],
    ]);
  });

  test('a resource that a pool has none of is not offered', () => {
    const none = { ...examplePool, resources: { 'nvidia.com/gpu': 8, 'nvidia.com/mig-1g.10gb': 0 } };
    expect(
      quota003.check(platformWith([quota({ 'requests.nvidia.com/mig-1g.10gb': '1' })], { pools: [none] })),
    ).toHaveLength(1);
  });

  test('an object of another group with the same kind is not read', () => {
    const foreign = object('example.com/v1', 'ResourceQuota', { hard: { 'requests.amd.com/gpu': '1' } });
    expect(quota003.check(platformWith([foreign]))).toEqual([]);
  });

  test('a cluster without pools has no name to suggest', () => {
    const [verdict] = quota003.check(
      platformWith([quota({ 'requests.nvidia.com/gpu': '1' })], { pools: [], tenants: [], queues: [], jobs: [] }),
    );
    expect(verdict?.fix).toBe("Drop 'nvidia.com/gpu', or add a pool that offers it.");
    const [amount] = quota003.check(platformWith([], { pools: [], queues: [], jobs: [] }));
    expect(amount?.fix).toBe("Use one of its pools (none), or add 'h100'.");
  });
});

describe('QUOTA-006', () => {
  const limits = (item: JsonObject) => platformWith([object('v1', 'LimitRange', { limits: [item] })]);
  const gpu = (amount: Json) => ({ 'nvidia.com/gpu': amount });

  test('a maximum is safe once default and defaultRequest are 0', () => {
    expect(
      quota006.check(limits({ type: 'Container', max: gpu('8'), default: gpu('0'), defaultRequest: gpu(0) })),
    ).toEqual([]);
  });

  test('the list that hands out the devices is named', () => {
    const named = (item: JsonObject) => quota006.check(limits({ type: 'Container', ...item }))[0]?.what;
    expect(named({ max: gpu('8'), default: gpu('1') })).toContain(
      "default of LimitRange 'limitrange' has nvidia.com/gpu: 1,",
    );
    expect(named({ max: gpu('8'), default: gpu('0'), defaultRequest: gpu('2') })).toContain('defaultRequest of');
    expect(named({ min: gpu('1') })).toContain('min of');
  });

  test('a minimum cannot be made safe with zeros, so they are not suggested', () => {
    const [verdict] = quota006.check(
      limits({ type: 'Container', min: gpu('1'), default: gpu('0'), defaultRequest: gpu('0') }),
    );
    expect(verdict?.fix).toBe('Drop nvidia.com/gpu from the LimitRange.');
  });

  test('limits of whole pods and of native resources have no defaults to hand out', () => {
    expect(quota006.check(limits({ type: 'Pod', max: gpu('8') }))).toEqual([]);
    expect(quota006.check(limits({ type: 'Container', max: { memory: '64Gi' }, min: { cpu: '10m' } }))).toEqual([]);
  });
});
