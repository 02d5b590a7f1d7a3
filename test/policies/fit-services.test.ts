import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { ClusterModel, ComponentModel, PoolModel, ServiceModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleTenant, exampleUnit } from '../../lib/policies/examples.ts';
import { fit013 } from '../../lib/policies/fit-013.ts';
import { fit014 } from '../../lib/policies/fit-014.ts';
import { fit015 } from '../../lib/policies/fit-015.ts';
import { fit016 } from '../../lib/policies/fit-016.ts';
import { fit027 } from '../../lib/policies/fit-027.ts';
import { exampleLlmUnit } from '../../lib/policies/llm-services.ts';
import type { Policy } from '../../lib/policies/policy.ts';

type Annotations = Readonly<Record<string, string>>;
const standard: Annotations = { 'serving.kserve.io/deploymentMode': 'Standard' };
const knative: Annotations = { 'serving.kserve.io/deploymentMode': 'Knative' };
const scaledBy = (scaler: string): Annotations => ({ ...standard, 'serving.kserve.io/autoscalerClass': scaler });

/** What a rule says to one InferenceService. */
function judge(rule: Policy, annotations: Annotations, spec: JsonObject, changes: Partial<ClusterModel> = {}) {
  const service = {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'classifier', namespace: 'vision', annotations },
    spec,
  };
  return rule
    .check(examplePlatform({ units: [exampleUnit(service)], ...changes }))
    .map(({ outcome, what }) => ({ outcome, what }));
}
const failing = (what: string) => [{ outcome: 'fail', what: expect.stringContaining(what) }];

/** Pools of four kinds of nodes, all of which take the pods of the examples. */
const nodes = (nvlink: number | undefined, changes: Partial<PoolModel> = {}): Partial<ClusterModel> => {
  const { nvlink: _, ...accelerator } = examplePool.accelerator;
  return {
    pools: [
      {
        ...examplePool,
        taints: [],
        accelerator: { ...accelerator, ...(nvlink === undefined ? {} : { nvlink }) },
        ...changes,
      },
    ],
  };
};
const board = nodes(8);

describe('FIT-013, of GPUs', () => {
  const engine = (gpus: number, ...args: readonly string[]) =>
    judge(
      fit013,
      standard,
      {
        predictor: {
          model: { modelFormat: { name: 'vLLM' }, args, resources: { limits: { 'nvidia.com/gpu': gpus } } },
        },
      },
      board,
    );

  test.each([
    [4, ['--tensor-parallel-size=4']],
    [4, ['--tensor-parallel-size', '2', '--pipeline-parallel-size', '2']],
    [8, ['-tp', '2', '-pp=2', '--data-parallel-size-local=2']],
    [1, ['--max-model-len=8192']],
    [2, ['--tensor-parallel-size=4', '--tensor-parallel-size=2']],
  ])('%i GPUs go with %j', (gpus, args) => {
    expect(engine(gpus, ...args)).toEqual([]);
  });

  test('GPUs that the engine does not use, or lacks, are reported', () => {
    expect(engine(4)).toMatchObject(failing('uses 1 GPU (nothing divides the model), and asks for 4'));
    expect(engine(4, '-tp', '8')).toMatchObject(failing('uses 8 GPUs (--tensor-parallel-size 8), and asks for 4'));
  });

  test('a size that cannot be read is not judged', () => {
    expect(engine(4, '--tensor-parallel-size=$(GPUS)')).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('an engine is known by its image too, and others are left alone', () => {
    const limits = { 'nvidia.com/gpu': 2 };
    const pod = (image: string) => ({
      predictor: { containers: [{ name: 'kserve-container', image, resources: { limits } }] },
    });
    expect(judge(fit013, standard, pod('docker.io/vllm/vllm-openai:v0.27.1'))).toHaveLength(1);
    expect(judge(fit013, standard, pod('registry.example.com/other:1'))).toEqual([]);
  });
});

describe('FIT-013, of GPUs on several nodes', () => {
  const limits = (gpus: number) => ({ resources: { limits: { 'nvidia.com/gpu': gpus } } });
  const service = (sizes: JsonObject, head: number, worker: number) =>
    judge(
      fit013,
      standard,
      {
        predictor: {
          model: { modelFormat: { name: 'vLLM' }, ...(head === 0 ? {} : limits(head)) },
          workerSpec: { ...sizes, containers: [{ name: 'worker', ...(worker === 0 ? {} : limits(worker)) }] },
        },
      },
      board,
    );
  const sizes = { tensorParallelSize: 4, pipelineParallelSize: 2 };

  test('what KServe counts by itself is right, and so are equal nodes', () => {
    expect(service(sizes, 4, 4)).toEqual([]);
    expect(service(sizes, 0, 4)).toEqual([]);
    // The first pod alone is enough.
    expect(service(sizes, 8, 4)).toEqual([]);
    // The others have one each.
    expect(service({ ...sizes, tensorParallelSize: 1 }, 1, 0)).toEqual([]);
  });

  test('a first pod that asks for more than is left, or for less, is reported', () => {
    expect(service(sizes, 6, 4)).toMatchObject(
      failing('uses 8 GPUs (tensorParallelSize 4, pipelineParallelSize 2), and asks for 10'),
    );
    expect(service(sizes, 2, 4)).toMatchObject(failing('asks for 6'));
    expect(service(sizes, 12, 0)).toMatchObject(failing('asks for 12'));
  });

  test('sizes that only a runtime elsewhere has are not known', () => {
    expect(service({}, 4, 4)).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('FIT-013, of an LLMInferenceService', () => {
  const judged = (gpus: number, spec: JsonObject) => {
    const containers = [
      { name: 'main', ...(spec['main'] as JsonObject), resources: { limits: { 'nvidia.com/gpu': gpus } } },
    ];
    const { main: _, ...rest } = spec;
    const worker = spec['worker'] === undefined ? {} : { worker: { containers } };
    const unit = exampleLlmUnit({ template: { containers }, ...rest, ...worker });
    return fit013.check(examplePlatform({ units: [unit], ...board })).map(({ outcome, what }) => ({ outcome, what }));
  };

  test('one pod has all GPUs, and each pod of several those of its part', () => {
    expect(judged(8, { parallelism: { tensor: 8 } })).toEqual([]);
    expect(judged(8, { parallelism: { tensor: 8, pipeline: 2 }, worker: {} })).toEqual([]);
    expect(judged(8, { parallelism: { tensor: 2, data: 16, dataLocal: 4 }, worker: {} })).toEqual([]);
  });

  test('other numbers are reported', () => {
    expect(judged(8, { parallelism: { tensor: 4 } })).toMatchObject(failing('uses 4 GPUs (tensor 4), and asks for 8'));
    expect(judged(8, { parallelism: { tensor: 4, pipeline: 2 }, worker: {} })).toMatchObject(
      failing('uses 8 GPUs (tensor 4, pipeline 2), and asks for 16'),
    );
    expect(judged(8, { parallelism: { data: 16, dataLocal: 4 }, worker: {} })).toMatchObject(
      failing('uses 16 GPUs (dataLocal 4, data / dataLocal 4), and asks for 32'),
    );
  });

  test('arguments that the engine gets after those of KServe count', () => {
    const env = [{ name: 'VLLM_ADDITIONAL_ARGS', value: '--tensor-parallel-size 8 --seed 1' }];
    expect(judged(8, { parallelism: { tensor: 4 }, main: { env } })).toEqual([]);
  });

  test('what a configuration elsewhere says is not known', () => {
    const spec = { parallelism: { tensor: 4 }, baseRefs: [{ name: 'ours' }] };
    const model = examplePlatform({ units: [exampleLlmUnit(spec)] });
    expect(fit013.check(model)).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('FIT-013, of NVLink', () => {
  const efa = { kind: 'efa', required: true, perNode: 4, resource: 'vpc.amazonaws.com/efa' } as const;
  const withFabric = { fabric: efa, resources: { 'nvidia.com/gpu': 8, 'vpc.amazonaws.com/efa': 4 } };
  const tensor = (count: number, pools: Partial<ClusterModel>, more: JsonObject = {}) =>
    judge(
      fit013,
      standard,
      {
        predictor: {
          model: {
            modelFormat: { name: 'vLLM' },
            args: [`--tensor-parallel-size=${count}`],
            resources: { limits: { 'nvidia.com/gpu': count, ...more } },
          },
        },
      },
      pools,
    );

  test('layers are divided among GPUs that it joins', () => {
    expect(tensor(8, board)).toEqual([]);
    expect(tensor(1, nodes(1))).toEqual([]);
    expect(tensor(4, nodes(2))).toMatchObject(failing("joins 2 of one pod on pool 'h100'"));
    expect(tensor(2, nodes(1))).toMatchObject(failing('joins none'));
    expect(tensor(2, nodes(undefined))).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('slices of GPUs are not joined', () => {
    expect(tensor(2, nodes(8, { sharing: { kind: 'mps', replicas: 2 } }))).toMatchObject(failing('joins none'));
  });

  test('a fabric that the pods use makes up for it, one that they do not use does not', () => {
    expect(tensor(2, nodes(1, withFabric), { 'vpc.amazonaws.com/efa': 1 })).toEqual([]);
    expect(tensor(2, nodes(1, withFabric))).toMatchObject(failing('joins none'));
  });

  test('between pods there is none', () => {
    const service = (limits: JsonObject) =>
      judge(
        fit013,
        standard,
        {
          predictor: {
            model: { modelFormat: { name: 'vLLM' }, resources: { limits } },
            workerSpec: {
              tensorParallelSize: 16,
              pipelineParallelSize: 1,
              containers: [{ name: 'worker', resources: { limits } }],
            },
          },
        },
        nodes(8, withFabric),
      );
    expect(service({ 'nvidia.com/gpu': 8 })).toMatchObject(
      failing('divides each layer among 16 GPUs, and NVLink joins 8'),
    );
    expect(service({ 'nvidia.com/gpu': 8, 'vpc.amazonaws.com/efa': 4 })).toEqual([]);
  });
});

describe('FIT-014', () => {
  const nodes = (worker: JsonObject, model: JsonObject = {}, annotations = scaledBy('none')) =>
    judge(fit014, annotations, {
      predictor: { model: { storageUri: 'pvc://models/llama', ...model }, workerSpec: worker },
    });

  test('passes a service on several nodes that KServe can start, and one on a single node', () => {
    expect(nodes({ pipelineParallelSize: 2, tensorParallelSize: 8, containers: [{ name: 'worker' }] })).toEqual([]);
    expect(judge(fit014, standard, { predictor: { model: { storageUri: 's3://models/llama' } } })).toEqual([]);
  });

  test.each([
    ['two containers', nodes({ containers: [{ name: 'a' }, { name: 'b' }] }), 'has 2 containers'],
    ['no size', nodes({ pipelineParallelSize: 0 }), 'pipelineParallelSize of'],
    [
      'a size in the environment',
      nodes({}, { env: [{ name: 'TENSOR_PARALLEL_SIZE' }] }),
      'sets the variable TENSOR_PARALLEL_SIZE',
    ],
    [
      'a store that each node would have to fetch from',
      nodes({}, { storageUri: 's3://models/llama' }),
      "is at 's3://models/llama'",
    ],
    ['an autoscaler', nodes({}, {}, scaledBy('hpa')), 'KServe cannot scale it'],
    ['slices', nodes({}, { resources: { limits: { 'nvidia.com/mig-1g.10gb': 1 } } }), 'does not count as GPUs'],
  ])('reports %s', (_, verdicts, what) => {
    expect(verdicts).toMatchObject(failing(what));
  });

  test('other devices are fine once the annotation names them', () => {
    const more = { ...scaledBy('none'), 'serving.kserve.io/gpu-resource-types': '["nvidia.com/mig-1g.10gb"]' };
    expect(nodes({}, { resources: { limits: { 'nvidia.com/mig-1g.10gb': 1 } } }, more)).toEqual([]);
  });
});

describe('FIT-015', () => {
  const divided = (parallelism: JsonObject, worker?: JsonObject) => {
    const spec = { parallelism, ...(worker === undefined ? {} : { worker }) };
    return fit015.check(examplePlatform({ units: [exampleLlmUnit(spec)] })).map(({ what }) => what);
  };

  test('passes data with its local part, or a pipeline, with workers or without', () => {
    expect(divided({ data: 16, dataLocal: 8 }, {})).toEqual([]);
    expect(divided({ pipeline: 2, tensor: 8 }, {})).toEqual([]);
    expect(divided({ tensor: 8 })).toEqual([]);
  });

  test('reports workers that share nothing, halves, both at once, and no part at all', () => {
    expect(divided({ tensor: 8 }, {})).toEqual([expect.stringContaining('nothing says what they share')]);
    expect(divided({ data: 16 })).toEqual([expect.stringContaining('parallelism.dataLocal is missing')]);
    expect(divided({ data: 2, dataLocal: 1, pipeline: 2 })).toEqual([
      expect.stringContaining('by data and by pipeline'),
    ]);
    expect(divided({ pipeline: 0 })).toEqual([expect.stringContaining('parallelism.pipeline of')]);
    expect(divided({ tensor: 0 })).toEqual([expect.stringContaining('parallelism.tensor of')]);
  });

  test('judges the pods that prefill, too', () => {
    const prefill = { parallelism: { data: 2 } };
    const model = examplePlatform({ units: [exampleLlmUnit({ prefill })] });
    expect(fit015.check(model)).toMatchObject([
      { what: expect.stringContaining('the prefill of LLMInferenceService') },
    ]);
  });
});

describe('FIT-016, of numbers', () => {
  const scaled = (annotations: Annotations, predictor: JsonObject, spec: JsonObject = {}) =>
    judge(fit016, annotations, { predictor, ...spec });

  test.each([
    ['more at least than at most', scaled(standard, { minReplicas: 3, maxReplicas: 2 }), 'at least 3 and at most 2'],
    ['fewer than none', scaled(standard, { minReplicas: -1 }), 'fewer than no replicas'],
    ['an unknown autoscaler', scaled(scaledBy('kpa'), {}), "class 'kpa'"],
    ['a use above all', scaled(scaledBy('hpa'), { scaleTarget: 120 }), 'a use of 120 percent'],
    ['a metric beside KEDA', scaled(scaledBy('keda'), { scaleMetric: 'cpu' }), 'does not take for KEDA'],
    ['more than all requests', scaled(knative, { canaryTrafficPercent: 120 }), 'gets 120 percent'],
    ['a transformer', scaled(standard, {}, { transformer: { minReplicas: 3, maxReplicas: 2 } }), 'the transformer of'],
  ])('reports %s', (_, verdicts, what) => {
    expect(verdicts).toMatchObject(failing(what));
  });

  test('0 replicas at most means no bound, as KServe reads it', () => {
    expect(scaled(standard, { minReplicas: 3, maxReplicas: 0 })).toEqual([]);
  });

  test('canaries add up, have names of their own, and leave scaling to the stable predictor', () => {
    const canaries = (...parts: readonly (readonly [percent: number, predictor: JsonObject])[]) =>
      scaled(standard, {}, { canary: parts.map(([trafficPercent, predictor]) => ({ trafficPercent, predictor })) });
    expect(canaries([10, { name: 'a', minReplicas: 1 }], [90, { name: 'b' }])).toEqual([]);
    expect(canaries([60, { name: 'a' }], [60, { name: 'b' }])).toMatchObject(failing('60 + 60 percent'));
    expect(canaries([10, { name: 'a' }], [10, { name: 'a' }])).toMatchObject(failing("called 'a', 'a'"));
    expect(canaries([10, {}])).toMatchObject(failing("called ''"));
    expect(canaries([10, { name: 'a', maxReplicas: 4 }])).toMatchObject(failing('sets maxReplicas'));
    expect(canaries([10, { name: 'a', minReplicas: 2 }])).toMatchObject(failing('more than the 1'));
  });
});

describe('FIT-016, of room', () => {
  const service = (changes: Partial<ServiceModel>): ServiceModel => ({
    name: 'assistant',
    path: 'example/east/vision/assistant',
    namespace: 'vision',
    tenant: 'vision',
    pool: 'h100',
    mode: 'standard',
    scale: { min: 1, max: 4 },
    perReplica: { cpuMillis: 1000, memoryMiB: 1024, devices: { 'nvidia.com/gpu': 4 } },
    loadSeconds: 600,
    ...changes,
  });
  const verdicts = (changes: Partial<ServiceModel>, cluster: Partial<ClusterModel> = {}) =>
    fit016.check(examplePlatform({ services: [service(changes)], ...cluster }));

  test('the most replicas and those of the canary fit the quota', () => {
    expect(verdicts({ scale: { min: 1, max: 8 } })).toEqual([]);
    expect(verdicts({ scale: { min: 1, max: 9 } })).toMatchObject([
      { outcome: 'fail', fix: 'Lower scale.max to 8, or raise the quota to h100.gpus(36).' },
    ]);
    const canary = { name: 'canary', percent: 10, replicas: 1 };
    expect(verdicts({ scale: { min: 1, max: 8 }, canary })).toMatchObject([{ fix: expect.stringContaining('to 7') }]);
  });

  test('a replica does not go over two nodes, so what is left of each is no room', () => {
    const five = { cpuMillis: 1000, memoryMiB: 1024, devices: { 'nvidia.com/gpu': 5 } };
    const tenants = [{ ...exampleTenant, quota: [] }];
    const pools = [{ ...examplePool, maxNodes: 3 }];
    expect(verdicts({ perReplica: five, scale: { min: 1, max: 3 } }, { tenants, pools })).toEqual([]);
    expect(verdicts({ perReplica: five, scale: { min: 1, max: 4 } }, { tenants, pools })).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining("pool 'h100' has room for 3") },
    ]);
  });
});

describe('FIT-027', () => {
  const predictor = (annotations: Annotations, settings: JsonObject) =>
    judge(fit027, annotations, { predictor: settings });

  test.each([
    ['canaryTrafficPercent', { canaryTrafficPercent: 20 }],
    ['containerConcurrency', { containerConcurrency: 4 }],
    ['scaleMetric concurrency', { scaleMetric: 'concurrency' }],
    ['minReplicas 0', { minReplicas: 0 }],
    ['the annotation autoscaling.knative.dev/target', { annotations: { 'autoscaling.knative.dev/target': '4' } }],
  ])('%s works in mode Knative alone', (name, settings) => {
    expect(predictor(knative, settings)).toEqual([]);
    expect(predictor(standard, settings)).toMatchObject(failing(`has ${name}`));
  });

  test.each([
    ['scaleMetric cpu', { scaleMetric: 'cpu' }],
    ['deploymentStrategy', { deploymentStrategy: { type: 'Recreate' } }],
    ['workerSpec', { workerSpec: {} }],
  ])('%s works in mode Standard alone', (name, settings) => {
    expect(predictor(standard, settings)).toEqual([]);
    expect(predictor(knative, settings)).toMatchObject(failing(`has ${name}`));
  });

  test('canaries beside the predictor work in mode Standard alone', () => {
    const spec = { predictor: {}, canary: [{ trafficPercent: 10, predictor: { name: 'a' } }] };
    expect(judge(fit027, standard, spec)).toEqual([]);
    expect(judge(fit027, knative, spec)).toMatchObject(failing('has canaries'));
  });

  test('KEDA brings a service down to nothing in mode Standard, too', () => {
    expect(predictor(scaledBy('keda'), { minReplicas: 0 })).toEqual([]);
  });

  test('the old spellings of a mode count', () => {
    expect(predictor({ 'serving.kserve.io/deploymentMode': 'RawDeployment' }, { minReplicas: 0 })).toHaveLength(1);
    expect(predictor({ 'serving.kserve.io/deploymentMode': 'Serverless' }, { minReplicas: 0 })).toEqual([]);
  });

  test('a service that names no mode has that of our KServe; of another one it is not known', () => {
    const kserve = (installed: boolean): ComponentModel => ({
      id: 'kserve',
      namespace: 'kserve',
      version: 'v0.20.0',
      installed,
      neededBy: [],
      values: { kserve: { controller: { deploymentMode: 'Standard' } } },
      agents: [],
    });
    const spec = { predictor: { minReplicas: 0 } };
    expect(judge(fit027, {}, spec, { components: [kserve(false)] })).toMatchObject([{ outcome: 'fail' }]);
    expect(judge(fit027, {}, spec, { components: [kserve(true)] })).toMatchObject([{ outcome: 'unknown' }]);
    expect(judge(fit027, {}, { predictor: {} }, { components: [kserve(true)] })).toEqual([]);
  });
});
