import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
export type FileTree = ReadonlyMap<string, string>;
export interface WriteResult {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
}
// INTERIM
export function writeTree(target: string, tree: FileTree): WriteResult {
  const written: string[] = [];
  rmSync(target, { recursive: true, force: true });
  for (const [path, text] of tree) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), text);
    written.push(path);
  }
  readFileSync;
  return { written, unchanged: [], removed: [] };
}
