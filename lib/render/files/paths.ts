import { PlatformError } from '../../model/errors.ts';
import { OWNERSHIP } from './ownership.ts';

/** The longest name that ext4, XFS, APFS and NTFS all take, in bytes of UTF-8. */
const LONGEST_NAME = 255;

/** The longest path below the target, in bytes: macOS takes 1,024 in all, and the target needs some of them. */
const LONGEST_PATH = 900;

/** Device names of Windows, with or without an ending: such a file cannot be checked out there. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;

/** Control characters, half surrogate pairs, and what Windows does not allow in a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const FORBIDDEN = /[\0-\x1f\x7f-\x9f<>:"|?*\\]|\p{Surrogate}/u;

/**
 * The files and folders of a tree, which must keep their names on every file system: a tree that can be written here can
 * be checked out everywhere.
 */
export class PathGuard {
  /** Every file and folder, and whether it is a folder, by its spelling where case and Unicode form do not count. */
  readonly #known = new Map<string, { readonly path: string; readonly isFolder: boolean }>();
  readonly #folders = new Set<string>();

  /** @throws PlatformError FILES-001 for a path that is not allowed, FILES-002 for one that another path rules out */
  accept(path: string): void {
    if (Buffer.byteLength(path) > LONGEST_PATH) throw notAllowed(path, `it is longer than ${LONGEST_PATH} bytes`);
    for (const folder of foldersOf(path)) {
      if (!this.#folders.has(folder)) this.#admit(folder, true, path);
      this.#folders.add(folder);
    }
    this.#admit(path, false, path);
  }

  /** What of the tree has this path. */
  at(path: string): 'file' | 'folder' | undefined {
    const known = this.#known.get(folded(path));
    if (known?.path !== path) return undefined;
    return known.isFolder ? 'folder' : 'file';
  }

  /** What of the tree would be the same as this path where case or Unicode form does not count. */
  twin(path: string): string | undefined {
    const known = this.#known.get(folded(path))?.path;
    return known === path ? undefined : known;
  }

  #admit(path: string, isFolder: boolean, file: string): void {
    const flaw = flawOf(path.slice(path.lastIndexOf('/') + 1));
    if (flaw !== undefined) throw notAllowed(file, flaw);
    const key = folded(path);
    const other = this.#known.get(key);
    if (other !== undefined) throw collision(path, other.path, other.isFolder || isFolder);
    this.#known.set(key, { path, isFolder });
  }
}

/** The folders that hold a file, outermost first: `a` and `a/b` for `a/b/c`. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
    folders.push(path.slice(0, slash));
  return folders;
}

/** One spelling for all that a case-insensitive or Unicode-normalising file system takes for the same name. */
function folded(path: string): string {
  // Upper case first, since some letters share one: the long s and s, the two small sigmas.
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function flawOf(name: string): string | undefined {
  if (name === '') return 'it is absolute, or has an empty name in it';
  if (name === '.' || name === '..') return `it has '${name}' in it`;
  if (FORBIDDEN.test(name)) return `${JSON.stringify(name)} has a character that some file system refuses`;
  if (/[. ]$/.test(name)) return `'${name}' ends with a dot or a blank, which Windows drops`;
  if (DEVICE.test(name)) return `'${name}' is the name of a device on Windows`;
  if (Buffer.byteLength(name) > LONGEST_NAME) return `'${name.slice(0, 40)}...' is longer than ${LONGEST_NAME} bytes`;
  if (/^(?:\.git|git~1)$/i.test(name)) return `'${name}' belongs to Git`;
  if (folded(name) === OWNERSHIP) return `'${name}' is the list of our own files`;
  return undefined;
}

function notAllowed(path: string, flaw: string): PlatformError {
  return new PlatformError(
    'FILES-001',
    path === '' ? "''" : path,
    `a file cannot have this path: ${flaw}`,
    'Give it another name.',
  );
}

function collision(path: string, other: string, withFolder: boolean): PlatformError {
  const how =
    path === other && withFolder
      ? 'it is both a file and a folder'
      : `on some file system it is the same as '${other}'`;
  return new PlatformError('FILES-002', path, how, 'Give one of them another name.');
}
