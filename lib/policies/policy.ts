import type { ClusterModel, PlatformModel } from '../model/platform-model.ts';

/** How much a failing rule matters: an `error` stops synth, a `warning` is shown. */
export type Severity = 'error' | 'warning';

/** What one rule found at one place. A rule that passes says nothing. */
export interface Verdict {
  /** `fail`: the rule is broken. `unknown`: a fact that the rule needs is not in the model. */
  readonly outcome: 'fail' | 'unknown';
  /** Construct path of the thing to change. */
  readonly where: string;
  /** What is wrong with the facts that clash, or which fact is missing. */
  readonly what: string;
  /** The smallest change that mends it, with a value that works. */
  readonly fix: string;
}

/** One rule over the whole platform. */
export interface Policy {
  /** Stable id, such as `QUOTA-019`. Its meaning never changes. */
  readonly id: string;
  /** The rule as a sentence that is true when it passes. */
  readonly title: string;
  /** What happens when it is broken. */
  readonly why: string;
  /** Where the fact behind the rule can be read. */
  readonly source: string;
  readonly severity: Severity;
  /** Pure: reads the model and nothing else. */
  check(model: PlatformModel): readonly Verdict[];
  /** The smallest model that passes and the smallest that fails: the rule's first tests and its documentation. */
  readonly examples: { passing(): PlatformModel; failing(): PlatformModel };
}

/** Runs a check cluster by cluster: most rules never look across clusters. */
export function perCluster(
  check: (cluster: ClusterModel) => Iterable<Verdict>,
): (model: PlatformModel) => readonly Verdict[] {
  return (model) => model.clusters.flatMap((cluster) => [...check(cluster)]);
}

export function fail(where: string, what: string, fix: string): Verdict {
  return { outcome: 'fail', where, what, fix };
}

export function unknown(where: string, what: string, fix: string): Verdict {
  return { outcome: 'unknown', where, what, fix };
}
