import { at } from '../model/json.ts';
import { examplePlatform } from './examples.ts';
import { exampleLlmUnit, type LlmWorkload, llmWorkloads } from './llm-services.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit015: Policy = {
  id: 'FIT-015',
  title: 'An LLMInferenceService divides its model in a way that KServe can start.',
  why: "KServe's webhook refuses such a service when it is applied. It refuses an update, too, that changes how many pods a replica has (data / dataLocal, or pipeline): that is not judged here, because the program does not know what is deployed.",
  source: 'https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1alpha2/llm_inference_service_validation.go',
  severity: 'error',
  check: perCluster((cluster) => llmWorkloads(cluster).flatMap((workload) => [...judge(workload)])),
  examples: {
    passing: () => withParallelism({ data: 16, dataLocal: 8 }),
    failing: () => withParallelism({ data: 16, dataLocal: 8, pipeline: 2 }),
  },
};

function withParallelism(parallelism: Readonly<Record<string, number>>) {
  return examplePlatform({ units: [exampleLlmUnit({ parallelism, worker: { containers: [] } })] });
}

function* judge({ path, title, spec }: LlmWorkload): Iterable<Verdict> {
  const size = (member: string) => at(spec, 'parallelism', member);
  const [tensor, data, dataLocal, pipeline] = [size('tensor'), size('data'), size('dataLocal'), size('pipeline')];
  const byData = data !== undefined || dataLocal !== undefined;
  if (spec['worker'] !== undefined && !byData && pipeline === undefined) {
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
  for (const [member, value] of Object.entries({ tensor, data, dataLocal, pipeline })) {
    if (typeof value !== 'number' || value > 0) continue;
    yield fail(path, `parallelism.${member} of ${title} is ${value}`, `Set parallelism.${member} to 1 or more.`);
  }
}
