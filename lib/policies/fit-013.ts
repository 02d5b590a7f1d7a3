import { at, isJsonObject, type JsonObject } from '../model/json.ts';
import { containersOf } from '../model/kubernetes.ts';
import { SHARED_GPU } from '../model/sharing.ts';
import { counted } from './capacity.ts';
import { examplePlatform } from './examples.ts';
import { exampleServiceUnit } from './inference-services.ts';
import { type ClusterPod, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const fit013: Policy = {
  id: 'FIT-013',
  title: 'An engine of vLLM divides its model among as many GPUs as its container asks for.',
  why: 'With fewer GPUs the engine does not start; with more, the rest of them stands idle and counts against the quota.',
  source: 'https://docs.vllm.ai/en/stable/serving/parallelism_scaling/',
  severity: 'error',
  check: perCluster((cluster) => podsOf(cluster).flatMap(judgePod)),
  examples: {
    passing: () => withEngine(['--tensor-parallel-size=4']),
    failing: () => withEngine(['--tensor-parallel-size=2']),
  },
};

function withEngine(args: readonly string[]) {
  const resources = { limits: { 'nvidia.com/gpu': 4 } };
  return examplePlatform({
    units: [exampleServiceUnit('Standard', { model: { modelFormat: { name: 'vLLM' }, args, resources } })],
  });
}

function judgePod({ path, title, template: { spec } }: ClusterPod): readonly Verdict[] {
  // On several nodes KServe sets sizes and GPUs by itself (FIT-014).
  if (spec['workerSpec'] !== undefined) return [];
  return containersOf(spec)
    .filter(isVllm)
    .flatMap((container) => {
      const gpus = gpusOf(container);
      const words = wordsOf(container);
      const sizes = SIZES.map((names) => ({ names, size: sizeIn(words, names) }));
      const unread = sizes.find(({ size }) => size === undefined);
      if (gpus === 0) return [];
      if (unread !== undefined) {
        const what = `which ${unread.names[0]} the engine of ${title} has is not known`;
        return [unknown(path, what, 'Write it as a whole number.')];
      }
      const ranks = sizes.reduce((product, { size = 1 }) => product * size, 1);
      if (ranks === gpus) return [];
      const terms = sizes.filter(({ size }) => size !== 1).map(({ names, size }) => `${names[0]} ${size}`);
      return [
        fail(
          path,
          `the engine of ${title} uses ${counted(ranks, 'GPU')} (${terms.join(', ') || 'nothing divides the model'}), and asks for ${gpus}`,
          `Set --tensor-parallel-size to ${gpus}, or ask for ${counted(ranks, 'GPU')}.`,
        ),
      ];
    });
}

/** What multiplies the GPUs of one engine, by the names that vLLM has for it. */
const SIZES = [
  ['--tensor-parallel-size', '-tp'],
  ['--pipeline-parallel-size', '-pp'],
  ['--data-parallel-size-local', '-dpl'],
] as const;

function isVllm(container: JsonObject): boolean {
  const format = at(container, 'modelFormat', 'name');
  const image = String(container['image'] ?? '');
  return format === 'vLLM' || /(^|\/)vllm-openai(:|@|$)/.test(image);
}

function wordsOf(container: JsonObject): readonly string[] {
  return [container['command'], container['args']].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
}

/** The last one counts; 1 when there is none, nothing when it is no number. */
function sizeIn(words: readonly string[], names: readonly string[]): number | undefined {
  const values = words.flatMap((word, index) => {
    const [name = '', value] = word.split('=', 2);
    return names.includes(name) ? [value ?? words[index + 1] ?? ''] : [];
  });
  const text = values.at(-1);
  if (text === undefined) return 1;
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** Whole GPUs and slices; of a shared GPU a pod has one share. A limit stands for the request. */
function gpusOf(container: JsonObject): number {
  const limits = at(container, 'resources', 'limits');
  return Object.entries(isJsonObject(limits) ? limits : {})
    .filter(([name]) => /^(nvidia|amd)\.com\/(gpu|mig-.*)$/.test(name) || name === SHARED_GPU)
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
