import { at, isJsonObject, type JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';

/** The pods that decode, or those that prefill, of an LLMInferenceService. */
export interface LlmWorkload {
  /** Construct path of the object. */
  readonly path: string;
  readonly title: string;
  readonly manifest: Manifest;
  readonly spec: JsonObject;
}

/** Every workload of every LLMInferenceService of the cluster, as it is written: what its `baseRefs` add is not known. */
export function llmWorkloads(cluster: ClusterModel): readonly LlmWorkload[] {
  return objectsOfKind(cluster, 'serving.kserve.io', 'LLMInferenceService').flatMap(({ path, manifest }) => {
    const title = `LLMInferenceService '${manifest.metadata.name}'`;
    const workload = (spec: unknown, named: string) =>
      isJsonObject(spec) ? [{ path, title: named, manifest, spec }] : [];
    const { spec } = manifest;
    return [...workload(spec, title), ...workload(at(spec, 'prefill'), `the prefill of ${title}`)];
  });
}

/** A unit with one LLMInferenceService for examples. */
export function exampleLlmUnit(spec: JsonObject) {
  return exampleUnit({
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'assistant', namespace: 'vision' },
    spec: { model: { uri: 'hf://example/model' }, ...spec },
  });
}
