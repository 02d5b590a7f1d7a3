import { describe, expect, test } from 'vitest';
import { canary } from '../../lib/crossguard/canary.ts';
import { type Input, UNKNOWN } from '../../lib/crossguard/inputs.ts';
import { judge, notEvaluated } from '../../lib/crossguard/judge.ts';
import { check } from '../../lib/policies/check.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import { policies } from '../../lib/policies/index.ts';
import { addedObject, stackOf } from './stack.ts';

const TODAY = '2026-11-24';
const rule = (id: string) => {
  const found = policies.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no rule ${id}`);
  return found;
};
const broken = (id: string, stack: ReturnType<typeof stackOf>) => judge(rule(id), stack, TODAY).broken;

describe.each(policies.map((one) => [one.id, one] as const))('%s', (_, one) => {
  test.each(['failing', 'passing'] as const)(
    'finds in the stack of its %s example what it finds in the model',
    (example) => {
      const model = one.examples[example]();
      const inModel = check(model, TODAY, [one]).findings;
      const inStack = judge(one, stackOf(model), TODAY);
      const messages = (outcome: string) =>
        inModel
          .filter((each) => each.outcome === outcome)
          .map(({ where, what, fix }) => `${where}: ${what}\n${fix}`)
          .sort();
      expect(inStack.broken.map(({ message }) => message).sort()).toEqual(messages('fail'));
      expect(inStack.notEvaluated.map(({ message }) => message).sort()).toEqual(messages('unknown'));
    },
  );
});

const pod = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: 'vision' },
  spec: {
    nodeSelector: { 'cdk8s-ai.dev/pool': 'h100' },
    containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': 1 } } }],
    ...spec,
  },
});
const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];

describe('an object that the program adds by itself', () => {
  test('is judged, and named by its URN', () => {
    const stack = stackOf(examplePlatform(), [addedObject('probe', pod({}))]);
    expect(broken('TAINT-006', stack)).toEqual([
      {
        urn: 'urn:kubernetes:core/v1:Pod::probe',
        message: expect.stringMatching(/Pod 'probe' asks for 1 nvidia.com\/gpu/),
      },
    ]);
    expect(broken('TAINT-006', stackOf(examplePlatform(), [addedObject('probe', pod({ tolerations }))]))).toEqual([]);
  });

  test('is called as its resource when the provider chooses the name', () => {
    const { metadata: _, ...nameless } = pod({});
    const [found] = broken('TAINT-006', stackOf(examplePlatform(), [addedObject('chosen-later', nameless)]));
    expect(found?.message).toContain("Pod 'chosen-later'");
  });

  test('may be a Secret, whose content nobody can tell from a secret reference', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { password: 'hush' } };
    expect(broken('SEC-012', stackOf(examplePlatform(), [addedObject('s', secret)]))).toEqual([]);
  });
});

describe('what is unknown in a preview', () => {
  const unknown = () => stackOf(examplePlatform(), [addedObject('probe', pod({ tolerations: UNKNOWN }))]);

  test('is reported as not evaluated by the rules that look at it', () => {
    const [found, ...others] = notEvaluated([rule('TAINT-006')], unknown(), TODAY);
    expect(others).toEqual([]);
    expect(found?.message).toBe('TAINT-006: only the deployment tells spec.tolerations');
  });

  test('may be all that tells which object it is', () => {
    const stack = stackOf(examplePlatform(), [addedObject('probe', { ...pod({}), metadata: UNKNOWN })]);
    for (const one of policies) expect(judge(one, stack, TODAY).broken).toEqual([]);
    const [found] = notEvaluated(policies, stack, TODAY);
    expect(found?.message).toContain('only the deployment tells metadata');
  });

  test('breaks no rule by being unknown', () => {
    expect(broken('TAINT-006', unknown())).toEqual([]);
  });

  test('takes nothing from what is found elsewhere', () => {
    const both = [addedObject('probe', pod({ tolerations: UNKNOWN })), addedObject('other', pod({}))];
    expect(broken('TAINT-006', stackOf(examplePlatform(), both)).map(({ urn }) => urn)).toEqual([
      'urn:kubernetes:core/v1:Pod::other',
    ]);
  });

  test('is of no interest to a rule that looks elsewhere', () => {
    expect(notEvaluated([rule('QUOTA-001')], unknown(), TODAY)).toEqual([]);
  });
});

test('a text that came from a secret reference is no credential in clear, although a pack gets it so', () => {
  const manifest = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'vision' },
    data: { PASSWORD: '[[ref:string:secret:raw:db/password]]', LITERAL_PASSWORD: 'hush-hush' },
  };
  const { resources, inputs } = stackOf(examplePlatform({ units: [exampleUnit(manifest)] }));
  const bound = new Map<string, Input>(
    [...inputs].map(([urn, input]) => [
      urn,
      urn.endsWith('/vision/settings') ? { ...manifest, data: { ...manifest.data, PASSWORD: 'hush' } } : input,
    ]),
  );
  const found = judge(rule('SEC-012'), { resources, inputs: bound }, TODAY).broken;
  expect(found.map(({ message }) => message)).toEqual([expect.stringContaining('data.LITERAL_PASSWORD')]);
});

describe('the canary', () => {
  test('tells what the rules had before them', () => {
    const [found] = canary(policies, stackOf(examplePlatform({ units: [exampleUnit(pod({ tolerations }))] })));
    expect(found?.message).toBe(
      `${policies.length} rules ran on 1 objects, 0 charts and 1 pools of cluster 'east' of 'example'`,
    );
  });

  test('says so when there was nothing to judge', () => {
    const [found] = canary(policies, {
      resources: [{ urn: 'urn:stack', type: 'pulumi:pulumi:Stack', name: 's' }],
      inputs: new Map(),
    });
    expect(found?.message).toMatch(/^no rule ran: /);
  });

  test('ends the run when a rule no longer finds what it is there for', () => {
    const blind = { ...rule('QUOTA-001'), check: () => [] };
    expect(() => canary([blind], stackOf(examplePlatform()))).toThrow(/rules that find nothing any more: QUOTA-001/);
  });
});
