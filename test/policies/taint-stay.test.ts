import { describe, expect, test } from 'vitest';
import { CHECKPOINT_INTERVAL, INTERRUPTIBLE } from '../../lib/model/conventions.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest, Taint, Toleration } from '../../lib/model/kubernetes.ts';
import type { AgentModel, ClusterModel, PoolModel, SystemPoolModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { taint014 } from '../../lib/policies/taint-014.ts';
import { taint016 } from '../../lib/policies/taint-016.ts';
import { taint018 } from '../../lib/policies/taint-018.ts';
import { taint020 } from '../../lib/policies/taint-020.ts';

const agent = (changes: Partial<AgentModel>): AgentModel => ({
  name: 'webhook',
  component: 'cert-manager',
  namespace: 'cert-manager',
  runsOn: 'system',
  pools: [],
  tolerations: [],
  nodeSelector: {},
  requests: { cpuMillis: 100, memoryMiB: 128 },
  ...changes,
});
const withAgents = (agents: readonly AgentModel[], changes: Partial<ClusterModel> = {}) => {
  const about = { namespace: 'cert-manager', version: 'v1', installed: false, neededBy: [], values: {} };
  return examplePlatform({ components: [{ id: 'cert-manager', ...about, agents }], ...changes });
};
const gpuPod = (spec: JsonObject, annotations: Readonly<Record<string, string>> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: 'vision', annotations },
  spec: {
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
    containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': 1 } } }],
    ...spec,
  },
});

describe('TAINT-014', () => {
  test('a taint that a controller does not tolerate keeps it off, a label that it selects does too', () => {
    expect(taint014.check(withAgents([agent({})]))).toEqual([]);
    const untainted = { pools: [{ ...examplePool, taints: [] }] };
    expect(taint014.check(withAgents([agent({})], untainted))).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining("off pool 'h100'") },
    ]);
    expect(taint014.check(withAgents([agent({ nodeSelector: { 'cdk8s-ai.dev/pool': 'system' } })], untainted))).toEqual(
      [],
    );
  });

  test('labels that only running nodes carry leave it open', () => {
    const selector = { nodeSelector: { 'kubernetes.io/role': 'system' } };
    const untainted = { pools: [{ ...examplePool, taints: [] }] };
    expect(taint014.check(withAgents([agent(selector)], untainted))).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('agents of nodes belong there', () => {
    const driver = agent({ runsOn: 'pools', tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] });
    expect(taint014.check(withAgents([driver]))).toEqual([]);
  });

  test('what one controller, and all of them, ask for fits the system pool', () => {
    const asks = (cores: number) => agent({ requests: { cpuMillis: cores * 1000, memoryMiB: 128 } });
    expect(taint014.check(withAgents([asks(8), asks(8), asks(8), asks(7)]))).toEqual([]);
    expect(taint014.check(withAgents([asks(9)]))).toMatchObject([
      { what: 'webhook asks for 9 cores, and a node of the system pool has 8' },
    ]);
    expect(taint014.check(withAgents(Array.from({ length: 5 }, () => asks(8))))).toMatchObject([
      { fix: 'Raise its maxNodes to 5.' },
    ]);
  });

  test('of nodes whose size nobody said nothing is judged', () => {
    const systemPool: SystemPoolModel = {
      path: 'example/east/system',
      minNodes: 2,
      maxNodes: 2,
      capacity: { kind: 'onDemand' },
      node: { arch: 'amd64' },
      labels: {},
      taints: [],
    };
    const large = agent({ requests: { cpuMillis: 900_000, memoryMiB: 1 } });
    expect(taint014.check(withAgents([large], { systemPool }))).toEqual([]);
  });
});

describe('TAINT-016', () => {
  const evicting: Taint = { key: 'team', value: 'vision', effect: 'NoExecute' };
  const pools = [{ ...examplePool, taints: [...examplePool.taints, evicting] }];
  const gpu: Toleration = { key: 'nvidia.com/gpu', operator: 'Exists' };
  const judged = (...tolerations: readonly Toleration[]) => {
    const pod = gpuPod({ tolerations: [gpu, ...tolerations].map((one) => ({ ...one })) });
    return taint016.check(examplePlatform({ pools, units: [exampleUnit(pod)] }));
  };
  const team: Toleration = { key: 'team', operator: 'Exists' };

  test('a toleration without an end stays, and one with seconds does not, whatever stands beside it', () => {
    expect(judged(team)).toEqual([]);
    expect(judged({ ...team, tolerationSeconds: 60 })).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('for 60 seconds') },
    ]);
    expect(judged(team, { ...team, tolerationSeconds: 60 }, { ...team, tolerationSeconds: 30 })).toMatchObject([
      { what: expect.stringContaining('for 30 seconds') },
    ]);
  });

  test('seconds for another taint, and a pod that does not get in, are no matter', () => {
    expect(judged(team, { key: 'other', operator: 'Exists', tolerationSeconds: 60 })).toEqual([]);
    expect(judged()).toEqual([]);
  });

  test('agents are judged like pods', () => {
    const bounded = agent({ runsOn: 'pools', pools: ['h100'], tolerations: [gpu, { ...team, tolerationSeconds: 60 }] });
    expect(taint016.check(withAgents([bounded], { pools }))).toMatchObject([
      { what: expect.stringContaining("webhook of component 'cert-manager'") },
    ]);
  });
});

describe('TAINT-018', () => {
  const starting: Taint = { key: 'startup-taint.cluster-autoscaler.kubernetes.io/gpu', effect: 'NoSchedule' };

  test('on a pool it is reported, and that its remover is not known', () => {
    const pools = [{ ...examplePool, taints: [...examplePool.taints, starting] }];
    expect(taint018.check(examplePlatform({ pools }))).toMatchObject([{ outcome: 'fail' }, { outcome: 'unknown' }]);
  });

  test('a workload does not tolerate one, and a DaemonSet beside an operator may', () => {
    const tolerations = [{ key: 'ebs.csi.aws.com/agent-not-ready', operator: 'Exists' }];
    const pod = gpuPod({ tolerations });
    expect(taint018.check(examplePlatform({ units: [exampleUnit(pod)] }))).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('before the EBS CSI driver is ready') },
    ]);
    const daemon: Manifest = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'cert-manager' },
      spec: { template: { spec: { tolerations, containers: [] } } },
    };
    expect(taint018.check(withAgents([], { units: [exampleUnit(daemon)] }))).toEqual([]);
  });
});

describe('TAINT-020', () => {
  const spot: PoolModel = { ...examplePool, capacity: { kind: 'spot' } };
  const judged = (pod: Manifest, pools: readonly PoolModel[] = [spot]) =>
    taint020.check(examplePlatform({ pools, units: [exampleUnit(pod)] }));

  test('a pod says that it may be interrupted, or is told to save its progress', () => {
    expect(judged(gpuPod({}))).toMatchObject([{ outcome: 'fail' }]);
    expect(judged(gpuPod({}, { [INTERRUPTIBLE]: 'true' }))).toEqual([]);
    expect(judged(gpuPod({}, { [INTERRUPTIBLE]: 'false' }))).toHaveLength(1);
    const resources = { limits: { 'nvidia.com/gpu': 1 } };
    const env = [{ name: CHECKPOINT_INTERVAL, value: '900' }];
    expect(judged(gpuPod({ containers: [{ name: 'worker', resources, env }] }))).toEqual([]);
  });

  test('a pod that does not get onto the spot nodes is not judged', () => {
    expect(judged(gpuPod({ tolerations: [] }))).toEqual([]);
    expect(judged(gpuPod({}), [examplePool])).toEqual([]);
  });

  test('whether a pod gets there may not be known', () => {
    expect(judged(gpuPod({ nodeSelector: { 'nvidia.com/gpu.product': 'H100' } }))).toMatchObject([
      { outcome: 'unknown' },
    ]);
  });
});
