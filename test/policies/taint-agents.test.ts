import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type {
  AgentModel,
  ClusterModel,
  ComponentModel,
  PoolModel,
  SystemPoolModel,
} from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { taint012 } from '../../lib/policies/taint-012.ts';
import { taint015 } from '../../lib/policies/taint-015.ts';

const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }] as const;

function agent(name: string, changes: Partial<AgentModel> = {}): AgentModel {
  return {
    name,
    component: 'gpu-operator',
    namespace: 'gpu-operator',
    runsOn: 'pools',
    pools: ['h100'],
    tolerations,
    nodeSelector: {},
    requests: { cpuMillis: 0, memoryMiB: 0 },
    ...changes,
  };
}

function component(agents: readonly AgentModel[], changes: Partial<ComponentModel> = {}): ComponentModel {
  const values = { daemonsets: { tolerations: [...tolerations] } };
  return {
    id: 'gpu-operator',
    namespace: 'gpu-operator',
    version: 'v26.7.0',
    installed: false,
    neededBy: [],
    values,
    agents,
    ...changes,
  };
}

const teamPool: PoolModel = {
  ...examplePool,
  taints: [...examplePool.taints, { key: 'team', value: 'a', effect: 'NoSchedule' }],
};

describe('TAINT-012', () => {
  const check = (one: ComponentModel, pool: PoolModel = teamPool) =>
    taint012.check(examplePlatform({ pools: [pool], components: [one] }));

  test('agents that miss the same taint are reported together, with the values to change', () => {
    expect(check(component([agent('toolkit'), agent('driver')]))).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/h100',
        what: "driver, toolkit of component 'gpu-operator' cannot run on pool 'h100': the taint team=a:NoSchedule is not tolerated",
        fix: "Add { key: team, operator: Exists, effect: NoSchedule } to daemonsets.tolerations in the values of component 'gpu-operator', or drop the taint from the pool.",
      },
    ]);
  });

  test('a chart that was given no tolerations is told where they belong', () => {
    const values = { extraArgs: [], daemonsets: { tolerations: [] } };
    const [verdict] = check(component([agent('driver', { tolerations: [] })], { values }), examplePool);
    expect(verdict?.fix).toContain(' to daemonsets.tolerations in the values');
  });

  test('a toleration without the effect NoExecute does not cover that effect', () => {
    const pool = {
      ...examplePool,
      taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoExecute' } as const],
    };
    expect(check(component([agent('driver')]), pool)).toHaveLength(1);
  });

  test('labels that an operator sets at run time are no clash, other labels are', () => {
    const on = (nodeSelector: AgentModel['nodeSelector']) =>
      check(component([agent('driver', { nodeSelector })]), examplePool);
    expect(
      on({ 'nvidia.com/gpu.deploy.driver': 'true', 'feature.node.kubernetes.io/pci-10de.present': 'true' }),
    ).toEqual([]);
    expect(on({ 'example.com/gpu': 'true' })).toMatchObject([
      { outcome: 'fail', fix: expect.stringContaining('example.com/gpu=true') },
    ]);
  });

  test('of an operator that was there before, a clash is only known to be declared', () => {
    expect(check(component([agent('driver')], { installed: true }))).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('an agent for a pool that is not there cannot be judged', () => {
    expect(check(component([agent('driver', { pools: ['a100'] })]))).toMatchObject([
      { outcome: 'unknown', where: 'example/east' },
    ]);
  });

  test('agents of the system pool are not asked to run on others', () => {
    expect(check(component([agent('operator', { runsOn: 'system', pools: [], tolerations: [] })]))).toEqual([]);
  });
});

describe('TAINT-015', () => {
  const systemPool: SystemPoolModel = {
    path: 'example/east/system',
    minNodes: 2,
    maxNodes: 4,
    capacity: { kind: 'onDemand' },
    node: { arch: 'amd64' },
    labels: { 'cdk8s-ai.dev/pool': 'system' },
    taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }],
  };
  const toleration = { key: 'CriticalAddonsOnly', operator: 'Exists' } as const;
  const check = (changes: Partial<ClusterModel>) => taint015.check(examplePlatform({ systemPool, ...changes }));
  const pod = (spec: JsonObject, kind = 'Deployment') =>
    exampleUnit({
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'web', namespace: 'vision' },
      spec: { template: { spec } },
    });

  test('one node is not enough', () => {
    expect(check({ systemPool: { ...systemPool, minNodes: 1 } })).toMatchObject([
      { where: 'example/east/system', fix: 'Set minNodes to 2.' },
    ]);
  });

  test('an operator that does not tolerate the taint of the system pool is reported', () => {
    const operator = (tolerations: AgentModel['tolerations']) => [
      component([agent('operator', { runsOn: 'system', pools: [], tolerations })]),
    ];
    expect(check({ components: operator([toleration]) })).toEqual([]);
    expect(check({ components: operator([]) })).toMatchObject([
      {
        outcome: 'fail',
        where: 'example/east/system',
        fix: expect.stringContaining('{ key: CriticalAddonsOnly, operator: Exists, effect: NoSchedule }'),
      },
    ]);
  });

  test('a pod without accelerators that no pool takes is reported where it is made', () => {
    expect(check({ units: [pod({ containers: [] })] })).toMatchObject([
      { outcome: 'fail', where: 'example/east/vision/web' },
    ]);
    expect(check({ units: [pod({ tolerations: [toleration], containers: [] })] })).toEqual([]);
  });

  test('a pod with accelerators and a DaemonSet need no place there', () => {
    expect(check({ units: [pod({ containers: [{ resources: { limits: { 'nvidia.com/gpu': 1 } } }] })] })).toEqual([]);
    expect(check({ units: [pod({ containers: [] }, 'DaemonSet')] })).toEqual([]);
  });

  test('a cluster that was there before may have other nodes for the pod', () => {
    const cloud = { id: 'existing', settings: {} } as const;
    expect(check({ cloud, units: [pod({ containers: [] })] })).toMatchObject([{ outcome: 'unknown' }]);
  });
});
