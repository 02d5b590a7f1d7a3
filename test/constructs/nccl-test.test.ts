import { execFileSync } from 'node:child_process';
import {
  AiCluster,
  existing,
  NcclTest,
  type NcclTestProps,
  Platform,
  Rdma,
  Scheduler,
  Tenant,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

function fabricTest(props: Partial<NcclTestProps> = {}) {
  const platform = new Platform({ name: 'lab' });
  const cluster = new AiCluster(platform, 'hall', { cloud: existing(), kubernetesVersion: '1.35' });
  const pool = cluster.addGpuNodePool('dgx', {
    instanceType: 'dgx-h100',
    minNodes: 4,
    labels: { rack: 'a' },
    taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }],
    fabric: 'required',
    rdma: Rdma.shared({ lockedMemory: 'unlimited' }),
  });
  const vision = new Tenant(cluster, 'vision', { quota: [pool.gpus(32)] });
  const { job } = new NcclTest(new TrainingQueue(vision, 'train', { scheduler: Scheduler.volcano() }), 'fabric', {
    pool,
    ...props,
  });
  const unit = platform.model().clusters[0]?.units.find(({ kind }) => kind === 'job');
  const [template] = (unit?.objects ?? []).flatMap(({ manifest }) => podTemplatesOf(manifest));
  return { platform, job, unit, worker: at(template?.spec, 'containers', 0) };
}

describe('a test of the fabric', () => {
  test('is a job on whole nodes that gets of the fabric what any other job gets, and runs once', () => {
    const { platform, job, unit, worker } = fabricTest();
    expect(job).toMatchObject({ workers: 2, perWorker: { devices: { 'nvidia.com/gpu': 8, 'rdma/dgx': 1 } } });
    expect(unit).toMatchObject({ runOnce: true });
    expect(objectsIn(at(worker, 'env'))).toContainEqual({ name: 'NCCL_NET', value: 'IB' });
    expect(platform.check().findings).toEqual([]);
  });

  test('fails below the bandwidth that is asked for, and is not tried again', () => {
    const { unit, worker } = fabricTest({ minGBs: 320 });
    expect(objectsIn(at(worker, 'env'))).toContainEqual({ name: 'MIN_GB_PER_SECOND', value: '320' });
    // Volcano fails a job with maxRetry 1 at its first failure, and reads 0 as 3.
    expect(unit?.objects[0]?.manifest['spec']).toMatchObject({ maxRetry: 1 });
  });

  test('takes as many nodes as it is told, and another image', () => {
    const { job, worker } = fabricTest({ nodes: 4, image: 'registry.example.com/torch:1' });
    expect(job.workers).toBe(4);
    expect(at(worker, 'image')).toBe('registry.example.com/torch:1');
  });
});

const python = (() => {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
})();

/** As much of PyTorch as the script uses; a sum over one process leaves the data as it is. */
const TORCH = `
import sys, types
class Data:
    def __eq__(self, other): return self
torch, dist = types.ModuleType('torch'), types.ModuleType('torch.distributed')
torch.cuda = types.SimpleNamespace(set_device=int, synchronize=lambda: None)
torch.ones = lambda size, device: Data()
torch.all = lambda data: True
dist.init_process_group = lambda backend: None
dist.get_world_size, dist.get_rank = lambda: 16, lambda: 0
dist.all_reduce = lambda data, op: None
dist.ReduceOp = types.SimpleNamespace(AVG=0)
dist.destroy_process_group = lambda: None
torch.distributed = dist
sys.modules.update({'torch': torch, 'torch.distributed': dist})
`;

describe.skipIf(python === undefined)('the script of the test', () => {
  const script = String(at(fabricTest().worker, 'command', 4));
  const run = (least: string) =>
    execFileSync('python3', ['-c', `${TORCH}\n${script}`], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, LOCAL_RANK: '0', MIN_GB_PER_SECOND: least },
    });

  test('prints a bandwidth for each size', () => {
    expect(run('0').match(/^\d+ MiB over 16 GPUs: [\d.]+ GB\/s$/gm)).toHaveLength(4);
  });

  test('ends with an error below the least bandwidth', () => {
    expect(() => run('1e12')).toThrow(/is less than/);
  });
});
