import { IMAGES } from '../model/images.ts';
import type { JsonObject } from '../model/json.ts';
import type { Value } from '../model/value.ts';

/** What serves a model: a program in an image, and how it is spoken to. Made by `Runtime.triton()` and the like. */
export interface Runtime {
  readonly kind: 'triton' | 'vllm' | 'custom';
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, Value<string>>>;
  /** Port at which it answers HTTP. */
  readonly port: number;
  /** Paths that answer once it is alive, and once it can serve. */
  readonly health: { readonly live: string; readonly ready: string };
  /** Where Prometheus reads its metrics; absent when it is not known to have any. */
  readonly metrics?: { readonly port: number; readonly path: string };
  /** How vLLM divides a model among GPUs; absent for what is left to it. */
  readonly tensorParallel?: number;
  readonly pipelineParallel?: number;
}

/** Settings of Triton. */
export interface TritonOptions {
  /** @default - the release that this library was written for */
  readonly image?: string;
  /** Further arguments of `tritonserver`. @default - none */
  readonly args?: readonly string[];
}

/** Settings of vLLM. */
export interface VllmOptions {
  /** @default - the release that this library was written for */
  readonly image?: string;
  /**
   * GPUs among which each layer is divided.
   *
   * @default - those of a replica that NVLink joins; with `pipelineParallel`, those of a replica divided by it
   * @throws FIT-013 when more than NVLink joins, or when it does not go with the GPUs of a replica
   */
  readonly tensorParallel?: number;
  /** Groups of layers that run one after another. @default - the GPUs of a replica divided by `tensorParallel` */
  readonly pipelineParallel?: number;
  /** Further engine arguments, such as `--max-model-len=8192`. @default - none */
  readonly args?: readonly string[];
}

/** Settings of an image of your own. Its root file system is read-only, `/tmp` can be written. */
export interface CustomOptions {
  readonly image: string;
  /** @default - the image's own */
  readonly command?: readonly string[];
  /** @default - none */
  readonly args?: readonly string[];
  /** @default - none */
  readonly env?: Readonly<Record<string, Value<string>>>;
  /** Port at which it answers HTTP. @default 8080 */
  readonly port?: number;
  /** Path that answers once it can serve; a failure takes the replica out of service. @default '/' */
  readonly readyPath?: string;
  /** Path that answers while it is alive; a failure restarts it. @default - as `readyPath` */
  readonly livePath?: string;
}

/** Port that KServe expects a server at. */
const PORT = 8080;

/** The servers that are known, and one for any image. Models are in `/mnt/models` for all of them. */
export const Runtime = {
  /** NVIDIA Triton: many frameworks, from a model repository in Triton's own layout. */
  triton: ({ image = IMAGES.triton, args = [] }: TritonOptions = {}): Runtime => ({
    kind: 'triton',
    image,
    args,
    env: {},
    port: PORT,
    health: { live: '/v2/health/live', ready: '/v2/health/ready' },
    metrics: { port: 8002, path: '/metrics' },
  }),
  /** vLLM: large language models behind an OpenAI-compatible API. */
  vllm: ({ image = IMAGES.vllm, tensorParallel, pipelineParallel, args = [] }: VllmOptions = {}): Runtime => ({
    kind: 'vllm',
    image,
    args,
    env: {},
    port: PORT,
    health: { live: '/health', ready: '/health' },
    metrics: { port: PORT, path: '/metrics' },
    ...(tensorParallel === undefined ? {} : { tensorParallel }),
    ...(pipelineParallel === undefined ? {} : { pipelineParallel }),
  }),
  /** An image of your own that speaks HTTP. */
  custom: ({
    image,
    command,
    args = [],
    env = {},
    port = PORT,
    readyPath = '/',
    livePath,
  }: CustomOptions): Runtime => ({
    kind: 'custom',
    image,
    ...(command === undefined ? {} : { command }),
    args,
    env,
    port,
    health: { live: livePath ?? readyPath, ready: readyPath },
  }),
} as const;

/** Restricted, as the namespace of a tenant demands. */
export const CONTAINER_SECURITY: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};

/** What a server may write to: `/tmp`, and memory that its processes share. */
export const WRITABLE_MOUNTS: readonly JsonObject[] = [
  { name: 'tmp', mountPath: '/tmp' },
  { name: 'shared-memory', mountPath: '/dev/shm' },
];

/** What the ServingRuntime of a server says beside the image: how KServe starts it. */
export const SERVERS: Readonly<Record<'triton' | 'vllm', { readonly format: string; readonly container: JsonObject }>> =
  {
    triton: {
      format: 'triton',
      container: {
        args: ['tritonserver', '--model-repository=/mnt/models', `--http-port=${PORT}`, '--allow-grpc=false'],
      },
    },
    vllm: {
      format: 'vLLM',
      container: {
        command: ['python3', '-m', 'vllm.entrypoints.openai.api_server'],
        args: [`--port=${PORT}`, '--model=/mnt/models', '--served-model-name={{.Name}}'],
        // Caches go where it may write, and Python looks up a name for the user, who is in no file of the image.
        env: [
          { name: 'HOME', value: '/tmp' },
          { name: 'USER', value: 'vllm' },
        ],
      },
    },
  };
