import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { OWNERSHIP, writeTree } from '../../lib/render/files.ts';

const root = mkdtempSync(join(tmpdir(), 'files-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let counter = 0;
const place = () => join(root, String(counter++), 'out');

const tree = (files: Readonly<Record<string, string>>) => new Map(Object.entries(files));

/** Every file below the folder with its text, what is ours and what is not; without the ownership file. */
function contents(folder: string): Readonly<Record<string, string>> {
  const files = globSync('**', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path !== OWNERSHIP);
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** What is beside the target: nothing may be left there. */
const strays = (target: string) => readdirSync(join(target, '..')).filter((name) => name !== 'out');

describe('writing a tree', () => {
  test('makes the target hold exactly the files', () => {
    const target = place();
    expect(writeTree(target, tree({ 'a/b.yaml': '1\n', 'c.yaml': '2\n' }))).toMatchObject({
      written: ['a/b.yaml', 'c.yaml'],
      removed: [],
    });
    expect(contents(target)).toEqual({ 'a/b.yaml': '1\n', 'c.yaml': '2\n' });
    expect(strays(target)).toEqual([]);
  });

  test('a second time changes nothing: no file is written, and each keeps its inode and its time', () => {
    const target = place();
    const files = tree({ 'a/b.yaml': '1\n', 'c.yaml': '2\n' });
    writeTree(target, files);
    const before = ['.', 'a', 'a/b.yaml', 'c.yaml', OWNERSHIP].map((path) => statSync(join(target, path)));
    expect(writeTree(target, files)).toEqual({
      written: [],
      unchanged: ['a/b.yaml', 'c.yaml'],
      removed: [],
      edited: [],
    });
    const after = ['.', 'a', 'a/b.yaml', 'c.yaml', OWNERSHIP].map((path) => statSync(join(target, path)));
    expect(after.map((stat) => [stat.ino, stat.mtimeMs])).toEqual(before.map((stat) => [stat.ino, stat.mtimeMs]));
  });

  test('keeps the files that did not change while it replaces and removes others', () => {
    const target = place();
    writeTree(target, tree({ keep: 'same', change: 'old', 'gone/x': 'x' }));
    const before = statSync(join(target, 'keep'));
    expect(writeTree(target, tree({ keep: 'same', change: 'new' }))).toEqual({
      written: ['change'],
      unchanged: ['keep'],
      removed: ['gone/x'],
      edited: [],
    });
    expect(contents(target)).toEqual({ keep: 'same', change: 'new' });
    expect(existsSync(join(target, 'gone'))).toBe(false);
    expect([statSync(join(target, 'keep')).ino, statSync(join(target, 'keep')).mtimeMs]).toEqual([
      before.ino,
      before.mtimeMs,
    ]);
  });

  test('leaves alone what is not ours: files, folders, links', () => {
    const target = place();
    writeTree(target, tree({ 'a/ours': '1' }));
    writeFileSync(join(target, 'a/theirs'), 'x');
    mkdirSync(join(target, 'notes/deep'), { recursive: true });
    writeFileSync(join(target, 'notes/deep/file'), 'y');
    symlinkSync('a/theirs', join(target, 'link'));
    const before = statSync(join(target, 'a/theirs')).ino;
    writeTree(target, tree({ 'a/ours': '2', 'b/new': '3' }));
    expect(contents(target)).toEqual({ 'a/ours': '2', 'a/theirs': 'x', 'b/new': '3', 'notes/deep/file': 'y' });
    expect(lstatSync(join(target, 'link')).isSymbolicLink()).toBe(true);
    expect(statSync(join(target, 'a/theirs')).ino).toBe(before);
  });

  test('writes a file again that somebody changed by hand, and says so', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    writeFileSync(join(target, 'a'), 'by hand');
    expect(writeTree(target, tree({ a: '1' }))).toMatchObject({ written: ['a'], edited: ['a'] });
    expect(contents(target)).toEqual({ a: '1' });
  });

  test('takes the files one by one', () => {
    const target = place();
    function* files(): Iterable<readonly [string, string]> {
      for (let index = 0; index < 3; index++) yield [`f${index}`, String(index)];
    }
    expect(writeTree(target, files()).written).toHaveLength(3);
  });

  test('a program that fails half-way leaves the old tree and nothing beside it', () => {
    const target = place();
    writeTree(target, tree({ a: 'old' }));
    function* files(): Iterable<readonly [string, string]> {
      yield ['a', 'new'];
      throw new Error('half-way');
    }
    expect(() => writeTree(target, files())).toThrow('half-way');
    expect(contents(target)).toEqual({ a: 'old' });
    expect(strays(target)).toEqual([]);
  });
});

describe('what is refused, with the old tree untouched', () => {
  test.each([
    ['/etc/passwd', /FILES-001/],
    ['../up', /FILES-001/],
    ['a/./b', /FILES-001/],
    ['a\\b', /FILES-001/],
    ['a\u0000b', /FILES-001/],
    ['con.yaml', /FILES-001.*device/],
    ['a./b', /FILES-001/],
    [`${'x'.repeat(256)}`, /FILES-001.*255/],
    ['a:b', /FILES-001/],
  ])('the path %j', (path, message) => {
    const target = place();
    writeTree(target, tree({ old: '1' }));
    expect(() => writeTree(target, tree({ fine: '1', [path]: '2' }))).toThrow(message);
    expect(contents(target)).toEqual({ old: '1' });
  });

  test.each([
    ['A/x', 'a/y'],
    ['file', 'FILE'],
    ['caf\u00e9', 'cafe\u0301'],
    ['a', 'a/b'],
  ])('paths that fall together on some file system: %j and %j', (one, other) => {
    const target = place();
    expect(() => writeTree(target, tree({ [one]: '1', [other]: '2' }))).toThrow(/FILES-002/);
    expect(existsSync(target)).toBe(false);
    expect(strays(target)).toEqual([]);
  });

  test('a foreign file in the way of ours', () => {
    const target = place();
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'a'), 'theirs');
    expect(() => writeTree(target, tree({ a: 'ours' }))).toThrow(/FILES-003/);
    expect(contents(target)).toEqual({ a: 'theirs' });
    expect(() => writeTree(target, tree({ 'a/b': 'ours' }))).toThrow(/FILES-003/);
  });

  test('a foreign folder may take one of our files beside its own', () => {
    const target = place();
    mkdirSync(join(target, 'a'), { recursive: true });
    writeFileSync(join(target, 'a/theirs'), 'x');
    writeTree(target, tree({ 'a/ours': '1' }));
    expect(contents(target)).toEqual({ 'a/ours': '1', 'a/theirs': 'x' });
  });

  test('symbolic links: the target itself, and one in the place of a file or folder of ours', () => {
    const target = place();
    const other = place();
    writeTree(other, tree({ x: '1' }));
    mkdirSync(join(target, '..'), { recursive: true });
    symlinkSync(other, target);
    expect(() => writeTree(target, tree({ a: '1' }))).toThrow(/FILES-004/);
    rmSync(target);
    writeTree(target, tree({ 'd/a': '1', f: '2' }));
    rmSync(join(target, 'f'));
    symlinkSync(join(other, 'x'), join(target, 'f'));
    expect(() => writeTree(target, tree({ f: '3' }))).toThrow(/FILES-004/);
    expect(contents(other)).toEqual({ x: '1' });
  });

  test('a read-only file that would change or go', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    chmodSync(join(target, 'a'), 0o444);
    expect(() => writeTree(target, tree({ a: '2' }))).toThrow(/FILES-005/);
    expect(() => writeTree(target, tree({ b: '2' }))).toThrow(/FILES-005/);
    expect(contents(target)).toEqual({ a: '1' });
  });

  test('the folder one stands in, a file, and the root of a repository', () => {
    const target = place();
    expect(() => writeTree('.', tree({ a: '1' }))).toThrow(/FILES-006/);
    mkdirSync(join(target, '.git'), { recursive: true });
    expect(() => writeTree(target, tree({ a: '1' }))).toThrow(/FILES-006/);
    writeFileSync(join(target, 'file'), '');
    expect(() => writeTree(join(target, 'file'), tree({ a: '1' }))).toThrow(/FILES-006/);
  });
});

describe('other processes', () => {
  const writer = join(import.meta.dirname, 'files-writer.ts');
  const run = (target: string, content: string, times: number) =>
    spawn(process.execPath, [writer, target, content, String(times)], { stdio: 'ignore' });
  const ended = (child: ReturnType<typeof run>) => new Promise<number | null>((resolve) => child.on('close', resolve));

  test('a writer that is killed at any time leaves one whole tree, and the next run leaves nothing stray', async () => {
    const target = place();
    writeTree(
      target,
      tree(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`d${index % 5}/f${index}`, 'start']))),
    );
    const kills = Number(process.env['KILLS'] ?? 20);
    for (let kill = 0; kill < kills; kill++) {
      const child = run(target, `k${kill}`, 1000);
      await new Promise((resolve) => setTimeout(resolve, 120 + ((kill * 37) % 100)));
      child.kill('SIGKILL');
      await ended(child);
      // One content in all thirty files: the old tree or the new one, never a mixture.
      expect(new Set(Object.values(contents(target))).size).toBe(1);
      expect(Object.keys(contents(target))).toHaveLength(30);
    }
    await ended(run(target, 'last', 1));
    expect(new Set(Object.values(contents(target)))).toEqual(new Set(['last 0']));
    expect(strays(target)).toEqual([]);
  }, 120_000);

  test('eight at once end with the tree of one of them', async () => {
    const target = place();
    const codes = await Promise.all(Array.from({ length: 8 }, (_, index) => ended(run(target, `w${index}`, 3))));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(new Set(Object.values(contents(target))).size).toBe(1);
    expect(strays(target)).toEqual([]);
  }, 60_000);

  test('a run that was killed between two renames is undone by the next', () => {
    const target = place();
    const work = join(target, '..', '.out.cdk8s-ai');
    writeTree(join(work, 'old'), tree({ a: 'old' }));
    expect(existsSync(target)).toBe(false);
    expect(writeTree(target, tree({ a: 'old' }))).toMatchObject({ unchanged: ['a'] });
    expect(strays(target)).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'a disk that fills up leaves the old tree',
    () => {
      const mount = join(root, 'small-disk');
      mkdirSync(mount);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount]).status !== 0) return;
      try {
        const target = join(mount, 'out');
        writeTree(target, tree({ a: 'old' }));
        expect(() => writeTree(target, tree({ a: 'new', big: 'x'.repeat(1_000_000) }))).toThrow(
          /FILES-008.*the disk is full \(ENOSPC\)/,
        );
        expect(contents(target)).toEqual({ a: 'old' });
        expect(readdirSync(mount)).toEqual(['out']);
      } finally {
        spawnSync('umount', [mount]);
      }
    },
  );
});
