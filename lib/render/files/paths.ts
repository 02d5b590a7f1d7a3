import { PlatformError } from '../../model/errors.ts';

/** Longest name of one file or folder in bytes, as most file systems have it. */
const LONGEST_NAME = 255;
/** Longest path below the target in bytes; leaves room for the target's own path. */
const LONGEST_PATH = 1000;
/** Names that Windows keeps for devices, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const FORBIDDEN = /[\0-\x1f\x7f<>:"|?*\\]|\p{Surrogate}/u;

/**
 * Accepts the paths of a tree one after the other, and refuses what some file system would not keep apart or not keep at
 * all, so that a tree made here can be checked out everywhere.
 */
export class PathGuard {
  /** Every file and folder so far: its spelling folded by case and Unicode form, its own spelling, and what it is. */
  readonly #taken = new Map<string, { readonly path: string; readonly kind: 'file' | 'folder' }>();

  /** @throws PlatformError FILES-001 for a path that is refused; FILES-002 for one that collides with an earlier one */
  accept(path: string): void {
    const names = path.split('/');
    const problem = names.map(problemOf).find((one) => one !== undefined) ?? tooLong(path, LONGEST_PATH);
    if (problem !== undefined) throw refused(path, problem);
    names.forEach((_, index) => {
      this.#take(names.slice(0, index + 1).join('/'), index === names.length - 1 ? 'file' : 'folder');
    });
  }

  #take(path: string, kind: 'file' | 'folder'): void {
    const folded = path.normalize('NFC').toLowerCase();
    const other = this.#taken.get(folded);
    if (other === undefined) this.#taken.set(folded, { path, kind });
    else if (other.path !== path || other.kind !== kind || kind === 'file') {
      throw new PlatformError(
        'FILES-002',
        path,
        `it falls together with '${other.path}' on a file system that ignores case or Unicode form`,
        'Give one of them another name.',
      );
    }
  }
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is absolute, or has an empty name in it';
  if (name === '.' || name === '..') return `it has '${name}' in it`;
  if (FORBIDDEN.test(name)) return 'it has a character that some file system refuses';
  if (name.endsWith('.') || name.endsWith(' ')) return 'a name in it ends with a dot or a blank';
  if (DEVICE.test(name)) return `'${name}' is the name of a device on Windows`;
  return tooLong(name, LONGEST_NAME);
}

function tooLong(text: string, limit: number): string | undefined {
  return Buffer.byteLength(text) > limit ? `it is longer than ${limit} bytes` : undefined;
}

function refused(path: string, problem: string): PlatformError {
  return new PlatformError(
    'FILES-001',
    JSON.stringify(path),
    `no file can be written there: ${problem}`,
    'Give the cluster, unit or object another name.',
  );
}
