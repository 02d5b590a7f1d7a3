import { formatProblem } from '../model/errors.ts';
import type { ClusterModel, UnitModel } from '../model/platform-model.ts';
import type { Finding, Report } from '../policies/check.ts';

/** What there is in a cluster, as far as the report tells. */
export interface ClusterSummary {
  readonly name: string;
  readonly units: number;
  readonly objects: number;
  readonly charts: number;
  readonly pools: number;
  readonly queues: number;
}

export function summaryOf({ name, units, pools, queues }: ClusterModel): ClusterSummary {
  const sum = (count: (unit: UnitModel) => number) => units.reduce((total, unit) => total + count(unit), 0);
  return {
    name,
    units: units.length,
    objects: sum((unit) => unit.objects.length),
    charts: sum((unit) => unit.charts.length),
    pools: pools.length,
    queues: queues.length,
  };
}

/** The report as a person reads it: what there is, what is wrong, and the sum. */
export function formatReport(platform: string, summaries: readonly ClusterSummary[], report: Report): string {
  const findings = report.findings.map((finding) => `${mark(finding)} ${formatProblem(finding)}\n`).join('');
  const clusters = summaries.map(
    ({ name, units, objects, charts, pools, queues }) =>
      `cluster ${name}: ${[
        amount(units, 'unit'),
        amount(objects, 'object'),
        amount(charts, 'chart'),
        amount(pools, 'pool'),
        amount(queues, 'queue'),
      ].join(', ')}\n`,
  );
  return `${findings}${findings === '' ? '' : '\n'}platform ${platform}\n${clusters.join('')}${sumOf(report)}\n`;
}

/** How many findings of each sort there are. */
export function sumOf({ evaluated, errors, warnings, unknown, waived }: Report): string {
  return `${amount(evaluated.length, 'rule')}: ${amount(errors, 'error')}, ${amount(warnings, 'warning')}, ${unknown} not judged, ${waived} waived`;
}

/** `1 file`, `2 files`. */
export function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function mark({ outcome, severity }: Finding): string {
  if (outcome === 'waived') return 'waived ';
  if (outcome === 'unknown') return 'unknown';
  return severity === 'error' ? 'error  ' : 'warning';
}
