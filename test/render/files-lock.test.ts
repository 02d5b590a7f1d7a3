import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { takeLock } from '../../lib/render/files/lock.ts';
import { place } from './files-folder.ts';

/** A claim as some other process would have put it; our own name tells how the machine is written. */
function claimOf(folder: string, change: (own: string) => string): string {
  const release = takeLock(folder, 'out', 0);
  const [own = ''] = readdirSync(folder);
  release();
  const other = change(own);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, other), '');
  return other;
}

describe('the lock of a folder', () => {
  test('is had by one at a time, and the folder goes with it', () => {
    const folder = place();
    const release = takeLock(folder, 'out', 0);
    expect(() => takeLock(folder, 'out', 0)).toThrow(new RegExp(`FILES-007 at out: .*process ${process.pid} on`));
    release();
    takeLock(folder, 'out', 0)();
    expect(readdirSync(dirname(folder))).toEqual([]);
  });

  test('stays when others wait for it, and so do their claims', () => {
    const folder = place();
    const release = takeLock(folder, 'out', 0);
    writeFileSync(join(folder, 'something'), '');
    release();
    expect(readdirSync(folder)).toEqual(['something']);
  });

  test('is free when its holder is dead, even if its number is used again', () => {
    const folder = place();
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    claimOf(folder, (own) => own.replace(/^lock-\d+/, `lock-${ended}`));
    // This process lives, but did not start then.
    const reused = claimOf(folder, (own) => own.replace(/^(lock-\d+)-\d+/, '$1-1'));
    const release = takeLock(folder, 'out', 0);
    if (process.platform === 'linux') expect(readdirSync(folder)).not.toContain(reused);
    release();
  });

  test.skipIf(process.platform !== 'linux')(
    'is free when its holder was killed and nobody has asked about it',
    async () => {
      const folder = place();
      // The shell becomes a program that does not know of its child, and never asks how it ended.
      const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
      const zombie = await new Promise<string>((resolve) => {
        parent.stdout.once('data', (data) => resolve(String(data).trim()));
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      claimOf(folder, (own) => own.replace(/^lock-\d+/, `lock-${zombie}`));
      takeLock(folder, 'out', 0)();
      parent.kill('SIGKILL');
    },
  );

  test('of a process on another machine is respected until nobody could still need it', () => {
    const folder = place();
    const remote = claimOf(folder, (own) => `${own}-elsewhere`);
    expect(() => takeLock(folder, 'out', 0)).toThrow(/FILES-007 .*elsewhere[\s\S]*delete/);
    const elevenMinutesAgo = Date.now() / 1000 - 11 * 60;
    utimesSync(join(folder, remote), elevenMinutesAgo, elevenMinutesAgo);
    takeLock(folder, 'out', 0)();
  });
});
