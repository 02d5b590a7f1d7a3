import assert from 'node:assert/strict';
import fc from 'fast-check';
import { at, type JsonObject } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import { enginesOf } from '../../../lib/policies/engines.ts';
import { examplePlatform, exampleUnit } from '../../../lib/policies/examples.ts';
import { fit014 } from '../../../lib/policies/fit-014.ts';
import { fit015 } from '../../../lib/policies/fit-015.ts';
import { fit016 } from '../../../lib/policies/fit-016.ts';
import { fit025 } from '../../../lib/policies/fit-025.ts';
import { fit027 } from '../../../lib/policies/fit-027.ts';
import { type KubernetesObject, verdictOn } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { exampleCluster } from '../examples.ts';
import {
  findKserve,
  findLlmKserve,
  kserveValues,
  noKserve,
  noLlmKserve,
  startKserve,
  startLlmKserve,
} from '../kserve.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

/** The same services in every run; another seed gives others. */
const SEED = 20_261_124;
const SERVICES = 400;
const RULES = [fit014, fit016, fit025, fit027];
const CLAIM = `whatever KServe's webhook refuses of ${SERVICES} services, the rules ${RULES.map(({ id }) => id).join(', ')} refuse, and what they refuse beyond is explained`;

const SPREAD = 'KServe gives the nodes of one InferenceService as many GPUs as FIT-013 counts';
const DIVIDED = `of ${SERVICES} LLMInferenceServices, FIT-015 refuses those that KServe's webhook refuses for how they divide their model, and beyond them a tensor size of 0`;
const FIXED =
  'KServe refuses to change how many pods a replica of an LLMInferenceService has, which FIT-015 leaves to it';

/** Services in both modes, right and wrong, before KServe's real webhooks and before our rules. */
export const scenario: Scenario = {
  name: 'kserve-services',
  limits: [
    'The services that KServe and our rules both judge have predictors of the kind model, a transformer at most, canaries and workers; explainers and KEDA metrics are not among them.',
    'Of LLMInferenceServices, the division of the model is judged, by a webhook behind CRDs that take anything; they are not reconciled.',
  ],
  async run({ startCluster, prove, notRun }) {
    const kserve = findKserve();
    if (kserve === undefined) {
      for (const claim of [CLAIM, SPREAD, DIVIDED, FIXED]) notRun(claim, 'kserve-controller-manager', noKserve);
      return;
    }
    const platform = await exampleCluster('llm-serving');
    const cluster = await startCluster();
    await startKserve(cluster, kserve, kserveValues(platform));
    await cluster.createNamespace('vision');
    await prove(CLAIM, kserve, () => agree(cluster, platform));
    await prove(SPREAD, kserve, () => spreads(cluster));
    const llm = findLlmKserve();
    if (llm === undefined) {
      for (const claim of [DIVIDED, FIXED]) notRun(claim, 'llmisvc-controller-manager', noLlmKserve);
      return;
    }
    await startLlmKserve(cluster, llm);
    await prove(DIVIDED, llm, () => agreeOnDivision(cluster));
    await prove(FIXED, llm, () => keepsItsSize(cluster));
  },
};

/** Where the rules say more than the webhook, by what they say. */
const STRICTER: Readonly<Record<string, RegExp>> = {
  'reads the setting in the other mode alone, and says nothing':
    /has (canaryTrafficPercent|containerConcurrency|deploymentStrategy|workerSpec|the annotation)/,
  'does not scale to nothing in mode Standard': /has minReplicas 0/,
  'looks at metrics of the class hpa alone': /has scaleMetric (concurrency|rps)/,
  'leaves the percentage of a revision unchecked': /newest revision .* percent/,
  'makes a host name that DNS does not take': /^the host name of /,
};

async function agree({ api }: Cluster, platform: ClusterModel): Promise<string> {
  const services = fc.sample(service, { seed: SEED, numRuns: SERVICES });
  let refused = 0;
  const explained = new Map<string, number>();
  for (const manifest of services) {
    const found = findings(manifest, platform);
    const refusal = await verdictOn(api.dryRun(manifest as KubernetesObject));
    const text = `${JSON.stringify(manifest)}\n${refusal ?? 'admitted'}\n${found.join('\n')}`;
    if (refusal === undefined) {
      for (const finding of found) {
        const [reason] = Object.entries(STRICTER).find(([, words]) => words.test(finding)) ?? [];
        assert.ok(reason !== undefined, `refused by the rules alone: ${text}`);
        explained.set(reason, (explained.get(reason) ?? 0) + 1);
      }
    } else {
      refused += 1;
      assert.ok(found.length > 0, `refused by KServe alone: ${text}`);
    }
  }
  // Were one answer rare, agreement would say little.
  assert.ok(refused > SERVICES / 5 && refused < (SERVICES * 4) / 5, `${refused} of ${SERVICES} refused`);
  const beyond = [...explained].map(([reason, count]) => `${count} findings beyond it, where KServe ${reason}`);
  return [
    `made from seed ${SEED}: the webhook refused ${refused} and admitted ${SERVICES - refused}, and no refused one passes the rules`,
    ...beyond.sort(),
  ].join('; ');
}

function findings(manifest: Manifest, { components }: ClusterModel): readonly string[] {
  const model = examplePlatform({ units: [exampleUnit(manifest)], components });
  return RULES.flatMap((rule) => rule.check(model)).map(({ what }) => what);
}

/** Mostly nothing or something right, so that a service has one mistake rather than ten. */
const seldom = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> => sometimes(fc.constantFrom(...values));

function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const scaling = {
  minReplicas: fc.constantFrom(undefined, 1, 1, 2, 0),
  maxReplicas: fc.constantFrom(undefined, 2, 3, 4),
  scaleMetric: seldom('cpu', 'memory', 'concurrency', 'rps'),
  scaleTarget: seldom(0, 1, 80, 120),
  canaryTrafficPercent: seldom(0, 20, 120),
  containerConcurrency: seldom(0, 4),
  deploymentStrategy: seldom({ type: 'Recreate' }),
};

const server = { modelFormat: { name: 'vLLM' }, runtime: 'vllm', image: 'example.invalid/vllm:1' };

const canary = fc
  .record({
    trafficPercent: fc.constantFrom(0, 10, 10, 50, 60, 101),
    name: fc.constantFrom('canary', 'canary', 'second'),
    minReplicas: seldom(1, 2, 3),
    maxReplicas: seldom(0, 2),
    scaleTarget: seldom(50),
  })
  .map(({ trafficPercent, ...predictor }) => ({ trafficPercent, predictor: { ...predictor, model: server } }));

const worker = fc.record({
  pipelineParallelSize: fc.constantFrom(2, 2, 0),
  tensorParallelSize: fc.constantFrom(undefined, 8, 0),
  containers: fc.constantFrom(undefined, ...[1, 1, 2].map((count) => Array.from({ length: count }, container))),
});

function container(_: unknown, index: number): JsonObject {
  return { name: `worker-${index}`, image: 'example.invalid/vllm:1' };
}

const model = fc.record({
  storageUri: fc.constantFrom('pvc://models/a', 'oci://example.invalid/models/a:1', 's3://models/a'),
  resources: fc.constantFrom(
    ...['nvidia.com/gpu', 'nvidia.com/gpu', 'nvidia.com/mig-1g.10gb'].map((name) => gpus(name)),
  ),
  env: seldom([{ name: 'TENSOR_PARALLEL_SIZE', value: '8' }]),
});

function gpus(name: string, count = 1): JsonObject {
  return { limits: { [name]: String(count) }, requests: { [name]: String(count) } };
}

const settings = fc.record({
  mode: fc.constantFrom('Standard', 'Standard', 'Knative', 'Knative', 'RawDeployment', undefined),
  scaler: fc.constantFrom(undefined, 'hpa', 'hpa', 'hpa', 'none', 'none', 'none', 'keda', 'external', 'kpa'),
  knativeClass: seldom('hpa.autoscaling.knative.dev'),
  name: fc.oneof({ weight: 9, arbitrary: fc.constant('service') }, seldom('9service', 'service-', 's'.repeat(50))),
  model,
  scaling: fc.record(scaling),
  transformer: sometimes(fc.record(scaling)),
  canaries: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(canary, { minLength: 1, maxLength: 2 })),
  workerSpec: sometimes(worker),
});

const service: fc.Arbitrary<Manifest> = settings.map((drawn) => {
  const annotations = {
    'serving.kserve.io/deploymentMode': drawn.mode,
    'serving.kserve.io/autoscalerClass': drawn.scaler,
    'autoscaling.knative.dev/class': drawn.knativeClass,
  };
  const spec = {
    predictor: { ...drawn.scaling, model: { ...server, ...drawn.model }, workerSpec: drawn.workerSpec },
    transformer: drawn.transformer && { ...drawn.transformer, containers: [{ name: 'kserve-container', image: 'a' }] },
    canary: drawn.canaries.length === 0 ? undefined : drawn.canaries,
  };
  const metadata = { name: drawn.name ?? 'service', namespace: 'vision', annotations };
  // Without what was not drawn, as a file would have it.
  return JSON.parse(
    JSON.stringify({ apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', metadata, spec }),
  ) as Manifest;
});

/** Sizes with the GPUs that the first pod and each of the others ask for; 0 where they say nothing. */
const SPREADS = [
  { tensor: 4, pipeline: 2, head: 4, worker: 4 },
  { tensor: 4, pipeline: 2, head: 0, worker: 4 },
  { tensor: 4, pipeline: 2, head: 8, worker: 4 },
  { tensor: 4, pipeline: 2, head: 6, worker: 4 },
  { tensor: 1, pipeline: 4, head: 1, worker: 0 },
  { tensor: 2, pipeline: 2, head: 0, worker: 0 },
  { tensor: 4, pipeline: 2, head: 12, worker: 0 },
] as const;

async function spreads({ api }: Cluster): Promise<string> {
  const image = 'example.invalid/vllm:1';
  const runtime: Manifest = {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'ServingRuntime',
    metadata: { name: 'spread', namespace: 'vision' },
    spec: {
      supportedModelFormats: [{ name: 'vLLM' }],
      containers: [{ name: 'kserve-container', image }],
      workerSpec: { pipelineParallelSize: 2, tensorParallelSize: 1, containers: [{ name: 'worker-container', image }] },
    },
  };
  await api.applyServerSide(runtime as KubernetesObject);
  const figures: string[] = [];
  for (const [index, { tensor, pipeline, head, worker }] of SPREADS.entries()) {
    const asked = (count: number) => (count === 0 ? {} : { resources: gpus('nvidia.com/gpu', count) });
    const metadata = {
      name: `spread-${index}`,
      namespace: 'vision',
      annotations: {
        'serving.kserve.io/deploymentMode': 'Standard',
        'serving.kserve.io/autoscalerClass': 'none',
      },
    };
    const predictor = {
      model: { modelFormat: { name: 'vLLM' }, runtime: 'spread', storageUri: 'pvc://models/a', ...asked(head) },
      workerSpec: {
        tensorParallelSize: tensor,
        pipelineParallelSize: pipeline,
        containers: [{ name: 'worker-container', image, ...asked(worker) }],
      },
    };
    const service = {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata,
      spec: { predictor },
    };
    await api.applyServerSide(service);
    const placed = async (name: string) => {
      const ref = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'vision' } };
      const found = await waitFor(`Deployment ${name}`, () => api.get<JsonObject>(ref));
      const limits = at(found, 'spec', 'template', 'spec', 'containers', 0, 'resources', 'limits');
      return Number(at(found, 'spec', 'replicas') ?? 1) * Number(at(limits, 'nvidia.com/gpu'));
    };
    const given = (await placed(`${metadata.name}-predictor`)) + (await placed(`${metadata.name}-predictor-worker`));
    const { clusters } = examplePlatform({ units: [exampleUnit(runtime, service as Manifest)] });
    const [engine] = clusters.flatMap(enginesOf);
    assert.ok(engine !== undefined && 'gpus' in engine);
    assert.equal(engine.gpus, given, `${JSON.stringify(SPREADS[index])}: KServe gives ${given}`);
    figures.push(`${tensor} x ${pipeline} with ${head} and ${worker}: ${given}`);
  }
  return figures.join('; ');
}

const part = fc.constantFrom(undefined, undefined, undefined, 1, 2, 4, 0);
const workload = fc
  .record({
    parallelism: fc.option(fc.record({ tensor: part, data: part, dataLocal: part, pipeline: part }), {
      nil: undefined,
    }),
    isMany: fc.boolean(),
  })
  .map(({ parallelism, isMany }) => ({ parallelism, worker: isMany ? { containers: [{ name: 'main' }] } : undefined }));

const llmService: fc.Arbitrary<Manifest> = fc
  .record({ decode: workload, prefill: sometimes(workload) })
  .map(({ decode, prefill }) => llm({ ...decode, prefill }));

function llm(spec: object): Manifest {
  const manifest = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'assistant', namespace: 'vision' },
    spec: { model: { uri: 'hf://example/model', name: 'model' }, ...spec },
  };
  return JSON.parse(JSON.stringify(manifest)) as Manifest;
}

async function agreeOnDivision({ api }: Cluster): Promise<string> {
  const found = (manifest: Manifest) =>
    fit015.check(examplePlatform({ units: [exampleUnit(manifest)] })).map(({ what }) => what);
  let refused = 0;
  let beyond = 0;
  for (const manifest of fc.sample(llmService, { seed: SEED, numRuns: SERVICES })) {
    const refusal = await verdictOn(api.dryRun(manifest as KubernetesObject));
    const ours = found(manifest);
    const judged = ours.filter((what) => !what.startsWith('parallelism.tensor of'));
    const text = `${JSON.stringify(manifest)}\n${refusal ?? 'admitted'}\n${ours.join('\n')}`;
    assert.equal(judged.length > 0, refusal !== undefined, text);
    assert.ok(refusal === undefined || /paralleli/i.test(refusal), `refused for something else: ${text}`);
    if (refusal !== undefined) refused += 1;
    else if (ours.length > 0) beyond += 1;
  }
  assert.ok(refused > SERVICES / 5 && refused < (SERVICES * 4) / 5, `${refused} of ${SERVICES} refused`);
  return `made from seed ${SEED}: the webhook refused ${refused} and admitted ${SERVICES - refused}; ${beyond} of these have a tensor size of 0`;
}

async function keepsItsSize({ api }: Cluster): Promise<string> {
  // The controller takes the containers of workers for its own.
  const sized = (pipeline: number) => llm({ parallelism: { pipeline }, worker: {} });
  await api.applyServerSide(sized(2) as KubernetesObject);
  const refusal = await verdictOn(api.applyServerSide(sized(4) as KubernetesObject));
  assert.match(refusal ?? 'admitted', /total parallelism size is immutable/);
  return 'from 2 pods to 4: refused';
}
