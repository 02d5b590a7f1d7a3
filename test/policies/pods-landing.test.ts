import { describe, expect, test } from 'vitest';
import { landsOn, type NodeGroup, outcomeOf } from '../../lib/policies/landing.ts';
import type { Placement } from '../../lib/policies/pods.ts';

const pool: NodeGroup = {
  labels: { team: 'a', generation: '5' },
  taints: [],
  node: { arch: 'arm64' },
  zone: 'us-east-1a',
  resources: { 'nvidia.com/gpu': 8 },
};

function placement(changes: Partial<Placement>): Placement {
  return { tolerations: [], nodeSelector: {}, devices: {}, ...changes };
}

function outcome(changes: Partial<Placement>, nodes: Partial<NodeGroup> = {}) {
  return outcomeOf(landsOn(placement(changes), { ...pool, ...nodes }));
}

function requires(key: string, operator: string, ...values: string[]) {
  return { nodeAffinity: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] } };
}

describe('taints', () => {
  test('of every kind but PreferNoSchedule keep a pod off', () => {
    const taint = { key: 'nvidia.com/gpu', value: 'present' };
    expect(outcome({}, { taints: [{ ...taint, effect: 'NoSchedule' }] })).toBe('no');
    expect(outcome({}, { taints: [{ ...taint, effect: 'NoExecute' }] })).toBe('no');
    expect(outcome({}, { taints: [{ ...taint, effect: 'PreferNoSchedule' }] })).toBe('yes');
  });

  test('must all be tolerated, and those that are not are named', () => {
    const taints = [
      { key: 'nvidia.com/gpu', effect: 'NoSchedule' },
      { key: 'team', value: 'a', effect: 'NoExecute' },
    ] as const;
    const pod = placement({ tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] });
    expect(landsOn(pod, { ...pool, taints }).obstacles).toEqual([{ kind: 'taint', taint: taints[1] }]);
  });
});

describe('the node selector', () => {
  test('needs the label with that very value', () => {
    expect(outcome({ nodeSelector: { team: 'a' } })).toBe('yes');
    expect(outcome({ nodeSelector: { team: 'b' } })).toBe('no');
    expect(outcome({ nodeSelector: { owner: 'a' } })).toBe('no');
  });

  test('knows what every node says of its operating system, architecture and zone', () => {
    expect(outcome({ nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64' } })).toBe('yes');
    expect(outcome({ nodeSelector: { 'kubernetes.io/arch': 'amd64' } })).toBe('no');
    expect(outcome({ nodeSelector: { 'topology.kubernetes.io/zone': 'us-east-1b' } })).toBe('no');
  });

  test.each(['nvidia.com/gpu.product', 'feature.node.kubernetes.io/pci-15b3.present', 'eks.amazonaws.com/nodegroup'])(
    'cannot be judged by %s, which only a running node carries',
    (key) => expect(outcome({ nodeSelector: { [key]: 'x' } })).toBe('unknown'),
  );
});

describe('the required node affinity', () => {
  test.each([
    ['In', ['a', 'b'], 'yes'],
    ['In', ['b'], 'no'],
    ['NotIn', ['b'], 'yes'],
    ['NotIn', ['a'], 'no'],
    ['Exists', [], 'yes'],
    ['DoesNotExist', [], 'no'],
  ])('team %s %j gives %s', (operator, values, expected) => {
    expect(outcome(requires('team', operator, ...values))).toBe(expected);
  });

  test('of a label that is absent holds for NotIn and DoesNotExist alone', () => {
    const matching = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'].filter(
      (operator) => outcome(requires('owner', operator, '1')) === 'yes',
    );
    expect(matching).toEqual(['NotIn', 'DoesNotExist']);
  });

  test('compares whole numbers, and no other text', () => {
    expect(outcome(requires('generation', 'Gt', '4'))).toBe('yes');
    expect(outcome(requires('generation', 'Gt', '5'))).toBe('no');
    expect(outcome(requires('generation', 'Lt', '10'))).toBe('yes');
    expect(outcome(requires('team', 'Gt', '0'))).toBe('no');
  });

  test('has alternative terms, each of which holds as a whole', () => {
    const both = {
      matchExpressions: [
        { key: 'team', operator: 'Exists' },
        { key: 'owner', operator: 'Exists' },
      ],
    };
    const one = { matchExpressions: [{ key: 'team', operator: 'Exists' }] };
    expect(outcome({ nodeAffinity: { nodeSelectorTerms: [both] } })).toBe('no');
    expect(outcome({ nodeAffinity: { nodeSelectorTerms: [both, one] } })).toBe('yes');
    expect(outcome({ nodeAffinity: { nodeSelectorTerms: [{}] } })).toBe('no');
  });

  test('by the name of the node cannot be judged', () => {
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['ip-10-0-0-1'] }];
    expect(outcome({ nodeAffinity: { nodeSelectorTerms: [{ matchFields }] } })).toBe('unknown');
  });
});

describe('devices', () => {
  test('must be offered by the name asked for, as many as a node has', () => {
    expect(outcome({ devices: { 'nvidia.com/gpu': 8 } })).toBe('yes');
    expect(landsOn(placement({ devices: { 'nvidia.com/gpu': 9 } }), pool).obstacles).toMatchObject([{ kind: 'size' }]);
    expect(landsOn(placement({ devices: { 'amd.com/gpu': 1 } }), pool).obstacles).toMatchObject([{ kind: 'device' }]);
  });

  test('are on no system pool', () => {
    const { resources, ...system } = pool;
    expect(resources).toBeDefined();
    expect(outcomeOf(landsOn(placement({ devices: { 'nvidia.com/gpu': 1 } }), system))).toBe('no');
  });
});
