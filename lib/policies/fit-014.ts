import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { examplePlatform } from './examples.ts';
import { exampleServiceUnit, type KserveService, kserveServices } from './inference-services.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit014: Policy = {
  id: 'FIT-014',
  title: 'A model server on several nodes is described as KServe can start it.',
  why: "KServe's webhook refuses such a service when it is applied, after everything before it is in the cluster.",
  source: 'https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1beta1/inference_service_validation.go',
  severity: 'error',
  check: perCluster((cluster) => kserveServices(cluster).flatMap((service) => [...judge(service)])),
  examples: {
    passing: () => severalNodes('pvc://models/llama'),
    failing: () => severalNodes('s3://models/llama'),
  },
};

function severalNodes(storageUri: string) {
  const predictor = {
    model: { modelFormat: { name: 'vLLM' }, storageUri },
    workerSpec: { pipelineParallelSize: 2, tensorParallelSize: 8 },
  };
  const unit = exampleServiceUnit('Standard', predictor);
  const annotated = unit.objects.map(({ path, manifest }) => {
    const annotations = { ...manifest.metadata.annotations, [SCALER]: 'none' };
    return { path, manifest: { ...manifest, metadata: { ...manifest.metadata, annotations } } };
  });
  return examplePlatform({ units: [{ ...unit, objects: annotated }] });
}

const SCALER = 'serving.kserve.io/autoscalerClass';
const MORE_DEVICES = 'serving.kserve.io/gpu-resource-types';

/** Devices that KServe counts by itself; the annotation adds others. */
const DEVICES = ['nvidia.com/gpu', 'amd.com/gpu', 'intel.com/gpu', 'habana.ai/gaudi'];
const PLAIN = ['cpu', 'memory', 'storage', 'ephemeral-storage'];

/** What KServe works out by itself, and so must not be said. */
const SIZES = ['PIPELINE_PARALLEL_SIZE', 'TENSOR_PARALLEL_SIZE'];

function* judge({ path, title, annotations, predictor }: KserveService): Iterable<Verdict> {
  const worker = predictor['workerSpec'];
  if (!isJsonObject(worker)) return;
  const containers = objectsIn(worker['containers']);
  if (containers.length > 1) {
    yield fail(path, `a worker of ${title} has ${containers.length} containers`, 'Leave one in workerSpec.containers.');
  }
  for (const member of ['pipelineParallelSize', 'tensorParallelSize']) {
    const size = worker[member];
    if (typeof size === 'number' && size < 1)
      yield fail(path, `${member} of ${title} is ${size}`, `Set ${member} to 1 or more.`);
  }
  const { model } = predictor;
  const known = [...DEVICES, ...listIn(annotations[MORE_DEVICES])];
  const served = isJsonObject(model) ? [model, ...containers] : containers;
  for (const name of new Set(served.flatMap(devicesOf))) {
    if (known.includes(name)) continue;
    const what = `${title} asks for ${name}, which KServe does not count as GPUs`;
    yield fail(path, what, `Add the annotation ${MORE_DEVICES}: '["${name}"]'.`);
  }
  if (isJsonObject(model)) yield* judgeModel(path, title, model, annotations[SCALER]);
}

function* judgeModel(path: string, title: string, model: JsonObject, scaler: string | undefined): Iterable<Verdict> {
  const said = objectsIn(model['env']).map(({ name }) => String(name));
  for (const name of SIZES.filter((size) => said.includes(size))) {
    const what = `the model of ${title} sets the variable ${name}`;
    yield fail(path, what, 'Write pipelineParallelSize and tensorParallelSize of workerSpec in its place.');
  }
  const uri = model['storageUri'];
  if (typeof uri !== 'string' || !/^(pvc|oci):\/\//.test(uri)) {
    const what = `the model of ${title}, which several nodes load, is at '${String(uri ?? 'no address')}'`;
    yield fail(path, what, 'Put it on a volume that all nodes mount (pvc://), or in an image (oci://).');
  }
  if (scaler !== 'none') {
    yield fail(path, `${title} is on several nodes, and KServe cannot scale it`, `Add the annotation ${SCALER}: none.`);
  }
}

function devicesOf({ resources }: JsonObject): readonly string[] {
  return ['requests', 'limits']
    .flatMap((part) => Object.keys(at(resources, part) ?? {}))
    .filter((name) => !PLAIN.includes(name));
}

function listIn(text: string | undefined): readonly string[] {
  try {
    const list = JSON.parse(text ?? '[]') as Json;
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
