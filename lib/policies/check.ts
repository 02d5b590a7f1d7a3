import type { ClusterModel, PlatformModel, Waiver } from '../model/platform-model.ts';
import type { PlatformStream } from '../model/platform-stream.ts';
import { policies } from './index.ts';
import type { Policy, Severity } from './policy.ts';

/** One line of the report: what a rule found at one place, and whether a waiver covers it. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly outcome: 'fail' | 'unknown' | 'waived';
  readonly where: string;
  readonly what: string;
  readonly fix: string;
}

/** Everything that the rules found, sorted, and whether synth may go on. */
export interface Report {
  readonly findings: readonly Finding[];
  /** Ids of the rules that were evaluated. */
  readonly evaluated: readonly string[];
  readonly errors: number;
  readonly warnings: number;
  /** Findings that could not be decided: reported, never counted as passed. */
  readonly unknown: number;
  readonly waived: number;
}

/**
 * Evaluates every rule on the model.
 *
 * @param today the day on which waivers are judged, `YYYY-MM-DD`; without it no waiver expires, so that the same program
 *   gives the same result on any day. The command line passes the real day.
 */
export function check(platform: PlatformStream, today?: string, rules: readonly Policy[] = policies): Report {
  const findings: Finding[] = [];
  for (const cluster of platform.clusters)
    for (const finding of findingsIn(cluster, platform, today, rules)) findings.push(finding);
  return reportOf(findings, platform, today, rules);
}

/** What the rules find in one cluster of the platform. Every rule judges cluster by cluster. */
export function findingsIn(
  cluster: ClusterModel,
  platform: PlatformStream,
  today?: string,
  rules: readonly Policy[] = policies,
): readonly Finding[] {
  const { waivers } = platform;
  const model: PlatformModel = { ...platform, clusters: [cluster] };
  return rules.flatMap((rule) =>
    rule.check(model).map((verdict): Finding => {
      const waived = waivers.some((waiver) => covers(waiver, rule.id, verdict.where, today));
      const { where, what, fix } = verdict;
      return {
        code: rule.id,
        severity: rule.severity,
        outcome: waived ? 'waived' : verdict.outcome,
        where,
        what,
        fix,
      };
    }),
  );
}

/** The findings of all clusters as a report, with a warning for each waiver that has ended. */
export function reportOf(
  found: readonly Finding[],
  { waivers }: PlatformStream,
  today?: string,
  rules: readonly Policy[] = policies,
): Report {
  const ended = waivers.filter((waiver) => isExpired(waiver, today)).map(expired);
  const findings = inOrder([...found, ...ended]);
  const count = (test: (finding: Finding) => boolean) => findings.filter(test).length;
  return {
    findings,
    evaluated: rules.map((rule) => rule.id),
    errors: count((finding) => finding.outcome === 'fail' && finding.severity === 'error'),
    warnings: count((finding) => finding.outcome === 'fail' && finding.severity === 'warning'),
    unknown: count((finding) => finding.outcome === 'unknown'),
    waived: count((finding) => finding.outcome === 'waived'),
  };
}

function covers(waiver: Waiver, rule: string, where: string, today: string | undefined): boolean {
  const inside = where === waiver.path || where.startsWith(`${waiver.path}/`);
  return waiver.rule === rule && inside && !isExpired(waiver, today);
}

function isExpired(waiver: Waiver, today: string | undefined): boolean {
  return today !== undefined && waiver.expires < today;
}

function expired(waiver: Waiver): Finding {
  return {
    code: 'WAIVER-001',
    severity: 'warning',
    outcome: 'fail',
    where: waiver.path,
    what: `the waiver of ${waiver.rule} ended on ${waiver.expires} (${waiver.reason})`,
    fix: 'Mend the finding, or set a later day with the reason that holds today.',
  };
}

/** By severity, rule and place. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const keyed = findings.map((finding) => {
    const { severity, code, where, what } = finding;
    return { finding, key: `${severity}\u0000${code}\u0000${where}\u0000${what}` };
  });
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ finding }) => finding);
}
