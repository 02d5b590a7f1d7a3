import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { ClusterModel, ComponentModel, PoolModel } from '../../lib/model/platform-model.ts';
import type { SharingModel } from '../../lib/model/sharing.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { fit006 } from '../../lib/policies/fit-006.ts';
import { fit007 } from '../../lib/policies/fit-007.ts';
import { fit008 } from '../../lib/policies/fit-008.ts';
import type { Policy } from '../../lib/policies/policy.ts';

const existing: Partial<ClusterModel> = { cloud: { id: 'existing', settings: {} } };

function poolWith(sharing: SharingModel, changes: Partial<PoolModel> = {}): PoolModel {
  return { ...examplePool, sharing, ...changes };
}

function poolOf(model: string, layout: Readonly<Record<string, number>>): PoolModel {
  return poolWith({ kind: 'mig', layout }, { accelerator: { ...examplePool.accelerator, model } });
}

function judge(policy: Policy, pool: PoolModel, cluster: Partial<ClusterModel> = {}) {
  return policy.check(examplePlatform({ pools: [pool], ...cluster }));
}

describe('FIT-006', () => {
  test('names the profiles that the chip has', () => {
    expect(judge(fit006, poolOf('A30', { '1g.10gb': 1 }))).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/h100',
        what: "pool 'h100' is cut into slices of '1g.10gb', which A30 does not have",
        fix: expect.stringMatching(/^Use one of 1g\.6gb, .*4g\.24gb.*\.$/),
      },
    ]);
  });

  test('fails for a chip that has no slices at all, and says what it has instead', () => {
    expect(judge(fit006, poolOf('L4', { '1g.10gb': 1 }))).toMatchObject([
      { outcome: 'fail', fix: 'Use Sharing.timeSlicing or Sharing.mps.' },
    ]);
  });

  test('does not guess about a chip that it does not know', () => {
    expect(judge(fit006, poolOf('R100', { '1g.36gb': 1 }))).toMatchObject([{ outcome: 'unknown' }]);
  });

  const shares = [
    { kind: 'mig', layout: { '1g.10gb': 7 } },
    { kind: 'timeSlicing', replicas: 4 },
    { kind: 'mps', replicas: 4 },
  ] as const satisfies readonly SharingModel[];

  test.each(shares)('wants the label of the GPU Operator on nodes that exist ($kind)', (sharing) => {
    const key = sharing.kind === 'mig' ? 'nvidia.com/mig.config' : 'nvidia.com/device-plugin.config';
    const labelled = (value: string) => poolWith(sharing, { labels: { [key]: value } });
    expect(judge(fit006, poolWith(sharing), existing)).toMatchObject([
      { outcome: 'fail', fix: `Label the nodes, and add '${key}': 'h100' to the labels of the pool.` },
    ]);
    expect(judge(fit006, labelled('all-1g.10gb'), existing)).toMatchObject([
      { what: expect.stringContaining('its nodes have all-1g.10gb') },
    ]);
    expect(judge(fit006, labelled('h100'), existing)).toEqual([]);
  });

  test.each(shares)('wants no label where the pool is made here ($kind)', (sharing) => {
    expect(judge(fit006, poolWith(sharing))).toEqual([]);
  });
});

describe('FIT-007', () => {
  const slices = poolOf('H100', { '1g.10gb': 7 });

  function operator(changes: Partial<ComponentModel> = {}): Partial<ClusterModel> {
    const component = {
      id: 'gpu-operator',
      namespace: 'gpu-operator',
      version: 'v26.7.0',
      installed: false,
      neededBy: [],
      values: { mig: { strategy: 'mixed' } },
      agents: [],
    };
    return { components: [{ ...component, ...changes }] };
  }

  test('is kept by the strategy that the pools give to the GPU Operator', () => {
    expect(judge(fit007, slices, operator())).toEqual([]);
  });

  test.each([{ values: { mig: { strategy: 'single' } } }, { values: {} }])(
    'breaks with other values: %j',
    (changes) => {
      expect(judge(fit007, slices, operator(changes))).toMatchObject([
        { outcome: 'fail', where: 'example/east/h100', what: expect.stringContaining("MIG strategy 'single'") },
      ]);
    },
  );

  test('cannot be known of an operator that was there before', () => {
    expect(judge(fit007, slices, operator({ installed: true, values: {} }))).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('asks nothing of the operator where nothing is cut', () => {
    expect(judge(fit007, examplePool, operator({ values: {} }))).toEqual([]);
  });

  function podWith(...containers: readonly JsonObject[]) {
    const metadata = { name: 'probe', namespace: 'vision' };
    return exampleUnit({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [...containers] } });
  }
  const container = (name: string, limits: JsonObject) => ({ name, resources: { limits } });

  test('is about one container, not about all of a pod', () => {
    const apart = podWith(
      container('one', { 'nvidia.com/mig-1g.10gb': 1 }),
      container('two', { 'nvidia.com/mig-3g.40gb': 1 }),
    );
    const together = podWith(container('one', { 'nvidia.com/gpu.shared': 1, 'nvidia.com/gpu': 1 }));
    expect(judge(fit007, examplePool, { units: [apart] })).toEqual([]);
    expect(judge(fit007, examplePool, { units: [together] })).toMatchObject([
      { what: "container 'one' of Pod 'probe' asks for nvidia.com/gpu and nvidia.com/gpu.shared" },
    ]);
  });
});

describe('FIT-008', () => {
  test('gives back the largest part of a layout that has room', () => {
    expect(judge(fit008, poolOf('H100', { '4g.40gb': 1, '3g.40gb': 1, '1g.10gb': 1 }))).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/h100',
        what: "1 x 4g.40gb and 1 x 3g.40gb and 1 x 1g.10gb have no room on one H100 of pool 'h100'",
        fix: "Use Sharing.mig({ '4g.40gb': 1, '3g.40gb': 1 }).",
      },
    ]);
  });

  test('leaves a profile that the chip does not have, and an unknown chip, to FIT-006', () => {
    expect(judge(fit008, poolOf('H100', { '1g.5gb': 9 }))).toEqual([]);
    expect(judge(fit008, poolOf('R100', { '1g.36gb': 9 }))).toEqual([]);
  });
});
