import { formatProblem } from '../model/errors.ts';
import type { PlatformModel } from '../model/platform-model.ts';
import type { Finding, Report } from '../policies/check.ts';

/** The report as a person reads it: what there is, what is wrong, and the sum. */
export function formatReport(model: PlatformModel, report: Report): string {
  const findings = report.findings.map((finding) => `${mark(finding)} ${formatProblem(finding)}\n`).join('');
  const clusters = model.clusters.map((cluster) => {
    const objects = cluster.units.reduce((sum, unit) => sum + unit.objects.length, 0);
    const charts = cluster.units.reduce((sum, unit) => sum + unit.charts.length, 0);
    return `cluster ${cluster.name}: ${cluster.units.length} units, ${objects} objects, ${charts} charts, ${cluster.pools.length} pools, ${cluster.queues.length} queues\n`;
  });
  const sum = `${report.evaluated.length} rules: ${report.errors} errors, ${report.warnings} warnings, ${report.unknown} not judged, ${report.waived} waived\n`;
  return `${findings}${findings === '' ? '' : '\n'}platform ${model.name}\n${clusters.join('')}${sum}`;
}

function mark({ outcome, severity }: Finding): string {
  if (outcome === 'waived') return 'waived ';
  if (outcome === 'unknown') return 'unknown';
  return severity === 'error' ? 'error  ' : 'warning';
}
