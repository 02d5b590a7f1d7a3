import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { AgentModel, ClusterModel, ComponentModel, JobModel, PoolModel } from '../../lib/model/platform-model.ts';
import { exampleJob, examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { fit001 } from '../../lib/policies/fit-001.ts';
import { fit002 } from '../../lib/policies/fit-002.ts';
import { fit003 } from '../../lib/policies/fit-003.ts';

const small: PoolModel = { ...examplePool, name: 'l4', path: 'example/east/l4', resources: { 'nvidia.com/gpu': 1 } };

function job(changes: Partial<JobModel>, perWorker: Partial<JobModel['perWorker']> = {}): JobModel {
  return { ...exampleJob, ...changes, perWorker: { ...exampleJob.perWorker, ...perWorker } };
}

describe('FIT-001', () => {
  const check = (gpus: number, pools: readonly PoolModel[], path = 'vision/probe') => {
    const spec = {
      tolerations: [{ operator: 'Exists' }],
      containers: [{ resources: { limits: { 'nvidia.com/gpu': gpus } } }],
    };
    const unit = exampleUnit({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace: 'vision' }, spec });
    const objects = unit.objects.map((object) => ({ ...object, path: `example/east/${path}` }));
    return fit001.check(examplePlatform({ pools, units: [{ ...unit, objects }] }));
  };

  test('a pod fits when any pool that would take it has nodes large enough', () => {
    expect(check(8, [small, examplePool])).toEqual([]);
    expect(check(8, [small])).toMatchObject([
      { outcome: 'fail', where: 'example/east/vision/probe', fix: expect.stringContaining('at most 1') },
    ]);
  });

  test('the pods of a job are judged once, at the job', () => {
    const unit = check(9, [examplePool], 'vision/pretrain/resnet/job');
    expect(unit).toEqual([]);
    const jobs = [job({ workers: 3 }, { devices: { 'nvidia.com/gpu': 16 } })];
    expect(fit001.check(examplePlatform({ jobs }))).toMatchObject([
      { where: 'example/east/vision/pretrain/resnet', fix: expect.stringContaining('6 workers with 8 each') },
    ]);
  });

  test('network interfaces count like accelerators', () => {
    const pools = [{ ...examplePool, resources: { 'nvidia.com/gpu': 8, 'vpc.amazonaws.com/efa': 4 } }];
    const jobs = [job({}, { devices: { 'nvidia.com/gpu': 8, 'vpc.amazonaws.com/efa': 32 } })];
    expect(fit001.check(examplePlatform({ pools, jobs }))).toMatchObject([
      { what: expect.stringContaining('32 vpc.amazonaws.com/efa') },
    ]);
  });
});

describe('FIT-002', () => {
  const agent: AgentModel = {
    name: 'dcgm',
    component: 'gpu-operator',
    namespace: 'gpu-operator',
    runsOn: 'pools',
    pools: ['h100'],
    tolerations: [],
    nodeSelector: {},
    requests: { cpuMillis: 1000, memoryMiB: 1000 },
  };
  const component = (agents: readonly AgentModel[]): ComponentModel => ({
    id: 'gpu-operator',
    namespace: 'gpu-operator',
    version: '1.0.0',
    installed: false,
    neededBy: [],
    values: {},
    agents,
  });
  const check = (one: JobModel, cluster: Partial<ClusterModel> = {}) =>
    fit002.check(examplePlatform({ jobs: [one], ...cluster }));

  test('the bottleneck is named with what a node takes, and the nodes that would be needed', () => {
    expect(check(job({ workers: 20 }, { devices: { 'nvidia.com/gpu': 4 } }))).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/vision/pretrain/resnet',
        what:
          "the 20 workers of job 'resnet' do not fit into pool 'h100': nvidia.com/gpu lets 2 onto a node " +
          '(4 each, 8 free), so 8 nodes take 16',
        fix: "Raise maxNodes of 'h100' to 10, or lower the job to 16 workers.",
      },
    ]);
  });

  test('a gang that fills the pool to the last device fits', () => {
    expect(check(job({ workers: 8 }))).toEqual([]);
    expect(check(job({ workers: 9 }))).toHaveLength(1);
  });

  test('what agents and DaemonSets ask for on each node is not free for workers', () => {
    const full = job({ workers: 16 }, { cpuMillis: 95_000, devices: { 'nvidia.com/gpu': 4 } });
    const daemon = (tolerations: readonly JsonObject[]) =>
      exampleUnit({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'logs', namespace: 'monitoring' },
        spec: { template: { spec: { tolerations, containers: [{ resources: { requests: { cpu: '1m' } } }] } } },
      });
    expect(check(full)).toEqual([]);
    expect(check(full, { components: [component([agent])] })).toMatchObject([
      { what: expect.stringContaining('cpu lets 1 onto a node') },
    ]);
    expect(check(full, { components: [component([{ ...agent, pools: ['l4'] }])] })).toEqual([]);
    expect(check(full, { units: [daemon([{ operator: 'Exists' }])] })).toHaveLength(1);
    expect(check(full, { units: [daemon([])] })).toEqual([]);
  });

  test('without the size of a node only devices can be judged', () => {
    const { allocatable, ...unsized } = examplePool;
    expect(allocatable).toBeDefined();
    expect(check(job({ workers: 8 }), { pools: [unsized] })).toMatchObject([
      { outcome: 'unknown', fix: expect.stringContaining('p5.48xlarge') },
    ]);
    expect(check(job({ workers: 9 }), { pools: [unsized] })).toMatchObject([{ outcome: 'fail' }]);
    expect(check(job({ workers: 8 }, { cpuMillis: 0, memoryMiB: 0 }), { pools: [unsized] })).toEqual([]);
  });

  test('a worker larger than a node is told what a node has left', () => {
    expect(check(job({}, { memoryMiB: 2_000_001 }))).toMatchObject([
      { fix: 'Ask for at most 2000000Mi memory per worker.' },
    ]);
    expect(check(job({}, { devices: { 'nvidia.com/mig-1g.10gb': 1 } }))).toMatchObject([
      { fix: "Ask for a resource that 'h100' has: nvidia.com/gpu." },
    ]);
  });

  test('too many devices for one node is reported by FIT-001 alone, and a pool that is not there is unknown', () => {
    expect(check(job({}, { devices: { 'nvidia.com/gpu': 16 } }))).toEqual([]);
    expect(check(job({ pool: 'a100' }))).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('FIT-003', () => {
  const check = (spec: JsonObject) => {
    const object = {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      metadata: { name: 'resnet', namespace: 'vision' },
      spec,
    };
    return fit003.check(examplePlatform({ units: [exampleUnit(object)] }));
  };

  test('minAvailable of the job counts the replicas of all tasks', () => {
    const tasks = [
      { name: 'master', replicas: 1 },
      { name: 'worker', replicas: 8 },
    ];
    expect(check({ minAvailable: 9, tasks })).toEqual([]);
    expect(check({ minAvailable: 10, tasks })).toMatchObject([
      { outcome: 'fail', fix: 'Set minAvailable to 9 at most.' },
    ]);
    expect(check({ tasks })).toEqual([]);
  });

  test('minAvailable of a task counts its own replicas', () => {
    const tasks = [
      { name: 'worker', replicas: 2, minAvailable: 3 },
      { name: 'other', replicas: 2 },
    ];
    expect(check({ tasks })).toMatchObject([
      { what: "task 'worker' of Job 'resnet' has minAvailable 3 with 2 replicas" },
    ]);
  });

  test('partitions multiply to the replicas, and their least number to minAvailable', () => {
    const task = (minAvailable: number, replicas = 8) => ({
      name: 'worker',
      replicas,
      minAvailable,
      partitionPolicy: { totalPartitions: 4, partitionSize: 2, minPartitions: 2 },
    });
    expect(check({ tasks: [task(4)] })).toEqual([]);
    expect(check({ tasks: [task(4, 9)] })).toMatchObject([{ fix: 'Set replicas to 8.' }]);
    expect(check({ tasks: [task(5)] })).toMatchObject([{ fix: 'Set minAvailable of the task to 4, or leave it out.' }]);
  });

  test('a job without tasks, and a job model below one worker, are reported', () => {
    expect(check({ tasks: [] })).toHaveLength(1);
    expect(fit003.check(examplePlatform({ jobs: [job({ minWorkers: 0 })] }))).toHaveLength(1);
  });

  test("Kubernetes' own Job has no such fields", () => {
    const object = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'one', namespace: 'vision' }, spec: {} };
    expect(fit003.check(examplePlatform({ units: [exampleUnit(object)] }))).toEqual([]);
  });
});
