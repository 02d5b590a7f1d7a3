import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '../../model/errors.ts';

/**
 * In each target: which files are ours. Its name does not end in `.json` or `.yaml`, or `kubectl apply -f` and Argo CD
 * would take it for a manifest.
 */
export const OWNERSHIP = '.cdk8s-ai-files';

/** The SHA-256 checksum that each file of ours had when it was written, by its path. */
export type Ownership = ReadonlyMap<string, string>;

const HEADER = `# cdk8s-ai replaces and removes these files, and no others. To check them: sha256sum -c ${OWNERSHIP}`;

export function checksum(content: Uint8Array): string {
  return hash('sha256', content);
}

/** The list, sorted by path, in the format of `sha256sum`: anybody can check a tree without us. */
export function ownershipText(ownership: Ownership): string {
  const lines = [...ownership.keys()].sort().map((path) => `${ownership.get(path)}  ${path}`);
  return [HEADER, ...lines, ''].join('\n');
}

/**
 * Which files of a folder are ours; none when it has no list.
 *
 * @throws PlatformError FILES-009 when the list is not as we write it: to guess could remove files of others
 */
export function readOwnership(folder: string): Ownership {
  const file = join(folder, OWNERSHIP);
  const owned = new Map<string, string>();
  if (!existsSync(file)) return owned;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (sum === undefined || path === undefined) throw unreadable(file, index + 1, line);
    owned.set(path, sum);
  }
  return owned;
}

function unreadable(file: string, number: number, line: string): PlatformError {
  return new PlatformError(
    'FILES-009',
    file,
    `line ${number} is not a checksum and a path: ${line.slice(0, 80)}`,
    'Restore it from version control, or delete it together with the generated files.',
  );
}
