// What the tests of the writer share: places to write to, and ways to look at what was written.
import { globSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { OWNERSHIP } from '../../lib/render/files.ts';

const root = mkdtempSync(join(tmpdir(), 'files-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let counter = 0;

/** A target that does not exist, in a folder that holds nothing else. */
export const place = (): string => join(root, String(counter++), 'out');

export const tree = (files: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(files));

/** Every file below the folder with its text, ours or not, without the list of our files. */
export function contents(folder: string): Readonly<Record<string, string>> {
  const files = globSync('**', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const sorted = paths.filter((path) => path !== OWNERSHIP).sort();
  return Object.fromEntries(sorted.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** The same, seen at one time: when the folder changes under the reader's eyes, it looks again. */
export function snapshot(folder: string): Readonly<Record<string, string>> | undefined {
  for (;;) {
    const inode = lstatSync(folder, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) return undefined;
    try {
      const seen = contents(folder);
      if (lstatSync(folder, { throwIfNoEntry: false })?.ino === inode) return seen;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

/** What is beside the target: nothing may be left there. */
export const strays = (target: string): readonly string[] =>
  readdirSync(join(target, '..')).filter((name) => name !== 'out');
