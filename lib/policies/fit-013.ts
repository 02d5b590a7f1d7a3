import { fabricDevices } from '../model/fabric.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { counted } from './capacity.ts';
import { type Engine, enginesOf } from './engines.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { exampleServiceUnit } from './inference-services.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const fit013: Policy = {
  id: 'FIT-013',
  title:
    'An engine divides its model among as many GPUs as its pods ask for, and each layer among GPUs that NVLink joins, unless the pods use a fabric.',
  why: 'With fewer GPUs the engine does not start; with more, the rest of them stands idle and counts against the quota. All GPUs of a layer exchange its results for every token, which over PCIe or TCP takes longer than computing them.',
  source: 'https://docs.vllm.ai/en/stable/serving/parallelism_scaling/',
  severity: 'error',
  check: perCluster((cluster) =>
    enginesOf(cluster).flatMap((engine) =>
      'outcome' in engine ? [engine] : [...judgeGpus(engine), ...judgeTensor(engine, cluster.pools)],
    ),
  ),
  examples: {
    passing: () => withEngine(['--tensor-parallel-size=4']),
    failing: () => withEngine(['--tensor-parallel-size=2']),
  },
};

function withEngine(args: readonly string[]) {
  const resources = { limits: { 'nvidia.com/gpu': 4 } };
  return examplePlatform({
    pools: [{ ...examplePool, accelerator: { ...examplePool.accelerator, nvlink: 8 } }],
    units: [
      exampleServiceUnit('Standard', {
        tolerations: [{ operator: 'Exists' }],
        model: { modelFormat: { name: 'vLLM' }, args, resources },
      }),
    ],
  });
}

function judgeGpus({ path, title, sizes, gpus }: Engine): readonly Verdict[] {
  const used = sizes.reduce((product, { size }) => product * size, 1);
  if (used === gpus) return [];
  const terms = sizes.map(({ name, size }) => `${name} ${size}`).join(', ') || 'nothing divides the model';
  return [
    fail(
      path,
      `the engine of ${title} uses ${counted(used, 'GPU')} (${terms}), and asks for ${gpus}`,
      `Divide the model by ${gpus}, best with a tensor parallel size, or ask for ${counted(used, 'GPU')}.`,
    ),
  ];
}

function judgeTensor(engine: Engine, pools: readonly PoolModel[]): readonly Verdict[] {
  if (engine.tensor === 1) return [];
  return pools
    .filter((pool) => outcomeOf(landsOn(engine.placement, pool)) !== 'no')
    .filter((pool) => !usesFabric(engine, pool))
    .flatMap((pool) => {
      const { path, title, tensor, pods, perPod } = engine;
      const joined = joinedOn(pool);
      // Pods reach each other over the network, whatever their nodes have inside.
      const most = pods === 1 ? joined : Math.min(joined ?? perPod, perPod);
      if (most !== undefined && tensor <= most) return [];
      const what = `the engine of ${title} divides each layer among ${tensor} GPUs`;
      if (most === undefined) {
        return [unknown(path, `${what}; how many NVLink joins on pool '${pool.name}' is not known`, 'Check it there.')];
      }
      const reach = most === 1 ? 'joins none' : `joins ${most}`;
      return [
        fail(
          path,
          `${what}, and NVLink ${reach} of one pod on pool '${pool.name}'`,
          `Set the tensor parallel size to ${most} and the pipeline parallel size to ${Math.ceil(tensor / most)}, or ask for the interfaces of a fabric.`,
        ),
      ];
    });
}

/** GPUs of a node that reach each other over NVLink; those that are divided among pods do not. */
function joinedOn({ accelerator, sharing }: PoolModel): number | undefined {
  return sharing === undefined ? accelerator.nvlink : 1;
}

function usesFabric({ placement, claims }: Engine, { fabric }: PoolModel): boolean {
  if (fabric.claimed === true) return claims;
  return Object.keys(fabricDevices(fabric)).some((name) => (placement.devices[name] ?? 0) > 0);
}
