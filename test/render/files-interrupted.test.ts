import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeTree } from '../../lib/render/files.ts';
import { contents, place, snapshot, strays, tree } from './files-folder.ts';

/** 200 in the lane, and every point of death instead of some. */
const kills = Number(process.env['KILLS'] ?? 6);
const step = kills >= 200 ? 1 : 5;

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('close', resolve));

function start(target: string, content: string, times: number): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'files-writer.ts'), target, content, String(times)], {
    stdio: 'ignore',
  });
}

/** Writes a tree that dies before its n-th change to the disk; gives the number of changes when it does not. */
async function die(target: string, before: number, path: string | undefined): Promise<number> {
  const program = join(import.meta.dirname, 'files-dying-writer.ts');
  const env = path === undefined ? process.env : { ...process.env, PATH: path };
  const child = spawn(process.execPath, [program, target, String(before)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  await ended(child);
  return Number(output);
}

const old = { same: '1', changes: 'old', 'goes/away': 'old' };
const fresh = { same: '1', changes: 'new', 'made/here': 'new' };
const theirs = { 'notes/theirs': 'x' };

function oldTree(): string {
  const target = place();
  writeTree(target, tree(old));
  mkdirSync(join(target, 'notes'));
  writeFileSync(join(target, 'notes/theirs'), 'x');
  return target;
}

/** The next run writes the new tree whatever the killed one left, and leaves nothing stray and no foreign file behind. */
function expectRecovery(target: string): void {
  writeTree(target, tree(fresh));
  expect(contents(target)).toEqual({ ...fresh, ...theirs });
  expect(strays(target)).toEqual([]);
}

describe('a writer that is killed', () => {
  test.each([
    ['with a program that exchanges folders', undefined],
    ['with two renames', '/nowhere'],
  ])(
    'before any one change to the disk, %s, leaves the old tree or the new one',
    async (_, path) => {
      const changes = await die(oldTree(), 0, path);
      expect(changes).toBeGreaterThan(20);
      let absent = 0;
      for (let first = 1; first <= changes; first += 2 * step) {
        const points = [first, first + step].filter((point) => point <= changes);
        await Promise.all(
          points.map(async (point) => {
            const target = oldTree();
            const inodes = ['same', 'notes/theirs'].map((file) => statSync(join(target, file)).ino);
            await die(target, point, path);
            const seen = snapshot(target);
            if (seen === undefined) absent += 1;
            else
              expect(
                [
                  { ...old, ...theirs },
                  { ...fresh, ...theirs },
                ],
                `killed before change ${point}`,
              ).toContainEqual(seen);
            expectRecovery(target);
            expect(['same', 'notes/theirs'].map((file) => statSync(join(target, file)).ino)).toEqual(inodes);
          }),
        );
      }
      // Only where two renames are needed, and only between them, is there a moment without a tree.
      expect(absent).toBeLessThanOrEqual(path === undefined ? 0 : 1);
    },
    120_000,
  );

  test('at a random time leaves one whole tree', async () => {
    const target = place();
    writeTree(target, tree(theirs));
    rmSync(join(target, '.cdk8s-ai-files'));
    for (let kill = 0; kill < kills; kill++) {
      const child = start(target, `k${kill}`, 1000);
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 150));
      child.kill('SIGKILL');
      await ended(child);
      const { 'notes/theirs': foreign, ...files } = snapshot(target) ?? {};
      const texts = new Set(Object.values(files));
      expect([foreign, texts.size <= 1]).toEqual(['x', true]);
      // The text tells how many files its tree has.
      for (const text of texts) expect(Object.keys(files)).toHaveLength(25 + (Number(text.split(' ')[1]) % 5));
    }
    writeTree(target, tree({ last: '1' }));
    expect(contents(target)).toEqual({ last: '1', ...theirs });
    expect(strays(target)).toEqual([]);
  }, 240_000);

  test('between two renames is made good before anything else', () => {
    const target = oldTree();
    const side = join(dirname(target), '.out.cdk8s-ai');
    mkdirSync(join(side, 'tree-1-a'), { recursive: true });
    renameSync(target, join(side, 'old'));
    expect(writeTree(target, tree(old))).toMatchObject({ written: [], unchanged: ['same', 'changes', 'goes/away'] });
    expect(contents(target)).toEqual({ ...old, ...theirs });
    expect(strays(target)).toEqual([]);
  });

  test('between two renames is not made good over a folder that somebody made since', () => {
    const target = oldTree();
    const side = join(dirname(target), '.out.cdk8s-ai');
    mkdirSync(join(side, 'tree-1-a'), { recursive: true });
    renameSync(target, join(side, 'old'));
    mkdirSync(target);
    writeFileSync(join(target, 'important'), 'y');
    expect(() => writeTree(target, tree(fresh))).toThrow(/FILES-006.*\.out\.cdk8s-ai\/old/);
    expect(contents(target)).toEqual({ important: 'y' });
    expect(contents(join(side, 'old'))).toEqual({ ...old, ...theirs });
  });

  test('while its exchange is under way leaves nothing that a late exchange could spoil', async () => {
    const target = oldTree();
    const bin = join(dirname(dirname(target)), 'slow-programs');
    mkdirSync(bin, { recursive: true });
    for (const program of ['perl', 'mv']) {
      writeFileSync(join(bin, program), `#!/bin/sh\nsleep 0.5\nPATH=\${PATH#*:} exec ${program} "$@"\n`, {
        mode: 0o755,
      });
    }
    const child = spawn(process.execPath, [join(import.meta.dirname, 'files-writer.ts'), target, 'dead'], {
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
      stdio: 'ignore',
    });
    const staged = () =>
      strays(target).length > 0 &&
      readdirSync(join(dirname(target), '.out.cdk8s-ai')).some((name) => name.startsWith('tree-'));
    while (!staged()) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGKILL');
    await ended(child);
    expectRecovery(target);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(contents(target)).toEqual({ ...fresh, ...theirs });
  });
});

describe('several runs at once', () => {
  test('write one after the other, eight of them, and a reader never sees a mixture', async () => {
    const target = place();
    const runs = Array.from({ length: 8 }, (_, index) => ended(start(target, `w${index}`, 3)));
    let running = true;
    const codes = Promise.all(runs).finally(() => {
      running = false;
    });
    let looks = 0;
    while (running) {
      expect(new Set(Object.values(snapshot(target) ?? {})).size).toBeLessThanOrEqual(1);
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await codes).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(looks).toBeGreaterThan(10);
    expect(contents(target)['d0/f0']).toMatch(/^w\d 2$/);
    expect(strays(target)).toEqual([]);
  }, 60_000);
});

describe('a file system', () => {
  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  test.skipIf(!canMount)('that is full leaves the old tree and says so (not run without the right to mount)', () => {
    const disk = dirname(place());
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status).toBe(0);
    try {
      const target = join(disk, 'out');
      writeTree(target, tree({ a: 'old' }));
      expect(() => writeTree(target, tree({ a: 'new', big: 'x'.repeat(1_000_000) }))).toThrow(
        /^FILES-008 at .*the disk is full \(ENOSPC\); the folder is as it was/,
      );
      expect(contents(target)).toEqual({ a: 'old' });
      expect(strays(target)).toEqual([]);
      expect(writeTree(target, tree({ a: 'new' })).written).toEqual(['a']);
      expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
      expect(() => writeTree(target, tree({ a: 'newer' }))).toThrow(/FILES-008.*read-only \(EROFS\)/);
      expect(contents(target)).toEqual({ a: 'new' });
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  test.skipIf(!canMount)('that is mounted at the target itself is refused (not run without the right to mount)', () => {
    const target = place();
    mkdirSync(target, { recursive: true });
    expect(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', target]).status).toBe(0);
    try {
      expect(() => writeTree(target, tree({ a: '1' }))).toThrow(/FILES-006.*mounted/);
      expect(strays(target)).toEqual([]);
    } finally {
      spawnSync('umount', [target]);
    }
  });
});
