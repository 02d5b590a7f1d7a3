import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { commandOf } from './run-folder.ts';

// A place of its own, so that no other run sees or removes what these leave behind.
const TMPDIR = mkdtempSync(join(tmpdir(), 'run-folder-test-'));
afterAll(() => rmSync(TMPDIR, { recursive: true }));

/** A run of its own, which starts one program and prints its folder and the id of the program. */
const run = `
  import { runFolder, startServer } from ${JSON.stringify(join(import.meta.dirname, 'run-folder.ts'))};
  const folder = runFolder();
  const { process: child } = startServer('idle', process.execPath, ['-e', 'setInterval(() => {}, 1000)', folder], folder);
  console.log(JSON.stringify({ folder, pid: child.pid }));
`;

async function start(then: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', run + then], {
    env: { ...process.env, TMPDIR },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  while (!output.includes('}\n')) await once(child.stdout, 'data');
  const line = output.split('\n').find((text) => text.startsWith('{')) ?? '';
  return { child, ...(JSON.parse(line) as { folder: string; pid: number }) };
}

/** A killed process that nobody has waited for yet has no command line any more. */
const lives = (pid: number) => commandOf(pid) !== '';

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the programs of a run and removes its folder', async (signal) => {
  const { child, folder, pid } = await start('setInterval(() => {}, 1000);');
  child.kill(signal);
  await once(child, 'exit');
  await expect.poll(() => lives(pid)).toBe(false);
  expect(existsSync(folder)).toBe(false);
});

test('a run that comes to its end leaves nothing behind', async () => {
  const { child, folder, pid } = await start('');
  if (child.exitCode === null) await once(child, 'exit');
  await expect.poll(() => lives(pid)).toBe(false);
  expect(existsSync(folder)).toBe(false);
});

test('a run ends what an earlier one, killed before it could, has left behind', async () => {
  const killed = await start('setInterval(() => {}, 1000);');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  expect(lives(killed.pid)).toBe(true);

  const next = await start('');
  if (next.child.exitCode === null) await once(next.child, 'exit');
  await expect.poll(() => lives(killed.pid)).toBe(false);
  expect(existsSync(killed.folder)).toBe(false);
});
