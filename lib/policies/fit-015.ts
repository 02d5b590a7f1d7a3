import { at, isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit015: Policy = {
  id: 'FIT-015',
  title: 'An LLMInferenceService divides its model in a way that KServe can start.',
  why: "KServe's webhook refuses such a service when it is applied, and an update that would change the division of a running one.",
  source: 'https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1alpha2/llm_inference_service_validation.go',
  severity: 'error',
  check: perCluster(judge),
  examples: {
    passing: () => withParallelism({ data: 16, dataLocal: 8 }),
    failing: () => withParallelism({ data: 16, dataLocal: 8, pipeline: 2 }),
  },
};

function withParallelism(parallelism: JsonObject) {
  const service = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'assistant', namespace: 'vision' },
    spec: { model: { uri: 'hf://example/model' }, parallelism, worker: { containers: [] } },
  };
  return examplePlatform({ units: [exampleUnit(service)] });
}

function judge(cluster: ClusterModel): readonly Verdict[] {
  return objectsOfKind(cluster, 'serving.kserve.io', 'LLMInferenceService').flatMap(({ path, manifest }) => {
    const title = `LLMInferenceService '${manifest.metadata.name}'`;
    const prefill = at(manifest['spec'], 'prefill');
    return [
      ...judgeWorkload(path, title, manifest['spec']),
      ...judgeWorkload(path, `the prefill of ${title}`, prefill),
    ];
  });
}

function* judgeWorkload(path: string, title: string, workload: Json | undefined): Iterable<Verdict> {
  if (!isJsonObject(workload)) return;
  const size = (member: string) => at(workload, 'parallelism', member);
  const [data, dataLocal, pipeline] = [size('data'), size('dataLocal'), size('pipeline')];
  const byData = data !== undefined || dataLocal !== undefined;
  if (workload['worker'] !== undefined && !byData && pipeline === undefined) {
    const what = `${title} has workers, and nothing says what they share`;
    yield fail(path, what, 'Set parallelism.pipeline, or parallelism.data and dataLocal.');
  }
  if (byData && pipeline !== undefined) {
    yield fail(path, `${title} is divided by data and by pipeline`, 'Leave one of the two out.');
  }
  if ((data === undefined) !== (dataLocal === undefined)) {
    const missing = data === undefined ? 'data' : 'dataLocal';
    yield fail(
      path,
      `${title} is divided by data, and parallelism.${missing} is missing`,
      `Set parallelism.${missing}.`,
    );
  }
  for (const [member, value] of Object.entries({ data, dataLocal, pipeline })) {
    if (typeof value !== 'number' || value > 0) continue;
    yield fail(path, `parallelism.${member} of ${title} is ${value}`, `Set parallelism.${member} to 1 or more.`);
  }
}
