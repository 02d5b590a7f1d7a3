import type { Policy } from '../policies/policy.ts';
import type { Remark } from './judge.ts';
import { clustersIn, type Stack } from './stack.ts';

/**
 * What the rules had before them, a sentence for each cluster: whoever reads the result knows that they ran.
 *
 * @throws Error when a rule no longer finds the fault that it is there for
 */
export function canary(rules: readonly Policy[], stack: Stack): readonly Remark[] {
  const blind = rules.filter(
    ({ check, examples }) => !check(examples.failing()).some(({ outcome }) => outcome === 'fail'),
  );
  if (blind.length > 0) throw new Error(`rules that find nothing any more: ${blind.map(({ id }) => id).join(', ')}`);
  const clusters = clustersIn(stack, new Map());
  if (clusters.length === 0) return stack.resources.slice(0, 1).map(({ urn }) => ({ message: NOTHING, urn }));
  return clusters.map(({ platform, cluster, urn }) => {
    const count = (part: 'objects' | 'charts') => cluster.units.reduce((sum, unit) => sum + unit[part].length, 0);
    const seen = `${count('objects')} objects, ${count('charts')} charts and ${cluster.pools.length} pools`;
    return { message: `${rules.length} rules ran on ${seen} of cluster '${cluster.name}' of '${platform.name}'`, urn };
  });
}

const NOTHING =
  'no rule ran: deploy() of cdk8s-ai/pulumi put nothing into a cluster here, or the policy cdk8s-ai-inputs is disabled';
