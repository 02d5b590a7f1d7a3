import type { Taint } from '../model/kubernetes.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

const NAME = /^(?=.{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const taint003: Policy = {
  id: 'TAINT-003',
  title: 'The taints of a pool are well formed, and no two share key and effect.',
  why: 'The API server refuses such a node, or the last of two equal taints wins without a word.',
  source: 'https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.35/#taint-v1-core',
  severity: 'error',
  check: perCluster((cluster) =>
    [...cluster.pools, cluster.systemPool].flatMap(({ path, taints }) => [
      ...taints.flatMap((taint) => malformed(path, taint)),
      ...repeated(path, taints),
    ]),
  ),
  examples: {
    passing: () => examplePlatform(),
    failing: () =>
      examplePlatform({
        pools: [{ ...examplePool, taints: [...examplePool.taints, { key: 'team a', effect: 'NoSchedule' }] }],
      }),
  },
};

function malformed(path: string, taint: Taint): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  const [name = '', prefix] = taint.key.split('/').reverse();
  const isKey = NAME.test(name) && taint.key.split('/').length <= 2 && (prefix === undefined || PREFIX.test(prefix));
  if (!isKey) {
    verdicts.push(
      fail(path, `the taint key '${taint.key}' is no qualified name`, "Use a key such as 'example.com/team'."),
    );
  }
  if (taint.value !== undefined && taint.value !== '' && !NAME.test(taint.value)) {
    verdicts.push(
      fail(
        path,
        `the value '${taint.value}' of the taint '${taint.key}' is no label value`,
        "Use at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends.",
      ),
    );
  }
  if (!EFFECTS.includes(taint.effect)) {
    verdicts.push(
      fail(
        path,
        `the taint '${taint.key}' has the unknown effect '${taint.effect}'`,
        `Use one of ${EFFECTS.join(', ')}.`,
      ),
    );
  }
  return verdicts;
}

function repeated(path: string, taints: readonly Taint[]): readonly Verdict[] {
  const pairs = taints.map(({ key, effect }) => `${key}:${effect}`);
  const twice = new Set(pairs.filter((pair, index) => pairs.indexOf(pair) !== index));
  return [...twice].map((pair) => fail(path, `the taint ${pair} is given more than once`, 'Keep one of them.'));
}
