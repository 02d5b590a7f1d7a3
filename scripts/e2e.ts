// The lane of real programs: `./dev e2e [--json FILE] [--write-proof] [--only NAME]…`.

import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Claim, closingLine, count, proofPage } from '../test/e2e/claims.ts';
import { runScenario, type Scenario } from '../test/e2e/scenario.ts';
import { cacheFolder } from '../test/e2e/toolchain.ts';

const root = dirname(import.meta.dirname);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      'write-proof': { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values['write-proof'] && values.only.length > 0) {
    throw new Error('--write-proof needs every scenario: a page made from some of them would hide the others');
  }
  const scenarios = await loadScenarios(values.only);
  const claims: Claim[] = [];
  for (const scenario of scenarios) claims.push(...(await run(scenario)));

  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(claims, undefined, 2)}\n`);
  if (values['write-proof']) {
    writeFileSync(
      join(root, 'docs/proof.md'),
      proofPage(
        claims,
        scenarios.flatMap(({ limits }) => limits),
      ),
    );
  }
  console.log(`\n${closingLine(claims)}`);
  return count(claims, 'failed') > 0 || claims.length === 0 ? 1 : 0;
}

/** The scenarios with these names, or all of them, by name. */
async function loadScenarios(names: readonly string[]): Promise<readonly Scenario[]> {
  const files = globSync('test/e2e/{,pulumi/}scenarios/*.ts', { cwd: root }).sort();
  const known = files.map((file) => basename(file, '.ts'));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  const wanted = files.filter((file) => names.length === 0 || names.includes(basename(file, '.ts')));
  const modules = await Promise.all(wanted.map((file) => import(join(root, file)) as Promise<{ scenario: Scenario }>));
  return modules.map(({ scenario }) => scenario);
}

async function run(scenario: Scenario): Promise<readonly Claim[]> {
  console.log(`\n${scenario.name}`);
  const start = Date.now();
  const { claims, logFolders } = await runScenario(scenario, print);
  console.log(`  ${Math.round((Date.now() - start) / 1000)} s`);
  const logs = join(cacheFolder, 'e2e-logs', scenario.name);
  rmSync(logs, { recursive: true, force: true });
  if (count(claims, 'failed') > 0 && logFolders.length > 0) {
    keepLogs(logFolders, logs);
    console.log(`  logs of the programs: ${logs}`);
  }
  return claims;
}

function print({ claim, program, version, result, figure }: Claim, seconds: number): void {
  const verdict = result === 'failed' ? 'FAILED' : result;
  const judge = `${program} ${version}`.trim();
  console.log(`  ${verdict}: ${claim} (${judge}, ${seconds.toFixed(1)} s)`);
  if (figure !== '') console.log(`      ${figure.replaceAll('\n', '\n      ')}`);
}

function keepLogs(folders: readonly string[], target: string): void {
  for (const folder of folders) {
    const to = join(target, basename(folder));
    mkdirSync(to, { recursive: true });
    for (const log of globSync('*.log', { cwd: folder })) cpSync(join(folder, log), join(to, log));
  }
}

try {
  // Exiting at once also ends what a broken scenario may still be waiting for.
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
