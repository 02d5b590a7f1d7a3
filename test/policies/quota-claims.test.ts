import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ChartReference, ClusterModel, ComponentModel, PoolModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { quota004 } from '../../lib/policies/quota-004.ts';
import { quota005 } from '../../lib/policies/quota-005.ts';

describe('QUOTA-004', () => {
  const claim = (requests: readonly JsonObject[], namespace = 'vision'): Manifest => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name: 'gpus', namespace },
    spec: { devices: { requests } },
  });
  const quota = (...lines: readonly string[]): Manifest => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'quota', namespace: 'vision' },
    spec: { hard: Object.fromEntries(lines.map((line) => [line, '8'])) },
  });
  const judged = (manifests: readonly Manifest[], pools: readonly PoolModel[] = [examplePool]) =>
    quota004.check(examplePlatform({ pools, units: [exampleUnit(...manifests)] }));
  const one = { name: 'one', exactly: { deviceClassName: 'gpu.nvidia.com' } };
  const line = 'gpu.nvidia.com.deviceclass.resource.k8s.io/devices';

  test('the line is of the class, and the names of extended resources count no claims', () => {
    expect(judged([claim([one]), quota(line)])).toEqual([]);
    const others = quota('requests.nvidia.com/gpu', 'requests.deviceclass.resource.kubernetes.io/gpu.nvidia.com');
    expect(judged([claim([one]), others])).toMatchObject([{ outcome: 'fail', fix: expect.stringContaining(line) }]);
  });

  test('each class among alternatives needs one', () => {
    const either = ['gpu.nvidia.com', 'mig.nvidia.com'].map((deviceClassName) => ({
      name: deviceClassName,
      deviceClassName,
    }));
    expect(judged([claim([{ name: 'either', firstAvailable: either }]), quota(line)])).toMatchObject([
      { what: expect.stringContaining("class 'mig.nvidia.com'") },
    ]);
  });

  test('interfaces of a fabric, and claims outside of tenants, are not counted', () => {
    const fabric = { kind: 'roce', required: true, perNode: 8, resource: 'gpu.nvidia.com', claimed: true } as const;
    expect(judged([claim([one])], [{ ...examplePool, fabric }])).toEqual([]);
    expect(judged([claim([one], 'kube-system')])).toEqual([]);
  });
});

describe('QUOTA-005', () => {
  const operator = (values: JsonObject, installed = false): ComponentModel => ({
    id: 'gpu-operator',
    namespace: 'gpu-operator',
    version: 'v26.7.0',
    installed,
    neededBy: [],
    values,
    agents: [],
  });
  const driver = (values: JsonObject): ChartReference => ({
    release: 'dra',
    namespace: 'dra',
    repository: 'oci://registry.k8s.io/dra-driver-nvidia/charts',
    chart: 'dra-driver-nvidia-gpu',
    version: '0.4.1',
    values,
    skipCrds: false,
    hooks: false,
  });
  const judged = (charts: readonly ChartReference[], changes: Partial<ClusterModel> = {}) =>
    quota005.check(examplePlatform({ units: [{ ...exampleUnit(), charts }], ...changes }));

  test('the driver gives out GPUs unless it is told not to', () => {
    expect(judged([driver({})])).toMatchObject([{ outcome: 'fail' }]);
    expect(judged([driver({ resources: { gpus: { enabled: false } } })])).toEqual([]);
  });

  test('it may, where the operator runs no device plugin; a cloud that does runs its own', () => {
    const components = [operator({ devicePlugin: { enabled: false } })];
    expect(judged([driver({})], { components })).toEqual([]);
    const pools = [{ ...examplePool, devicePlugin: 'cloud' as const }];
    expect(judged([driver({})], { components, pools })).toHaveLength(1);
  });

  test('the operator itself can run the driver, and of one that is there it is not known', () => {
    expect(judged([], { components: [operator({ gpuCluster: { deployCR: true } })] })).toMatchObject([
      { outcome: 'fail' },
    ]);
    expect(judged([], { components: [operator({})] })).toEqual([]);
    expect(judged([], { components: [operator({}, true)] })).toMatchObject([{ outcome: 'unknown' }]);
  });
});
