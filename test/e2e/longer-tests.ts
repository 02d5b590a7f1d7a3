// Tests of the fast suite that the lane runs at full length.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { runFolder } from './run-folder.ts';
import type { ScenarioContext } from './scenario.ts';

/** What vitest says of one test, as far as we look at it. */
interface TestResult {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';
  readonly duration?: number;
  readonly failureMessages: readonly string[];
}

/**
 * Runs the tests of a file and records each as a claim under its own name; one that is skipped there is not run here.
 *
 * @param length the variables that make it long, such as `{ KILLS: '200' }`
 */
export async function proveTests(
  { prove, notRun }: ScenarioContext,
  file: string,
  length: Readonly<Record<string, string>>,
): Promise<void> {
  const judge = { name: `Node.js on Linux ${release()}`, version: process.versions.node };
  const figure = Object.entries(length).map(([name, value]) => `${name}=${value}`);
  for (const { fullName, status, duration, failureMessages } of await resultsOf(file, length)) {
    if (status === 'passed' || status === 'failed') {
      await prove(fullName, judge, async () => {
        if (status === 'failed') throw new Error(failureMessages.join('\n'));
        return [...figure, `${((duration ?? 0) / 1000).toFixed(1)} s`].join(', ');
      });
    } else notRun(fullName, judge.name, 'skipped on this machine');
  }
}

async function resultsOf(file: string, length: Readonly<Record<string, string>>): Promise<readonly TestResult[]> {
  const report = join(mkdtempSync(join(runFolder(), 'tests-')), 'report.json');
  const args = ['node_modules/vitest/vitest.mjs', 'run', file, '--reporter=json', `--outputFile=${report}`];
  // Its exit code says no more than the report does; when there is no report, reading it says so.
  await new Promise<void>((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, ...length }, maxBuffer: 2 ** 26 }, () => resolve());
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
  };
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}
