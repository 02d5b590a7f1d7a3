// `cdk8s-ai/crossguard`: the rules as policies of a Pulumi policy pack.
import type { Policies, ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { policies } from '../policies/index.ts';
import type { Policy } from '../policies/policy.ts';
import { canary } from './canary.ts';
import { type Input, readInputs } from './inputs.ts';
import { judge, notEvaluated, type Remark } from './judge.ts';
import type { Stack } from './stack.ts';

/**
 * The rules of `cdk8s-ai check`, for a policy pack: `new PolicyPack('cdk8s-ai', { policies: clusterPolicies() })`. They judge
 * what a stack deploys into clusters: objects and charts as the engine has them, after every transform and with those that
 * the program adds by itself, under the pools, tenants, queues and waivers that `deploy` declares.
 *
 * Each rule is a policy under its own id, `mandatory` when a broken rule stops synth and `advisory` when it is a warning.
 * `cdk8s-ai-not-evaluated` reports what a rule looks at while only the deployment knows it, `cdk8s-ai-canary` that the rules
 * ran and on how much.
 */
export function clusterPolicies(): Policies {
  const inputs = new Map<string, Input>();
  return [
    reader(inputs),
    stackPolicy(inputs, {
      name: 'cdk8s-ai-canary',
      description: 'Shows that the rules run and that each one finds what it is there for.',
      enforcementLevel: 'advisory',
      judge: (stack) => canary(policies, stack),
    }),
    stackPolicy(inputs, {
      name: 'cdk8s-ai-not-evaluated',
      description: 'Not evaluated because unknown.',
      enforcementLevel: 'advisory',
      judge: (stack) => notEvaluated(policies, stack, today()),
    }),
    ...policies.map((rule) => stackPolicy(inputs, rulePolicy(rule))),
  ];
}

/** Stack policies get outputs, of which a preview has none before the cluster exists; so inputs are kept as they go by. */
function reader(inputs: Map<string, Input>): ResourceValidationPolicy {
  return {
    name: 'cdk8s-ai-inputs',
    description: 'Reads the inputs of every resource for the rules, and reports nothing.',
    enforcementLevel: 'advisory',
    validateResource: ({ urn, props }) => {
      inputs.set(urn, readInputs(props));
    },
  };
}

interface Judge extends Omit<StackValidationPolicy, 'validateStack'> {
  judge(stack: Stack): readonly Remark[];
}

function rulePolicy(rule: Policy): Judge {
  const { id, title, why, source, severity } = rule;
  const isError = severity === 'error';
  return {
    name: id,
    displayName: title,
    description: `${title} ${why}`,
    enforcementLevel: isError ? 'mandatory' : 'advisory',
    severity: isError ? 'high' : 'low',
    url: source,
    judge: (stack) => judge(rule, stack, today()).broken,
  };
}

function stackPolicy(inputs: ReadonlyMap<string, Input>, { judge, ...policy }: Judge): StackValidationPolicy {
  return {
    ...policy,
    validateStack: ({ resources }, report: ReportViolation) => {
      for (const { message, urn } of judge({ resources, inputs })) report(message, urn);
    },
  };
}

/** The day on which waivers are judged. */
const today = (): string => new Date().toISOString().slice(0, 10);
