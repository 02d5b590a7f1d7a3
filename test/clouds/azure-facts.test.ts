import { AiCluster, type AzureProps, azure, Capacity, type GpuNodePoolProps, Platform, Sharing } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import type { ClusterModel } from '../../lib/model/platform-model.ts';

interface Wish {
  readonly cloud?: Partial<AzureProps>;
  readonly systemPool?: ConstructorParameters<typeof AiCluster>[2]['systemPool'];
  readonly pools?: Readonly<Record<string, GpuNodePoolProps>>;
}

const a100 = { instanceType: 'Standard_NC24ads_A100_v4', minNodes: 1 } as const;

function platformOf({ cloud, systemPool, pools = {} }: Wish): Platform {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: azure({ subscriptionId: '00000000-0000-4000-8000-000000000000', location: 'eastus2', ...cloud }),
    kubernetesVersion: '1.35',
    ...(systemPool === undefined ? {} : { systemPool }),
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  return platform;
}

function modelOf(wish: Wish): ClusterModel {
  const [cluster] = platformOf(wish).model().clusters;
  if (cluster === undefined) throw new Error('no cluster');
  return cluster;
}

const operatorOf = (wish: Wish) => modelOf(wish).components.find(({ id }) => id === 'gpu-operator')?.values;

describe('the GPU Operator on AKS', () => {
  test('brings the device plugin and uses the runtime class of the image', () => {
    expect(operatorOf({ pools: { a100 } })).toMatchObject({
      driver: { enabled: false },
      toolkit: { enabled: false },
      devicePlugin: { enabled: true },
      operator: { runtimeClass: 'nvidia-container-runtime' },
    });
  });

  test('brings everything where the pool leaves the driver out', () => {
    const values = operatorOf({ pools: { a100: { ...a100, driver: 'operator' } } });
    expect(values).toMatchObject({ driver: { enabled: true }, toolkit: { enabled: true } });
    expect(values?.['operator']).not.toHaveProperty('runtimeClass');
  });

  test('divides GPUs on AKS as elsewhere', () => {
    const [pool] = modelOf({ pools: { a100: { ...a100, sharing: Sharing.timeSlicing(4) } } }).pools;
    expect(pool).toMatchObject({
      driver: 'cloud',
      devicePlugin: 'operator',
      resources: { 'nvidia.com/gpu.shared': 4 },
    });
  });
});

test('a spot pool carries taint and label of AKS, and every GPU pool the label that its autoscaler watches', () => {
  const { pools } = modelOf({ pools: { a100, spare: { ...a100, capacity: Capacity.spot() } } });
  const [plain, spare] = pools;
  expect(plain?.labels['kubernetes.azure.com/accelerator']).toBe('nvidia');
  expect(plain?.cloudTaints).toEqual([]);
  const spot = { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot' };
  expect(spare?.labels[spot.key]).toBe(spot.value);
  expect(spare?.cloudTaints).toEqual([{ ...spot, effect: 'NoSchedule' }]);
  expect(spare?.taints).toContainEqual({ ...spot, effect: 'NoSchedule' });
});

describe('what AKS cannot honour is refused before anything is written or made', () => {
  test.each<[string, Wish, RegExp]>([
    [
      'nodes by the run',
      { pools: { a100: { ...a100, capacity: Capacity.flexStart(24) } } },
      /CLOUD-002 at east\/a100: azure does not sell nodes as 'flexStart'/,
    ],
    [
      'a reservation that is no group',
      { pools: { a100: { ...a100, capacity: Capacity.reservation('h100') } } },
      /CLOUD-010 at east\/a100: 'h100' is no capacity reservation group\n +Write its resource id/,
    ],
    [
      'a zone that the region has not',
      { pools: { a100: { ...a100, zone: 'eastus2-1' } } },
      /CLOUD-003 at east\/a100: there is no zone 'eastus2-1': those of the region are 1, 2, 3/,
    ],
    [
      'ranges with addresses in common',
      { cloud: { vnetCidr: '10.240.0.0/12' } },
      /CLOUD-005 at east: vnetCidr 10\.240\.0\.0\/12 and podCidr 10\.244\.0\.0\/14 have addresses in common/,
    ],
    [
      'a device plugin of the cloud',
      { pools: { a100: { ...a100, devicePlugin: 'cloud' } } },
      /CLOUD-006 at east\/a100: .*\n +Set devicePlugin: 'operator'/,
    ],
    [
      'another driver on a size that needs GRID',
      { pools: { a10: { instanceType: 'Standard_NV36ads_A10_v5', minNodes: 1, driver: 'operator' } } },
      /CLOUD-006 at east\/a10: 'Standard_NV36ads_A10_v5' needs the GRID driver/,
    ],
    [
      'a taint without a value',
      { pools: { a100: { ...a100, taints: [{ key: 'team', effect: 'NoExecute' }] } } },
      /CLOUD-008 at east\/a100: .*team:NoExecute\n +Give it one/,
    ],
    [
      'InfiniBand that nothing brings to pods',
      { pools: { h100: { instanceType: 'Standard_ND96isr_H100_v5', minNodes: 2, fabric: 'required' } } },
      /FABRIC-001 at east\/h100: .*infiniband.*\n +Let Network Operator bring driver and interfaces/,
    ],
    [
      'a hard taint on the system pool',
      { systemPool: { taints: [{ key: 'system', value: 'true', effect: 'NoSchedule' }] } },
      /CLOUD-008 at east\/system: .*system=true:NoSchedule.*\n +Use CriticalAddonsOnly=true:NoSchedule/,
    ],
  ])('%s', (_, wish, message) => {
    expect(() => platformOf(wish).model()).toThrow(message);
  });
});
