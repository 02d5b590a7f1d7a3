import { describe, expect, test } from 'vitest';
import type { Taint } from '../../lib/model/kubernetes.ts';
import type { ClusterModel, PoolModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool } from '../../lib/policies/examples.ts';
import type { Policy } from '../../lib/policies/policy.ts';
import { taint001 } from '../../lib/policies/taint-001.ts';
import { taint002 } from '../../lib/policies/taint-002.ts';
import { taint003 } from '../../lib/policies/taint-003.ts';
import { taint019 } from '../../lib/policies/taint-019.ts';

function check(rule: Policy, pool: Partial<PoolModel>, cluster: Partial<ClusterModel> = {}) {
  return rule.check(examplePlatform({ pools: [{ ...examplePool, ...pool }], ...cluster }));
}

const soft: Taint = { key: 'nvidia.com/gpu', effect: 'PreferNoSchedule' };
const hard: Taint = { key: 'team', value: 'a', effect: 'NoExecute' };

describe('TAINT-001 and TAINT-002', () => {
  test('a pool without a taint is reported once, with the taint to add', () => {
    const amd = { ...examplePool.accelerator, vendor: 'amd', resource: 'amd.com/gpu' } as const;
    expect(check(taint001, { taints: [] })).toMatchObject([
      { fix: 'Add the taint nvidia.com/gpu=present:NoSchedule.' },
    ]);
    expect(check(taint001, { taints: [], accelerator: amd })).toMatchObject([
      { fix: 'Add the taint amd.com/gpu=present:NoSchedule.' },
    ]);
    expect(check(taint002, { taints: [] })).toEqual([]);
  });

  test('a pool of MIG slices is to carry the taint that the operator tolerates, not the name of the slice', () => {
    const accelerator = { ...examplePool.accelerator, resource: 'nvidia.com/mig-1g.10gb' };
    expect(check(taint001, { taints: [], accelerator })[0]?.fix).toContain('nvidia.com/gpu=present');
  });

  test('a wish beside a hard taint is no mistake', () => {
    expect(check(taint002, { taints: [soft] })).toHaveLength(1);
    expect(check(taint002, { taints: [soft, hard] })).toEqual([]);
  });
});

describe('TAINT-003', () => {
  test('one key may have two effects, but no effect twice, whatever the values', () => {
    expect(check(taint003, { taints: [hard, { ...hard, effect: 'NoSchedule' }] })).toEqual([]);
    expect(check(taint003, { taints: [hard, { ...hard, value: 'b' }] })).toMatchObject([
      { outcome: 'fail', what: 'the taint team:NoExecute is given more than once' },
    ]);
  });

  test.each(['', '/gpu', 'a/b/c', '-gpu', 'Example.com/gpu', `example.com/${'x'.repeat(64)}`])(
    'the key %j is refused',
    (key) => expect(check(taint003, { taints: [{ key, effect: 'NoSchedule' }] })).toHaveLength(1),
  );

  test.each(['gpu', 'nvidia.com/gpu', 'example.com/My_key.2'])('the key %j is accepted', (key) => {
    expect(check(taint003, { taints: [{ key, effect: 'NoSchedule' }] })).toEqual([]);
  });

  test('a value that is no label value and an effect that does not exist are both named', () => {
    const taint = JSON.parse('{ "key": "team", "value": "team a", "effect": "NO_SCHEDULE" }');
    expect(check(taint003, { taints: [taint] }).map(({ what }) => what)).toEqual([
      "the value 'team a' of the taint 'team' is no label value",
      "the taint 'team' has the unknown effect 'NO_SCHEDULE'",
    ]);
  });

  test('the system pool is judged too', () => {
    const systemPool = {
      path: 'example/east/system',
      minNodes: 2,
      maxNodes: 2,
      labels: {},
      node: { arch: 'amd64' },
    } as const;
    const taints: readonly Taint[] = [{ key: 'a b', effect: 'NoSchedule' }];
    const verdicts = check(taint003, {}, { systemPool: { ...systemPool, capacity: { kind: 'onDemand' }, taints } });
    expect(verdicts).toMatchObject([{ where: 'example/east/system' }]);
  });
});

describe('TAINT-019', () => {
  const present: Taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
  const on = (id: ClusterModel['cloud']['id']) => ({ cloud: { id, settings: {} } });

  test('a GPU pool on GKE counts the taint that GKE adds', () => {
    expect(check(taint019, { cloudTaints: [present], taints: [present] }, on('gcp'))).toEqual([]);
    expect(check(taint019, { cloudTaints: [], taints: [present] }, on('gcp'))).toMatchObject([
      {
        outcome: 'fail',
        where: 'example/east/h100',
        fix: expect.stringContaining('nvidia.com/gpu=present:NoSchedule'),
      },
    ]);
  });

  test('an Arm pool on GKE counts the taint of its architecture as well', () => {
    const [verdict, ...others] = check(taint019, { cloudTaints: [present], node: { arch: 'arm64' } }, on('gcp'));
    expect(verdict?.what).toContain('kubernetes.io/arch=arm64:NoSchedule');
    expect(others).toEqual([]);
  });

  test('a taint of the cloud that the pool does not list among its taints is reported', () => {
    const spot: Taint = { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot', effect: 'NoSchedule' };
    expect(check(taint019, { capacity: { kind: 'spot' }, cloudTaints: [spot] }, on('azure'))).toMatchObject([
      { fix: 'Add kubernetes.azure.com/scalesetpriority=spot:NoSchedule to the taints of the pool.' },
    ]);
  });

  test('EKS adds nothing, to spot nodes neither', () => {
    expect(check(taint019, { capacity: { kind: 'spot' } })).toEqual([]);
  });
});
