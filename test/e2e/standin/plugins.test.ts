import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../toolchain.ts';
import { waitFor } from '../waiting.ts';
import { nodeScript, writeExecutable, writePlugins } from './plugins.ts';

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

describe('the provider of Kubernetes', () => {
  afterEach(() => vi.unstubAllEnvs());

  async function writtenTo(name: string) {
    const target = join(folder, name);
    const typingsCache = join(cacheFolder, 'typings');
    const plugins = await writePlugins({
      ...{ folder: target, providers: ['kubernetes'], callLog: join(target, 'calls'), typingsCache, outputs: {} },
    });
    return { plugins, hasStandIn: existsSync(join(target, 'pulumi-resource-kubernetes')) };
  }

  test('is a stand-in where PATH has none', async () => {
    vi.stubEnv('PATH', folder);
    expect(await writtenTo('without')).toEqual({ plugins: { kubernetes: 'stand-in' }, hasStandIn: true });
  });

  test('is the official one where PATH has it, with nothing before it', async () => {
    const official = mkdtempSync(join(folder, 'official-'));
    const asked = join(official, 'asked');
    writeExecutable(join(official, 'pulumi-resource-kubernetes'), nodeScript('pretended-plugin.ts', asked));
    vi.stubEnv('PATH', [official, folder, process.env['PATH']].join(delimiter));
    expect(await writtenTo('with')).toEqual({ plugins: { kubernetes: 'official 7.8.9' }, hasStandIn: false });
  });
});
