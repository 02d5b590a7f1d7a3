import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { ClusterModel, ComponentModel, PoolModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import type { Policy } from '../../lib/policies/policy.ts';
import { taint006 } from '../../lib/policies/taint-006.ts';
import { taint008 } from '../../lib/policies/taint-008.ts';
import { taint009 } from '../../lib/policies/taint-009.ts';
import { taint011 } from '../../lib/policies/taint-011.ts';

const gpuToleration = { key: 'nvidia.com/gpu', operator: 'Exists' };
const everything = { operator: 'Exists' };
const selector = { 'cdk8s-ai.dev/pool': 'h100' };

const l4: PoolModel = {
  ...examplePool,
  name: 'l4',
  path: 'example/east/l4',
  labels: { 'cdk8s-ai.dev/pool': 'l4' },
  selector: { 'cdk8s-ai.dev/pool': 'l4' },
  resources: { 'nvidia.com/gpu.shared': 16 },
};

const operator: ComponentModel = {
  id: 'monitoring',
  namespace: 'monitoring',
  version: '1.0.0',
  installed: false,
  neededBy: [],
  values: {},
  agents: [],
};

function asking(limits: JsonObject, spec: JsonObject = {}): JsonObject {
  return { containers: [{ name: 'main', resources: { limits } }], ...spec };
}

function check(
  rule: Policy,
  spec: JsonObject,
  cluster: Partial<ClusterModel> = {},
  kind = 'Deployment',
  namespace = 'vision',
) {
  const object = { apiVersion: 'apps/v1', kind, metadata: { name: 'probe', namespace }, spec: { template: { spec } } };
  return rule.check(examplePlatform({ units: [exampleUnit(object)], ...cluster }));
}

describe('TAINT-006', () => {
  test('the pool that the pod selects is the nearest, and every obstacle to it is named with its remedy', () => {
    const tainted = {
      ...examplePool,
      taints: [...examplePool.taints, { key: 'team', value: 'a', effect: 'NoExecute' } as const],
    };
    expect(
      check(taint006, asking({ 'nvidia.com/gpu': 8 }, { nodeSelector: selector }), { pools: [l4, tainted] }),
    ).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/vision/probe',
        what:
          "Deployment 'probe' asks for 8 nvidia.com/gpu and fits no pool; the nearest is 'h100': " +
          'the taint nvidia.com/gpu=present:NoSchedule is not tolerated; the taint team=a:NoExecute is not tolerated',
        fix:
          'Add the toleration { key: nvidia.com/gpu, operator: Exists, effect: NoSchedule }; ' +
          'add the toleration { key: team, operator: Exists, effect: NoExecute }.',
      },
    ]);
  });

  test('one pool that takes the pod is enough', () => {
    const spec = asking({ 'nvidia.com/gpu.shared': 1 }, { tolerations: [gpuToleration] });
    expect(check(taint006, spec, { pools: [examplePool, l4] })).toEqual([]);
  });

  test('a resource name that no pool offers is reported with those that the nearest has', () => {
    const spec = asking({ 'nvidia.com/mig-1g.5gb': 1 }, { tolerations: [gpuToleration], nodeSelector: selector });
    expect(check(taint006, spec)).toMatchObject([
      { outcome: 'fail', fix: 'Ask for nvidia.com/gpu instead of nvidia.com/mig-1g.5gb.' },
    ]);
  });

  test('more devices than a node has is left to FIT-001', () => {
    expect(check(taint006, asking({ 'nvidia.com/gpu': 9 }, { tolerations: [gpuToleration] }))).toEqual([]);
  });

  test('a pod that selects by a label of node feature discovery cannot be judged', () => {
    const spec = asking(
      { 'nvidia.com/gpu': 1 },
      { tolerations: [gpuToleration], nodeSelector: { 'nvidia.com/gpu.product': 'H100' } },
    );
    expect(check(taint006, spec)).toMatchObject([
      {
        outcome: 'unknown',
        what: expect.stringContaining('nvidia.com/gpu.product=H100'),
        fix: 'Select by cdk8s-ai.dev/pool=h100 instead.',
      },
    ]);
  });

  test('a device that is no accelerator, and a resource claim, cannot be judged', () => {
    expect(check(taint006, asking({ 'smarter-devices/fuse': 1 }))).toMatchObject([{ outcome: 'unknown' }]);
    expect(check(taint006, { resourceClaims: [{ name: 'gpu' }], containers: [] })).toMatchObject([
      { outcome: 'unknown' },
    ]);
  });

  test('a cluster without pools has room for no such pod', () => {
    expect(check(taint006, asking({ 'nvidia.com/gpu': 1 }), { pools: [] })).toMatchObject([{ outcome: 'fail' }]);
    expect(check(taint006, asking({ cpu: '1' }), { pools: [] })).toEqual([]);
  });
});

describe('TAINT-008', () => {
  test('a toleration of some taints of a pool lets nothing onto it', () => {
    const tainted = { ...examplePool, taints: [...examplePool.taints, { key: 'team', effect: 'NoSchedule' } as const] };
    expect(check(taint008, { tolerations: [gpuToleration], containers: [] }, { pools: [tainted] })).toEqual([]);
  });

  test('a pod that selects other nodes is no mistake, and one that selects by a label set at run time is unknown', () => {
    const on = (nodeSelector: JsonObject) =>
      check(taint008, { tolerations: [gpuToleration], nodeSelector, containers: [] });
    expect(on({ 'cdk8s-ai.dev/pool': 'system' })).toEqual([]);
    expect(on({ 'nvidia.com/gpu.present': 'true' })).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('node agents beside an operator may, other workloads there may not', () => {
    const spec = { tolerations: [gpuToleration], containers: [] };
    const cluster = { components: [operator] };
    expect(check(taint008, spec, cluster, 'DaemonSet', 'monitoring')).toEqual([]);
    expect(check(taint008, spec, cluster, 'DaemonSet', 'vision')).toHaveLength(1);
    expect(check(taint008, spec, cluster, 'Deployment', 'monitoring')).toHaveLength(1);
  });

  test('the toleration to remove is named, and those of other taints are not', () => {
    const [verdict] = check(taint008, {
      tolerations: [{ key: 'dedicated', operator: 'Exists' }, gpuToleration],
      containers: [],
    });
    expect(verdict?.fix).toBe('Remove the toleration of nvidia.com/gpu, or ask for the accelerator it uses.');
  });

  test('a pod that asks for its devices by claim has a reason to be there', () => {
    const spec = { tolerations: [gpuToleration], containers: [] };
    expect(check(taint008, { ...spec, resourceClaims: [{ name: 'gpu' }] })).toEqual([]);
  });

  test('a toleration of everything is reported by TAINT-009 alone', () => {
    expect(check(taint008, { tolerations: [everything], containers: [] })).toEqual([]);
    expect(check(taint009, { tolerations: [everything], containers: [] })).toHaveLength(1);
  });
});

describe('TAINT-009', () => {
  test('a toleration of every taint with one effect is reported too', () => {
    expect(
      check(taint009, { tolerations: [{ operator: 'Exists', effect: 'NoExecute' }], containers: [] }),
    ).toHaveLength(1);
  });

  test('node agents beside an operator tolerate everything', () => {
    const spec = { tolerations: [everything], containers: [] };
    expect(check(taint009, spec, { components: [operator] }, 'DaemonSet', 'monitoring')).toEqual([]);
    expect(check(taint009, spec, { components: [operator] }, 'StatefulSet', 'monitoring')).toHaveLength(1);
  });
});

describe('TAINT-011', () => {
  const equal = (value: string | undefined, key = 'nvidia.com/gpu') => ({
    tolerations: [{ key, operator: 'Equal', ...(value === undefined ? {} : { value }) }],
    containers: [],
  });

  test('an empty value is a value like any other', () => {
    expect(check(taint011, equal(undefined))).toMatchObject([
      { what: "Deployment 'probe' tolerates nvidia.com/gpu with the value '', but the pools carry 'present'" },
    ]);
  });

  test('a toleration whatever the value is right on every cloud', () => {
    expect(check(taint011, { tolerations: [gpuToleration], containers: [] })).toEqual([]);
  });

  test('the value of any pool of the cluster will do', () => {
    const other = { ...l4, taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' } as const] };
    expect(check(taint011, equal('true'), { pools: [examplePool, other] })).toEqual([]);
  });

  test('taints that are not of an accelerator have values of their own', () => {
    const tainted = { ...examplePool, taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' } as const] };
    expect(check(taint011, equal('b', 'team'), { pools: [tainted] })).toEqual([]);
  });
});
