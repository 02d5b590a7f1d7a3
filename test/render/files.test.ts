import { spawnSync } from 'node:child_process';
import fs, {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createTree, OWNERSHIP, writeTree } from '../../lib/render/files.ts';
import { contents, place, strays, tree } from './files-folder.ts';

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

  test('says so as well when it removes a file that somebody changed by hand', () => {
    const target = place();
    writeTree(target, tree({ a: '1', b: '1' }));
    writeFileSync(join(target, 'a'), 'by hand');
    expect(writeTree(target, tree({ b: '1' }))).toEqual({
      written: [],
      unchanged: ['b'],
      removed: ['a'],
      edited: ['a'],
    });
  });

  test('lists its files so that anybody can check them, under a name that no reader of manifests takes for one', () => {
    const target = place();
    writeTree(target, tree({ 'b c.yaml': '2', a: '1' }));
    expect(readFileSync(join(target, OWNERSHIP), 'utf8').split('\n').slice(1)).toEqual([
      '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b  a',
      'd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35  b c.yaml',
      '',
    ]);
    expect(OWNERSHIP).not.toMatch(/\.(json|ya?ml)$/);
    expect(spawnSync('sha256sum', ['--check', '--strict', OWNERSHIP], { cwd: target }).status ?? 0).toBe(0);
  });

  test('takes files as its own again that lost their list, when they are just the same', () => {
    const target = place();
    writeTree(target, tree({ a: '1', 'b/c': '2' }));
    rmSync(join(target, OWNERSHIP));
    expect(writeTree(target, tree({ a: '1', 'b/c': '2' })).unchanged).toEqual(['a', 'b/c']);
    expect(writeTree(target, tree({ a: '1' })).removed).toEqual(['b/c']);
  });

  test('keeps owner and permissions of folders, and the permissions of a file that it replaces', () => {
    const target = place();
    writeTree(target, tree({ 'd/a': '1' }));
    chmodSync(target, 0o700);
    chmodSync(join(target, 'd'), 0o2775);
    chmodSync(join(target, 'd/a'), 0o600);
    writeTree(target, tree({ 'd/a': '2' }));
    const modes = ['.', 'd', 'd/a'].map((path) => statSync(join(target, path)).mode & 0o7777);
    expect(modes).toEqual([0o700, 0o2775, 0o600]);
  });

  test('keeps an empty folder of others and removes one of ours', () => {
    const target = place();
    writeTree(target, tree({ 'a/b/ours': '1', keep: '1' }));
    mkdirSync(join(target, 'a/theirs'));
    writeTree(target, tree({ keep: '1' }));
    expect([existsSync(join(target, 'a/theirs')), existsSync(join(target, 'a/b'))]).toEqual([true, false]);
  });

  test('makes a file of what was a folder of ours, and the other way round', () => {
    const target = place();
    writeTree(target, tree({ 'a/b': '1', c: '1' }));
    writeTree(target, tree({ a: '2', 'c/d': '2' }));
    expect(contents(target)).toEqual({ a: '2', 'c/d': '2' });
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

describe('files of others that change while the new tree is being made', () => {
  /** Writes a tree, and does something to the target when half of it has come. */
  function meanwhile(target: string, action: () => void): void {
    function* files(): Iterable<readonly [string, string]> {
      yield ['a', 'new'];
      action();
      yield ['b', 'new'];
    }
    writeTree(target, files());
  }

  test('a new one stays', () => {
    const target = place();
    writeTree(target, tree({ a: 'old' }));
    meanwhile(target, () => writeFileSync(join(target, 'theirs'), 'x'));
    expect(contents(target)).toEqual({ a: 'new', b: 'new', theirs: 'x' });
  });

  test('one that takes the place of a file that has come already is not overwritten', () => {
    const target = place();
    writeTree(target, tree({ c: 'old' }));
    expect(() => meanwhile(target, () => writeFileSync(join(target, 'a'), 'theirs'))).toThrow(/FILES-003/);
    expect(contents(target)).toEqual({ a: 'theirs', c: 'old' });
  });

  test('a target that somebody makes keeps what is in it', () => {
    const target = place();
    const make = (name: string) => () => {
      mkdirSync(target);
      writeFileSync(join(target, name), 'theirs');
    };
    expect(() => meanwhile(target, make('b'))).toThrow(/FILES-003/);
    expect(contents(target)).toEqual({ b: 'theirs' });
    rmSync(target, { recursive: true });
    meanwhile(target, make('theirs'));
    expect(contents(target)).toEqual({ a: 'new', b: 'new', theirs: 'theirs' });
  });

  test.skipIf(process.platform !== 'linux')('one that is made or saved in the last moment moves over', () => {
    const target = place();
    writeTree(target, tree({ a: 'old' }));
    writeFileSync(join(target, 'notes'), 'old');
    utimesSync(join(target, 'notes'), 0, 0);
    const bin = join(dirname(target), 'bin');
    mkdirSync(bin);
    // The exchange is the last that happens: what comes now, the new tree cannot have.
    const script = `#!/bin/sh\ncd '${target}'; mkdir -p late; echo x > late/theirs; echo new > save; mv save notes\nPATH=\${PATH#*:} exec perl "$@"\n`;
    writeFileSync(join(bin, 'perl'), script, { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
    writeTree(target, tree({ a: 'new' }));
    vi.unstubAllEnvs();
    expect(contents(target)).toEqual({ a: 'new', 'late/theirs': 'x\n', notes: 'new\n' });
    expect(strays(target)).toEqual(['bin']);
  });
});

describe('where the file system has no second names for files', () => {
  function withoutLinks(action: () => void): void {
    const refused = Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'link' });
    const link = vi.spyOn(fs, 'linkSync').mockImplementation(() => {
      throw refused;
    });
    syncBuiltinESMExports();
    try {
      action();
    } finally {
      link.mockRestore();
      syncBuiltinESMExports();
    }
  }

  test('files of ours that did not change are copied with their time', () => {
    const target = place();
    writeTree(target, tree({ keep: '1', change: '1' }));
    utimesSync(join(target, 'keep'), 1_000_000, 1_000_000);
    withoutLinks(() => writeTree(target, tree({ keep: '1', change: '2' })));
    expect(contents(target)).toEqual({ keep: '1', change: '2' });
    expect(statSync(join(target, 'keep')).mtimeMs).toBe(1_000_000_000);
  });

  test('files of others cannot be kept as they are, so the change is refused', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    writeFileSync(join(target, 'theirs'), 'x');
    withoutLinks(() =>
      expect(() => writeTree(target, tree({ a: '2' }))).toThrow(/FILES-008 at .*theirs: it is not ours/),
    );
    expect(contents(target)).toEqual({ a: '1', theirs: 'x' });
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

  test('something that is neither file nor folder in the place of a file of ours', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    rmSync(join(target, 'a'));
    if (spawnSync('mkfifo', [join(target, 'a')]).status !== 0) return;
    expect(writeTree(target, tree({ a: '1' })).written).toEqual(['a']);
    expect(contents(target)).toEqual({ a: '1' });
  });

  test('a file of others that some file system would take for ours', () => {
    const target = place();
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'README.md'), 'theirs');
    expect(() => writeTree(target, tree({ 'readme.md': 'ours' }))).toThrow(/FILES-002 at .*README\.md/);
    expect(contents(target)).toEqual({ 'README.md': 'theirs' });
  });

  test('a list of our files that somebody damaged', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    writeFileSync(join(target, OWNERSHIP), '<<<<<<< HEAD\n');
    expect(() => writeTree(target, tree({ a: '2' }))).toThrow(/FILES-009 at .*line 1/);
    expect(contents(target)).toEqual({ a: '1' });
  });

  test('a list of our files that names a file elsewhere removes nothing there', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    const other = join(dirname(target), 'precious');
    writeFileSync(other, 'x');
    writeFileSync(join(target, OWNERSHIP), `${'0'.repeat(64)}  ../precious\n`);
    rmSync(join(target, 'a'));
    expect(writeTree(target, tree({ b: '1' })).removed).toEqual([]);
    expect(readFileSync(other, 'utf8')).toBe('x');
  });

  test('a text with half of a surrogate pair, which would be written as something else', () => {
    const target = place();
    expect(() => writeTree(target, tree({ a: 'x\ud800' }))).toThrow(/FILES-001 at a/);
    expect(existsSync(target)).toBe(false);
  });

  test('a read-only folder', () => {
    const target = place();
    writeTree(target, tree({ a: '1' }));
    mkdirSync(join(target, 'theirs'));
    chmodSync(join(target, 'theirs'), 0o555);
    expect(() => writeTree(target, tree({ a: '2' }))).toThrow(/FILES-005 at .*theirs/);
    expect(contents(target)).toEqual({ a: '1' });
    expect(writeTree(target, tree({ a: '1' })).unchanged).toEqual(['a']);
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

describe('making a new folder', () => {
  test('gives it files that belong to the user alone', () => {
    const target = place();
    createTree(target, tree({ 'a/b': '1' }));
    expect(contents(target)).toEqual({ 'a/b': '1' });
    expect(existsSync(join(target, OWNERSHIP))).toBe(false);
    expect(strays(target)).toEqual([]);
  });

  test('refuses to touch what is there already', () => {
    const target = place();
    mkdirSync(target, { recursive: true });
    expect(() => createTree(target, tree({ a: '1' }))).toThrow(/FILES-003/);
    expect(contents(target)).toEqual({});
  });
});
