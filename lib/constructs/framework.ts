import type { JsonObject } from '../model/json.ts';

/** How the processes of a worker are started and find those of the other workers. */
export interface Framework {
  readonly kind: 'pytorch' | 'plain';
  /** Port of the first worker at which the others meet it. */
  readonly port: number;
}

/** The frameworks whose launch is known. */
export const Framework = {
  /** PyTorch: `torchrun` finds its settings in the environment, so the command needs no arguments. */
  pytorch: (options: { readonly port?: number } = {}): Framework => ({ kind: 'pytorch', port: options.port ?? 29500 }),
  /** Anything else: the workers get their rank, their number and the first worker's address. */
  plain: (options: { readonly port?: number } = {}): Framework => ({ kind: 'plain', port: options.port ?? 29500 }),
} as const;

/**
 * The environment that tells a worker who it is. `torchrun` reads every option also from a variable `PET_<OPTION>`.
 *
 * @see https://pytorch.org/docs/stable/elastic/run.html
 */
export function launchEnvironment(
  framework: Framework,
  gang: {
    readonly workers: number;
    readonly gpusPerWorker: number;
    readonly rank: { readonly fieldPath: string };
    readonly firstWorker: string;
  },
): readonly JsonObject[] {
  const [prefix, names] =
    framework.kind === 'pytorch'
      ? [
          'PET_',
          { rank: 'NODE_RANK', workers: 'NNODES', gpus: 'NPROC_PER_NODE', address: 'MASTER_ADDR', port: 'MASTER_PORT' },
        ]
      : [
          '',
          {
            rank: 'WORKER_RANK',
            workers: 'WORKER_COUNT',
            gpus: 'GPUS_PER_WORKER',
            address: 'MASTER_ADDR',
            port: 'MASTER_PORT',
          },
        ];
  return [
    { name: `${prefix}${names.rank}`, valueFrom: { fieldRef: { fieldPath: gang.rank.fieldPath } } },
    { name: `${prefix}${names.workers}`, value: String(gang.workers) },
    { name: `${prefix}${names.gpus}`, value: String(gang.gpusPerWorker) },
    { name: `${prefix}${names.address}`, value: gang.firstWorker },
    { name: `${prefix}${names.port}`, value: String(framework.port) },
  ];
}
