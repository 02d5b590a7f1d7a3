import type { Duration } from 'cdk8s';
import { CHECKPOINT_INTERVAL } from '../model/conventions.ts';
import { PlatformError } from '../model/errors.ts';
import { IMAGES } from '../model/images.ts';
import type { JsonObject } from '../model/json.ts';
import { SharedDataset } from './shared-dataset.ts';

/** Where and how often a job saves its progress. */
export interface Checkpoint {
  /** Time between two checkpoints: what is lost at most. */
  readonly every: Duration;
  /** Longest time that writing one takes; pods get as long to finish when they are stopped. @default 2 minutes */
  readonly flush?: Duration;
  /**
   * Dataset, or name of a PersistentVolumeClaim of the tenant's namespace, that every worker mounts.
   *
   * @default - the image knows where to write
   */
  readonly claim?: SharedDataset | string;
  /** Folder at which the claim is mounted. @default '/checkpoints' */
  readonly mountPath?: string;
}

/** The files of a job: what its pods mount, and how its programs find it. */
export interface JobFiles {
  readonly volumes: readonly JsonObject[];
  /** What the workers mount. */
  readonly mounts: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[];
  readonly env: Readonly<Record<string, string>>;
  /** Construct paths of the datasets among them, sorted. */
  readonly datasets: readonly string[];
}

/** @throws PlatformError JOB-004 for a dataset of another namespace */
export function jobFiles(
  job: { readonly path: string; readonly namespace: string },
  { dataset, checkpoint }: { readonly dataset?: SharedDataset; readonly checkpoint?: Checkpoint },
): JobFiles {
  const saved = checkpoint?.claim;
  const used = [dataset, saved].filter((one) => one instanceof SharedDataset);
  for (const one of used) checkNamespace(job, one);
  const data = dataset === undefined ? undefined : `/data/${dataset.dataset.name}`;
  const checkpoints = checkpoint?.mountPath ?? '/checkpoints';
  return {
    volumes: [
      ...(dataset === undefined ? [] : [volume('dataset', dataset.dataset.name)]),
      ...(saved === undefined ? [] : [volume('checkpoints', typeof saved === 'string' ? saved : saved.dataset.name)]),
    ],
    mounts: [
      ...(data === undefined ? [] : [{ ...mount('dataset', data), readOnly: true }]),
      ...(saved === undefined ? [] : [mount('checkpoints', checkpoints)]),
    ],
    initContainers: data === undefined || dataset?.warmUp !== true ? [] : [warmUp(data)],
    env: {
      ...(data === undefined ? {} : { DATASET_DIR: data }),
      ...(checkpoint === undefined ? {} : { [CHECKPOINT_INTERVAL]: String(checkpoint.every.toSeconds()) }),
      ...(saved === undefined ? {} : { CHECKPOINT_DIR: checkpoints }),
    },
    datasets: [...new Set(used.map((one) => one.dataset.path))].sort(),
  };
}

function checkNamespace(job: { readonly path: string; readonly namespace: string }, { dataset }: SharedDataset): void {
  if (dataset.namespace === job.namespace) return;
  throw new PlatformError(
    'JOB-004',
    job.path,
    `the job runs in namespace '${job.namespace}', and dataset '${dataset.name}' is in '${dataset.namespace}'`,
    'Make the dataset a second time, for the tenant of the job, with the folder of the first.',
  );
}

function volume(name: string, claimName: string): JsonObject {
  return { name, persistentVolumeClaim: { claimName } };
}

/** A file system that was mounted anew comes back in pods that run already. */
function mount(name: string, mountPath: string): JsonObject {
  return { name, mountPath, mountPropagation: 'HostToContainer' };
}

/**
 * Fills the cache of the node on which the worker will run. The client asks the node's mount pod by a file of the mount, for
 * which it needs to write there, and no rights beside.
 */
function warmUp(path: string): JsonObject {
  const amounts = { cpu: '100m', memory: '256Mi' };
  return {
    name: 'warm-up',
    image: IMAGES.juicefs,
    command: ['juicefs', 'warmup', path],
    resources: { requests: amounts, limits: amounts },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [mount('dataset', path)],
  };
}
