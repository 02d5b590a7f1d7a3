// What the lane found out: one row per claim, printed, written as JSON, and made into docs/proof.md.

export type Result = 'passed' | 'failed' | 'not run';

/** One sentence about our output, and what a real program had to say to it. */
export interface Claim {
  readonly claim: string;
  /** The real program that judged it. */
  readonly program: string;
  /** Its version, as it tells it itself; empty when it was not run. */
  readonly version: string;
  readonly result: Result;
  /** What was measured or counted; for a claim that failed or was not run, why. */
  readonly figure: string;
}

export function count(claims: readonly Claim[], result: Result): number {
  return claims.filter((claim) => claim.result === result).length;
}

/** The line that ends a run: `7 passed, 0 failed, 2 skipped`. */
export function closingLine(claims: readonly Claim[]): string {
  return `${count(claims, 'passed')} passed, ${count(claims, 'failed')} failed, ${count(claims, 'not run')} skipped`;
}

/**
 * The page docs/proof.md.
 *
 * @param limits what the means of the lane cannot prove, sentence by sentence
 */
export function proofPage(claims: readonly Claim[], limits: readonly string[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [
    '# What is proved on real programs',
    '',
    'Made by `./dev e2e --write-proof`; do not edit. Each row is a claim that the named program judged in that run.',
    '',
    `${closingLine(claims)}.`,
    '',
    row(['Claim', 'Program', 'Version', 'Result', 'Figure']),
    row(['---', '---', '---', '---', '---']),
    ...claims.map(({ claim, program, version, result, figure }) => row([claim, program, version, result, figure])),
    '',
    '## What is not proved, and why',
    '',
    ...[...new Set(limits)].map((limit) => `- ${limit}`),
    '',
  ].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, '<br>');
}
