import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { SHARED_GPU } from '../model/sharing.ts';
import { llmWorkloads } from './llm-services.ts';
import { objectsOfKind } from './objects.ts';
import { type ClusterPod, type Placement, placementOf, podsOf, podsWithDevices } from './pods.ts';
import { unknown, type Verdict } from './policy.ts';

// Engines that divide one model among several GPUs: in one pod, or in a group of pods that work together.

/** One engine: how it divides the model, and the GPUs that its pods ask for. */
export interface Engine {
  /** Construct path of the object. */
  readonly path: string;
  readonly title: string;
  /** Pods that work together on each request. */
  readonly pods: number;
  /** GPUs of the first pod, which has as many as any other. */
  readonly perPod: number;
  /** GPUs of all its pods. */
  readonly gpus: number;
  /** What multiplies the GPUs that it uses, by the name that the user has for it; a size of 1 is left out. */
  readonly sizes: readonly Size[];
  /** GPUs among which each layer is divided. */
  readonly tensor: number;
  /** Where its pods may run. */
  readonly placement: Placement;
  readonly claims: boolean;
}

interface Size {
  readonly name: string;
  readonly size: number;
}

/** Every engine of the cluster, or why it cannot be read. Those without GPUs are left out. */
export function enginesOf(cluster: ClusterModel): readonly (Engine | Verdict)[] {
  return [
    ...podsWithDevices(cluster)
      .filter((pod) => !hasWorkers(pod))
      .flatMap(inPod),
    ...podsOf(cluster)
      .filter(hasWorkers)
      .map((pod) => onNodes(pod, cluster)),
    ...llmEngines(cluster),
  ].filter((engine) => !('gpus' in engine) || engine.gpus > 0);
}

function hasWorkers({ template }: ClusterPod): boolean {
  return template.spec['workerSpec'] !== undefined;
}

/** What divides the model of one engine, by the names that vLLM has for it. */
const TENSOR = ['--tensor-parallel-size', '-tp'] as const;
const PIPELINE = ['--pipeline-parallel-size', '-pp'] as const;
const DATA_LOCAL = ['--data-parallel-size-local', '-dpl'] as const;

/** The engines of vLLM in the containers of one pod. */
function inPod(pod: ClusterPod): readonly (Engine | Verdict)[] {
  const { path, title, claims } = pod;
  return pod.template.containers.filter(isVllm).flatMap((container): readonly (Engine | Verdict)[] => {
    const gpus = gpusOf(container);
    if (gpus === 0) return [];
    const words = wordsOf(container);
    const sizes = [TENSOR, PIPELINE, DATA_LOCAL].map((names) => ({ name: names[0], size: sizeIn(words, names) }));
    const unread = sizes.find(({ size }) => size === undefined);
    if (unread !== undefined) return [unreadable(path, title, unread.name)];
    const tensor = sizeIn(words, TENSOR) ?? 1;
    return [{ path, title, pods: 1, perPod: gpus, gpus, sizes: written(sizes), tensor, placement: pod, claims }];
  });
}

function unreadable(path: string, title: string, name: string): Verdict {
  return unknown(path, `which ${name} the engine of ${title} has is not known`, 'Write it as a whole number.');
}

/**
 * An InferenceService on several nodes: KServe counts the nodes from the sizes and from the GPUs of a worker, and gives the
 * pods that say nothing the GPUs that are left.
 *
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/controller/v1beta1/inferenceservice/components/predictor.go
 */
function onNodes(pod: ClusterPod, cluster: ClusterModel): Engine | Verdict {
  const { path, title, claims } = pod;
  const [head = {}] = objectsIn(pod.template.spec['containers']);
  const runtime = runtimeNamed(head['runtime'], pod.namespace, cluster);
  const own = pod.template.spec['workerSpec'];
  const size = (name: string) => {
    const value = at(own, name) ?? at(runtime, 'workerSpec', name) ?? (runtime === undefined ? undefined : 1);
    return typeof value === 'number' && value > 0 ? value : undefined;
  };
  const [tensor, pipeline] = [size('tensorParallelSize'), size('pipelineParallelSize')];
  if (tensor === undefined) return unreadable(path, title, 'workerSpec.tensorParallelSize');
  if (pipeline === undefined) return unreadable(path, title, 'workerSpec.pipelineParallelSize');
  const gpusIn = (part: Json | undefined, standing: Json | undefined) => {
    const [container] = objectsIn(at(part, 'containers'));
    const [other] = objectsIn(at(standing, 'containers'));
    return gpusOf(container ?? {}) || gpusOf(other ?? {});
  };
  const { inHead, inWorker, workers } = nodesOf(
    tensor * pipeline,
    gpusIn(pod.template.spec, runtime),
    gpusIn(own, at(runtime, 'workerSpec')),
  );
  return {
    path,
    title,
    pods: workers + 1,
    perPod: workers === 0 ? inHead : Math.max(inHead, inWorker),
    gpus: inHead + inWorker * workers,
    sizes: written([
      { name: 'tensorParallelSize', size: tensor },
      { name: 'pipelineParallelSize', size: pipeline },
    ]),
    tensor,
    placement: pod,
    claims,
  };
}

/** How KServe places so many GPUs, given those that the first pod and each of the others ask for; 0 where they say nothing. */
function nodesOf(total: number, head: number, worker: number) {
  // One node has room for all of them.
  if (worker > 0 && Math.max(head, worker) >= total) return { inHead: total, inWorker: 0, workers: 0 };
  if (worker === 0) return { inHead: head || 1, inWorker: 1, workers: Math.max(0, total - (head || 1)) };
  const workers = Math.ceil(total / worker) - 1;
  return { inHead: head || total - worker * workers, inWorker: worker, workers };
}

function runtimeNamed(name: Json | undefined, namespace: string, cluster: ClusterModel): Json | undefined {
  const named = [
    ...objectsOfKind(cluster, 'serving.kserve.io', 'ServingRuntime'),
    ...objectsOfKind(cluster, 'serving.kserve.io', 'ClusterServingRuntime'),
  ].find(({ manifest: { kind, metadata } }) => {
    const isNear = kind === 'ClusterServingRuntime' || (metadata.namespace ?? 'default') === namespace;
    return isNear && metadata.name === name;
  });
  return named?.manifest['spec'];
}

/**
 * LLMInferenceServices: without workers one pod has all GPUs, else each pod has those of its stage of the pipeline or of
 * its replicas of the model.
 *
 * @see https://github.com/kserve/kserve/blob/v0.20.0/config/llmisvcconfig/config-llm-worker-data-parallel.yaml
 */
function llmEngines(cluster: ClusterModel): readonly (Engine | Verdict)[] {
  return llmWorkloads(cluster).flatMap(({ path, title, manifest, spec }): readonly (Engine | Verdict)[] => {
    const worker = at(spec, 'worker');
    const template = at(spec, 'template') ?? worker;
    const main = mainOf(template);
    const perPod = gpusOf(main);
    const parallelism = at(spec, 'parallelism');
    if (perPod === 0) {
      // Nothing is divided, or a configuration that stands elsewhere says among how many.
      if (parallelism === undefined || at(manifest['spec'], 'baseRefs') === undefined) return [];
      return [
        unknown(
          path,
          `how many GPUs a pod of ${title} has is not known`,
          'Set them in the container main of its template.',
        ),
      ];
    }
    const words = wordsOf(main);
    const size = (member: string, names: readonly string[] = []) => {
      const value = at(parallelism, member);
      return sizeIn(words, names, typeof value === 'number' && value > 0 ? value : 1);
    };
    const [tensor, pipeline, dataLocal] = [
      size('tensor', TENSOR),
      size('pipeline', PIPELINE),
      size('dataLocal', DATA_LOCAL),
    ];
    if (tensor === undefined || pipeline === undefined || dataLocal === undefined)
      return [unreadable(path, title, 'parallelism')];
    const groups = Math.max(1, Math.floor((size('data') ?? 1) / dataLocal));
    const pods = worker === undefined ? 1 : Math.max(pipeline, groups);
    return [
      {
        path,
        title,
        pods,
        perPod,
        gpus: perPod + (pods - 1) * gpusOf(mainOf(worker)),
        sizes: written([
          { name: 'tensor', size: tensor },
          { name: 'pipeline', size: pipeline },
          { name: 'dataLocal', size: dataLocal },
          { name: 'data / dataLocal', size: worker === undefined ? 1 : groups },
        ]),
        tensor,
        placement: placementOf(isJsonObject(template) ? template : {}),
        claims: objectsIn(at(template, 'resourceClaims')).length > 0,
      },
    ];
  });
}

function mainOf(template: Json | undefined): JsonObject {
  return objectsIn(at(template, 'containers')).find(({ name }) => name === 'main') ?? {};
}

function isVllm(container: JsonObject): boolean {
  const format = at(container, 'modelFormat', 'name');
  const image = String(container['image'] ?? '');
  return format === 'vLLM' || /(^|\/)vllm-openai(:|@|$)/.test(image);
}

/** The words of its command line, and those that KServe's own command adds from the environment. */
function wordsOf(container: JsonObject): readonly string[] {
  const more = objectsIn(container['env']).find(({ name }) => name === 'VLLM_ADDITIONAL_ARGS')?.['value'];
  const lists = [container['command'], typeof more === 'string' ? more.split(/\s+/) : [], container['args']];
  return lists.flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
}

/** The last one counts; `absent` when there is none, nothing when it is no number. */
function sizeIn(words: readonly string[], names: readonly string[], absent = 1): number | undefined {
  const values = words.flatMap((word, index) => {
    const [name = '', value] = word.split('=', 2);
    return names.includes(name) ? [value ?? words[index + 1] ?? ''] : [];
  });
  const text = values.at(-1);
  if (text === undefined) return absent;
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function written(sizes: readonly { readonly name: string; readonly size: number | undefined }[]): readonly Size[] {
  return sizes.flatMap(({ name, size }) => (size === undefined || size === 1 ? [] : [{ name, size }]));
}

/** Whole GPUs and slices; of a shared GPU a pod has one share. A limit stands for the request. */
function gpusOf(container: JsonObject): number {
  const limits = at(container, 'resources', 'limits');
  return Object.entries(isJsonObject(limits) ? limits : {})
    .filter(([name]) => /^(nvidia|amd)\.com\/(gpu|mig-.*)$/.test(name) || name === SHARED_GPU)
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
