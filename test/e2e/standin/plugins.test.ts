import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../toolchain.ts';
import { waitFor } from '../waiting.ts';
import { writeExecutable, writePlugins } from './plugins.ts';

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
    writePlugins({ folder, providers: ['aws'], callLog: join(folder, 'calls'), typingsCache, outputs: {} });
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

  function writtenTo(name: string) {
    const target = join(folder, name);
    const typingsCache = join(cacheFolder, 'typings');
    const callLog = join(target, 'calls');
    const plugins = writePlugins({
      folder: target,
      providers: ['aws', 'kubernetes'],
      callLog,
      typingsCache,
      outputs: {},
    });
    return { plugins, hasStandIn: existsSync(join(target, 'pulumi-resource-kubernetes')) };
  }

  test('is a stand-in where PATH has none', () => {
    vi.stubEnv('PATH', folder);
    expect(writtenTo('without')).toEqual({ plugins: { aws: 'stand-in', kubernetes: 'stand-in' }, hasStandIn: true });
  });

  test('is the official one where PATH has it, and the cloud stays a stand-in', () => {
    const official = mkdtempSync(join(folder, 'official-'));
    writeExecutable(join(official, 'pulumi-resource-kubernetes'), '#!/bin/sh\n');
    writeExecutable(join(official, 'pulumi-resource-aws'), '#!/bin/sh\n');
    vi.stubEnv('PATH', [official, folder].join(delimiter));
    expect(writtenTo('with')).toEqual({ plugins: { aws: 'stand-in', kubernetes: 'official' }, hasStandIn: false });
  });
});
