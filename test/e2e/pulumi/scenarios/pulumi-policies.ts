import assert from 'node:assert/strict';
import { join } from 'node:path';
import { policies } from '../../../../lib/policies/index.ts';
import { crdsInCharts, exampleCluster } from '../../examples.ts';
import type { Scenario } from '../../scenario.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { servedBy } from '../served-by.ts';
import { type PolicyFinding, type Stack, withStack } from '../stack.ts';

/** The rules as a policy pack, run by the engine on an example and on a program with faults that its own check cannot see. */
export const scenario: Scenario = {
  name: 'pulumi-policies',
  limits: [
    'The policy pack is started by the language host of the lane, in the way of the official one; policy groups of Pulumi Cloud are not looked at.',
  ],
  async run({ startCluster, prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys({ ...onExample, ...onFaults })) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const policyPack = 'examples/policy-pack';
    const { api, kubeconfig } = await startCluster();
    const { units } = await exampleCluster(EXAMPLE);
    for (const crd of units.flatMap(crdsInCharts)) await api.applyServerSide(crd);
    const example = {
      ...{ pulumi, policyPack, program: `examples/${EXAMPLE}`, providers: ['azure-native', 'kubernetes'] as const },
      ...servedBy('azure-native', kubeconfig),
    };
    await withStack(example, async (stack) => {
      await stack.preview();
      const previewed = stack.findings();
      await stack.up();
      const deployed = stack.findings();
      for (const [claim, proof] of Object.entries(onExample))
        await prove(claim, pulumi, () => proof(previewed, deployed));
    });
    const program = join(import.meta.dirname, '../programs/policies');
    const faults = { pulumi, policyPack, program, providers: ['kubernetes'] as const, secretConfig: { kubeconfig } };
    await withStack(faults, async (stack) => {
      for (const [claim, proof] of Object.entries(onFaults)) await prove(claim, pulumi, () => proof(stack));
    });
    await withStack({ ...faults, policyConfig: { 'TAINT-006': 'advisory' } }, async (stack) => {
      for (const [claim, proof] of Object.entries(onAdvice)) await prove(claim, pulumi, () => proof(stack));
    });
  },
};

type Findings = readonly PolicyFinding[];

const EXAMPLE = 'azure-training';
const CANARY = 'cdk8s-ai-canary';
const NOT_EVALUATED = 'cdk8s-ai-not-evaluated';

const by = (findings: Findings, policy: string) => findings.filter((one) => one.policy === policy);
const mandatory = (findings: Findings) => findings.filter(({ level }) => level === 'mandatory');

const onExample: Readonly<Record<string, (previewed: Findings, deployed: Findings) => Promise<string>>> = {
  'the policy pack passes an example before anything of it exists, and its canary tells what it has judged': async (
    previewed,
    deployed,
  ) => {
    assert.deepEqual(mandatory([...previewed, ...deployed]), []);
    const { units, pools } = await exampleCluster(EXAMPLE);
    const kept = units.filter(({ runOnce }) => !runOnce);
    const count = (part: 'objects' | 'charts') => kept.reduce((sum, unit) => sum + unit[part].length, 0);
    const judged = `${policies.length} rules ran on ${count('objects')} objects, ${count('charts')} charts and ${pools.length} pools`;
    for (const findings of [previewed, deployed]) {
      const [canary, ...more] = by(findings, CANARY);
      assert.deepEqual(more, []);
      assert.ok(canary?.message.includes(judged), canary?.message);
    }
    return judged;
  },

  'what only the deployment tells is reported as not evaluated with the rules that look at it, and evaluated by up':
    async (previewed, deployed) => {
      assert.deepEqual(by(deployed, NOT_EVALUATED), []);
      const open = by(previewed, NOT_EVALUATED);
      assert.ok(open.length > 0);
      for (const { level, urn, message } of open) {
        assert.equal(level, 'advisory');
        assert.match(urn, /ServiceAccount::east\/tenant-(driving|grasping)\//);
        assert.match(message, /SEC-012.*: only the deployment tells .*azure\.workload\.identity\/client-id/);
      }
      return `${open.length} findings`;
    },
};

const onFaults: Readonly<Record<string, (stack: Stack) => Promise<string>>> = {
  'up goes through with the policy pack where no rule is broken': async (stack) => {
    const { changes } = await stack.up();
    assert.deepEqual(mandatory(stack.findings()), []);
    assert.equal(by(stack.findings(), CANARY).length, 1);
    return `${changes['create']} resources`;
  },

  'the policy pack refuses quotas above what the pool can have': refused('quota', /QUOTA-\d+/, /::basement$/),

  'the policy pack refuses a workload that a transform took the toleration from, which the program cannot see': refused(
    'transform',
    /^TAINT-006$/,
    /apps\/v1:Deployment::basement\/.*\/research\/probe$/,
  ),

  'the policy pack refuses a pod without toleration that the program adds beside the platform': refused(
    'pod',
    /^TAINT-006$/,
    /core\/v1:Pod::debug$/,
  ),
};

const onAdvice: typeof onFaults = {
  'a rule that the pack configuration makes advisory is reported and refuses nothing': async (stack) => {
    await stack.configure({ fault: 'pod' });
    await stack.preview();
    const [found] = by(stack.findings(), 'TAINT-006');
    assert.equal(found?.level, 'advisory');
    return found?.message.trim() ?? '';
  },
};

function refused(fault: string, policy: RegExp, urn: RegExp): (stack: Stack) => Promise<string> {
  return async (stack) => {
    await stack.configure({ fault });
    await assert.rejects(stack.preview());
    const found = mandatory(stack.findings()).filter((one) => policy.test(one.policy));
    assert.ok(found.length > 0, JSON.stringify(stack.findings()));
    for (const one of found) assert.match(one.urn, urn);
    return found.map(({ message }) => message.trim()).join('; ');
  };
}
