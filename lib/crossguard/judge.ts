import { type Finding, findingsIn } from '../policies/check.ts';
import type { Policy } from '../policies/policy.ts';
import { clustersIn, type Stack, type StackCluster, type Touched } from './stack.ts';

/** What a rule says about a stack. */
export interface Judgement {
  readonly broken: readonly Remark[];
  /** What the rule could not decide, and why. */
  readonly notEvaluated: readonly Remark[];
}

/** A sentence about a resource of the stack. */
export interface Remark {
  readonly message: string;
  readonly urn: string;
}

/**
 * Evaluates a rule on every cluster of the stack. What the rule looks at while it is unknown is not evaluated, and a finding
 * that is there only because of it is none.
 *
 * @param today the day on which waivers are judged, `YYYY-MM-DD`
 */
export function judge(rule: Policy, stack: Stack, today: string): Judgement {
  const touched: Touched = new Map();
  const found = findings(rule, clustersIn(stack, touched), today);
  const certain = touched.size === 0 ? found : findings(rule, clustersIn(stack, new Map(), touched), today);
  const keys = new Set(certain.map(keyOf));
  const isBroken = (one: Found) => one.outcome === 'fail' && keys.has(keyOf(one));
  return {
    broken: found.filter(isBroken).map(remark),
    notEvaluated: [
      ...found.filter((one) => one.outcome === 'unknown').map(remark),
      ...stack.resources.flatMap(({ urn }) => {
        const paths = [...(touched.get(urn) ?? [])].sort();
        return paths.length === 0 ? [] : [{ message: `only the deployment tells ${paths.join(', ')}`, urn }];
      }),
    ],
  };
}

/** What the rules could not decide, each reason once with the rules that it kept from it. */
export function notEvaluated(rules: readonly Policy[], stack: Stack, today: string): readonly Remark[] {
  const reasons = new Map<string, Remark & { readonly ids: string[] }>();
  for (const rule of rules) {
    for (const remark of judge(rule, stack, today).notEvaluated) {
      const key = `${remark.urn}\n${remark.message}`;
      const reason = reasons.get(key) ?? { ...remark, ids: [] };
      reason.ids.push(rule.id);
      reasons.set(key, reason);
    }
  }
  return [...reasons.values()].map(({ ids, message, urn }) => ({ message: `${ids.join(', ')}: ${message}`, urn }));
}

interface Found extends Finding {
  readonly urn: string;
}

function findings(rule: Policy, clusters: readonly StackCluster[], today: string): readonly Found[] {
  return clusters.flatMap(({ platform, cluster, urns, urn }) =>
    findingsIn(cluster, platform, today, [rule])
      .filter(({ outcome }) => outcome !== 'waived')
      .map((finding) => ({ ...finding, urn: urns.get(finding.where) ?? urn })),
  );
}

const keyOf = ({ where, what }: Found): string => `${where}\n${what}`;

const remark = ({ where, what, fix, urn }: Found): Remark => ({ message: `${where}: ${what}\n${fix}`, urn });
