import { IMAGES } from '../model/images.ts';
import { Framework } from './framework.ts';
import type { IGpuNodePool } from './gpu-node-pool.ts';
import type { Tenant } from './tenant.ts';
import { TrainingJob } from './training-job.ts';
import type { TrainingQueue } from './training-queue.ts';

/** Settings of a test of the fabric. */
export interface NcclTestProps {
  /** The pool whose fabric is tested. */
  readonly pool: IGpuNodePool;
  /** Nodes that take part, each with all of its GPUs. @default 2 */
  readonly nodes?: number;
  /**
   * Bus bandwidth in GB/s below which the test fails, such as 80 of every 100 that the interfaces of a node have together.
   *
   * @default - the test only prints what it has measured
   */
  readonly minGBs?: number;
  /**
   * Image with PyTorch and what NCCL needs for the fabric: on Elastic Fabric Adapters the plugin aws-ofi-nccl, on eRDMA the
   * libraries of Alibaba Cloud's repository (`ibverbs-providers`).
   *
   * @default - the release 25.06 of NVIDIA's image
   */
  readonly image?: string;
  /** User id of the processes. @default 1000 */
  readonly runAsUser?: number;
  /** The tenant whose namespace the test runs in. @default - the queue's */
  readonly tenant?: Tenant;
}

/**
 * An all-reduce over whole nodes of a pool, with everything that its jobs get of the fabric: it tells before the first long
 * job whether they reach each other, and how fast.
 */
export class NcclTest extends TrainingJob {
  /** @throws PlatformError as a TrainingJob does */
  constructor(queue: TrainingQueue, id: string, props: NcclTestProps) {
    const { pool, nodes = 2, minGBs = 0, image = IMAGES.pytorch, runAsUser, tenant } = props;
    super(queue, id, {
      framework: Framework.pytorch(),
      pool,
      workers: nodes,
      gpusPerWorker: pool.pool.accelerator.perNode,
      image,
      command: ['torchrun', '--no-python', 'python3', '-c', SCRIPT],
      env: { MIN_GB_PER_SECOND: String(minGBs), NCCL_DEBUG: 'INFO', NCCL_DEBUG_SUBSYS: 'INIT,NET' },
      // A fabric that does not work today will not work at the next try.
      maxRetries: 0,
      ...(runAsUser === undefined ? {} : { runAsUser }),
      ...(tenant === undefined ? {} : { tenant }),
    });
  }
}

/** Averages leave the ones as they are, so a wrong sum is seen; the factor makes figures comparable for any number of GPUs. */
const SCRIPT = `import os, sys, time
import torch, torch.distributed as dist

dist.init_process_group('nccl')
torch.cuda.set_device(int(os.environ['LOCAL_RANK']))
world, bus = dist.get_world_size(), 0.0
for mib in (1, 16, 256, 1024):
    data = torch.ones(mib * 2**18, device='cuda')
    for step in range(25):
        if step == 5:
            torch.cuda.synchronize()
            start = time.perf_counter()
        dist.all_reduce(data, op=dist.ReduceOp.AVG)
    torch.cuda.synchronize()
    seconds = (time.perf_counter() - start) / 20
    bus = 2 * (world - 1) / world * mib * 2**20 / seconds / 1e9
    if dist.get_rank() == 0:
        print(f'{mib} MiB over {world} GPUs: {bus:.1f} GB/s', flush=True)
    if not torch.all(data == 1):
        sys.exit('the all-reduce gave a wrong result')
least = float(os.environ['MIN_GB_PER_SECOND'])
if bus < least:
    sys.exit(f'{bus:.1f} GB/s is less than {least:.1f}')
dist.destroy_process_group()
`;
