import type { Finding, Report } from '../policies/check.ts';
import type { PreflightSheet } from '../preflight/preflight.ts';
import { linesOf, titleOf } from './format-preflight.ts';
import { type ClusterSummary, sumOf } from './format-report.ts';

/** The platform as a page for a pull request or a ticket: what there is, what is wrong, what to have first. */
export function formatMarkdown(
  platform: string,
  summaries: readonly ClusterSummary[],
  report: Report,
  sheets: readonly PreflightSheet[],
): string {
  return [
    `# Platform ${escaped(platform)}`,
    table(
      ['cluster', 'units', 'objects', 'charts', 'pools', 'queues'],
      summaries.map(({ name, units, objects, charts, pools, queues }) => [name, units, objects, charts, pools, queues]),
    ),
    '## Findings',
    sumOf(report),
    ...(report.findings.length === 0 ? [] : [findings(report.findings)]),
    '## Before the deployment',
    ...sheets.flatMap((sheet) => [
      `### ${escaped(titleOf(sheet))}`,
      linesOf(sheet)
        .map((line) => `- ${escaped(line)}`)
        .join('\n'),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function findings(all: readonly Finding[]): string {
  return table(
    ['outcome', 'rule', 'where', 'what', 'fix'],
    all.map(({ outcome, severity, code, where, what, fix }) => [
      outcome === 'fail' ? severity : outcome,
      code,
      where,
      what,
      fix,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => escaped(String(cell))).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A text as it is, whatever it would mean in Markdown or HTML, on one line. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_<>[\]|~&]/g, '\\$&');
}
