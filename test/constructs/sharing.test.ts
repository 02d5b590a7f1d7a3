import {
  AiCluster,
  aws,
  existing,
  type GpuNodePoolProps,
  Platform,
  Sharing,
  type SharingModel,
  Tenant,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { migLayoutFits, migProfiles, migResource } from '../../lib/model/sharing.ts';

function east(sharing: SharingModel, pool: Partial<GpuNodePoolProps> = {}) {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const shared = cluster.addGpuNodePool('shared', { instanceType: 'p5.48xlarge', minNodes: 2, sharing, ...pool });
  const operator = () => platform.model().clusters[0]?.components.find(({ id }) => id === 'gpu-operator')?.values;
  return { platform, cluster, shared, operator };
}

describe('a pool of time-sliced GPUs', () => {
  const { cluster, platform, shared, operator } = east(Sharing.timeSlicing(4));

  test('offers shares by a name of their own, on labelled nodes', () => {
    expect(shared.pool.resources).toMatchObject({ 'nvidia.com/gpu.shared': 32 });
    expect(shared.pool.resources).not.toHaveProperty('nvidia.com/gpu');
    expect(shared.pool.labels).toMatchObject({ 'nvidia.com/device-plugin.config': 'shared' });
  });

  test('tells the GPU Operator how to divide them, and leaves other pools whole', () => {
    expect(operator()).toMatchObject({
      devicePlugin: {
        config: { create: true, default: 'whole', data: { shared: expect.stringContaining('replicas: 4') } },
      },
    });
    expect(JSON.stringify(operator())).toContain('renameByDefault: true');
  });

  test('has amounts of shares and of nothing else', () => {
    expect(() => shared.gpus(1)).toThrow(/AMOUNT-002/);
    new Tenant(cluster, 'apps', { quota: [shared.shares(8)] });
    expect(JSON.stringify(platform.model())).toContain('"requests.nvidia.com/gpu.shared":"8"');
    expect(platform.check().findings).toEqual([]);
  });
});

describe('a pool of MIG slices', () => {
  const { shared, operator } = east(Sharing.mig({ '3g.40gb': 1, '1g.10gb': 3 }));

  test('offers each profile by its name, on labelled nodes', () => {
    expect(shared.pool.resources).toMatchObject({ 'nvidia.com/mig-3g.40gb': 8, 'nvidia.com/mig-1g.10gb': 24 });
    expect(shared.pool.labels).toMatchObject({ 'nvidia.com/mig.config': 'shared' });
    expect(shared.slices('1g.10gb', 7)).toMatchObject({ resource: 'nvidia.com/mig-1g.10gb', count: 7 });
  });

  test('tells the MIG manager its layout', () => {
    expect(operator()).toMatchObject({ mig: { strategy: 'mixed' }, migManager: { config: { name: 'mig-layouts' } } });
    expect(JSON.stringify(operator())).toContain('1g.10gb');
  });
});

test.each([
  ['one replica', Sharing.timeSlicing(1)],
  ['half a replica', Sharing.mps(2.5)],
  ['no slice', Sharing.mig({})],
  ['less than no slice', Sharing.mig({ '1g.10gb': -1 })],
])('GPUs cannot be divided into %s', (_, sharing) => {
  expect(() => east(sharing)).toThrow(/POOL-003/);
});

test('GPUs that are not from NVIDIA cannot be divided so', () => {
  const cluster = new AiCluster(new Platform({ name: 'lab' }), 'lab', { cloud: existing(), kubernetesVersion: '1.35' });
  const add = () =>
    cluster.addGpuNodePool('amd', {
      instanceType: 'mi300x-8',
      minNodes: 1,
      labels: { rack: 'a' },
      sharing: Sharing.timeSlicing(2),
    });
  expect(add).toThrow(/POOL-003 at lab\/amd/);
});

describe('MIG layouts', () => {
  test.each([
    ['H100', { '7g.80gb': 1 }],
    ['H100', { '1g.10gb': 7 }],
    ['H100', { '3g.40gb': 1, '2g.20gb': 1, '1g.10gb': 2 }],
    ['H100', { '3g.40gb': 2 }],
    ['H100', { '1g.20gb': 4 }],
    ['H100', { '4g.40gb': 1, '1g.10gb': 3 }],
    ['A30', { '1g.6gb': 2, '2g.12gb': 1 }],
  ])('%s has room for %j', (model, layout) => {
    expect(migLayoutFits(model, layout)).toBe(true);
  });

  test.each([
    ['H100', { '3g.40gb': 2, '1g.10gb': 1 }, 'compute slots add up to seven, and memory is full'],
    ['H100', { '4g.40gb': 1, '3g.40gb': 1, '1g.10gb': 1 }, 'nothing is left beside 4g and 3g'],
    ['H100', { '4g.40gb': 1, '1g.10gb': 4 }, 'the last memory slice is not for 1g'],
    ['H100', { '1g.10gb': 8 }, 'there are seven compute slots'],
    ['H100', { '1g.10gb+me': 2 }, 'one slice has the media engines'],
    ['H100', { '1g.5gb': 1 }, 'that is a profile of a smaller chip'],
    ['A30', { '4g.24gb': 1, '1g.6gb': 1 }, '4g is all of it'],
  ])('%s has no room for %j: %s', (model, layout, _why) => {
    expect(migLayoutFits(model, layout)).toBe(false);
  });

  test.each(['A30', 'A100-40GB', 'A100-80GB', 'H100', 'H200', 'B200', 'GB200', 'B300', 'GB300'])(
    'every profile of %s fits as often as its maker says, and once more it does not',
    (model) => {
      for (const [profile, most] of Object.entries(migProfiles(model) ?? {})) {
        expect([profile, migLayoutFits(model, { [profile]: most })]).toEqual([profile, true]);
        expect([profile, migLayoutFits(model, { [profile]: most + 1 })]).toEqual([profile, false]);
      }
    },
  );

  test('of a model that nobody knows are not judged', () => {
    expect(migLayoutFits('H900', { '1g.10gb': 1 })).toBeUndefined();
  });

  test('are asked for by names in which a plus is a dot', () => {
    expect(migResource('1g.10gb+me')).toBe('nvidia.com/mig-1g.10gb.me');
  });
});
