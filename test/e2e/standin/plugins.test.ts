import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cacheFolder } from '../toolchain.ts';
import { waitFor } from '../waiting.ts';
import { writePlugins } from './plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a plugin', () => {
  test.each(['pulumi-language-nodejs', 'pulumi-resource-aws'])('%s ends when its parent is killed', async (name) => {
    const typingsCache = join(cacheFolder, 'typings');
    await writePlugins({ folder, providers: ['aws'], callLog: join(folder, 'calls'), typingsCache, outputs: {} });
    const parent = spawn('sh', ['-c', '"$0" & echo "pid $!"; wait', join(folder, name)]);
    let output = '';
    parent.stdout.on('data', (chunk: Buffer) => {
      output += `${chunk}`;
    });
    // It is ready when it has printed its port.
    await waitFor('the port', async () => /^\d+$/m.test(output), 30);
    const plugin = Number(/pid (\d+)/.exec(output)?.[1]);
    expect(isAlive(plugin)).toBe(true);
    parent.kill('SIGKILL');
    await waitFor('the plugin to end', async () => !isAlive(plugin), 5);
  });
});
