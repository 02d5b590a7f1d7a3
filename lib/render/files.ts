import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { PlatformError } from '../model/errors.ts';
import { exchange, finishInterrupted } from './files/exchange.ts';
import { withLock } from './files/lock.ts';
import { PathGuard } from './files/paths.ts';
import { Stage } from './files/stage.ts';

/** Files to be written: the text of each by its path below the target, with `/` between names. */
export type FileTree = ReadonlyMap<string, string>;

/** What writing a tree did. */
export interface WriteResult {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  /** Files of ours that somebody had changed by hand and that were written again. */
  readonly edited: readonly string[];
}

/** In the target: which files are ours, and the checksum of each as we wrote it. */
export const OWNERSHIP = '.cdk8s-ai.json';

/** What was found in the target before anything is done. */
interface Existing {
  /** Checksums of our files. */
  readonly owned: Readonly<Record<string, string>>;
  /** Text of the ownership file, to see whether it changes. */
  readonly ownership: string | undefined;
  /** Paths of everything that is not ours, each the topmost of its kind. */
  readonly foreign: readonly string[];
}

/**
 * Makes the target hold exactly these files beside whatever else is in it. The whole tree appears at once: until then the
 * old one is in place, untouched, whatever happens to this process. The files may come one by one, so that a tree larger
 * than the memory can be written.
 *
 * @throws PlatformError FILES-001 or FILES-002 for a path that cannot be kept everywhere; FILES-003 when something that is
 *   not ours is in the way; FILES-004 for a symbolic link; FILES-005 for a read-only file; FILES-006 for a target that
 *   cannot be swapped; FILES-007 when another run writes; FILES-008 when the file system refuses
 */
export function writeTree(target: string, tree: Iterable<readonly [path: string, text: string]>): WriteResult {
  const root = resolve(target);
  const work = join(dirname(root), `.${basename(root)}.cdk8s-ai`);
  return explainRefusals(root, () => {
    refuseTarget(root);
    mkdirSync(dirname(root), { recursive: true });
    return withLock(`${work}.lock`, root, () => {
      try {
        finishInterrupted(root, join(work, 'old'));
        rmSync(work, { recursive: true, force: true });
        return replace(root, work, tree);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    });
  });
}

/**
 * Makes a new folder with these files: a start that its user goes on from, so nothing in it is ours afterwards.
 *
 * @throws PlatformError FILES-003 when there is something at the target already
 */
export function createTree(target: string, tree: FileTree): void {
  const root = resolve(target);
  explainRefusals(root, () => {
    if (existsSync(root)) {
      throw new PlatformError(
        'FILES-003',
        root,
        'there is something already',
        'Name a folder that does not exist yet.',
      );
    }
    mkdirSync(dirname(root), { recursive: true });
    const fresh = join(dirname(root), `.${basename(root)}.${process.pid}`);
    try {
      const stage = new Stage(fresh);
      for (const [path, text] of tree) stage.write(path, text);
      renameSync(fresh, root);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  });
}

function replace(root: string, work: string, tree: Iterable<readonly [string, string]>): WriteResult {
  const existing = inspect(root);
  const guard = new PathGuard();
  const sums: Record<string, string> = {};
  const result = {
    written: [] as string[],
    unchanged: [] as string[],
    removed: [] as string[],
    edited: [] as string[],
  };
  let stage: Stage | undefined;
  // Nothing is staged while nothing differs: a run without changes only reads.
  const staged = (): Stage => {
    if (stage !== undefined) return stage;
    mkdirSync(work);
    stage = new Stage(join(work, 'new'));
    for (const path of result.unchanged) stage.keep(join(root, path), path);
    return stage;
  };
  for (const [path, text] of tree) {
    guard.accept(path);
    refuseForeign(root, path, existing);
    const known = existing.owned[path];
    const now = known === undefined ? undefined : textOf(join(root, path));
    if (now === text && known !== undefined) {
      sums[path] = known;
      result.unchanged.push(path);
      stage?.keep(join(root, path), path);
    } else {
      if (now !== undefined) {
        refuseReadOnly(root, path);
        if (sumOf(now) !== known) result.edited.push(path);
      }
      sums[path] = sumOf(text);
      staged().write(path, text);
      result.written.push(path);
    }
  }
  result.removed = Object.keys(existing.owned).filter(
    (path) => sums[path] === undefined && existsSync(join(root, path)),
  );
  for (const path of result.removed) refuseReadOnly(root, path);
  const ownership = ownershipText(sums);
  if (stage === undefined && result.removed.length === 0 && ownership === existing.ownership) return result;
  finish(root, work, staged(), existing, ownership);
  return result;
}

/** Completes the staged tree with what is not ours and puts it in place. */
function finish(root: string, work: string, stage: Stage, existing: Existing, ownership: string): void {
  stage.write(OWNERSHIP, ownership);
  for (const path of existing.foreign) stage.keepForeign(join(root, path), path);
  if (!existsSync(root)) mkdirSync(root);
  exchange(join(work, 'new'), root, join(work, 'old'));
}

/** Looks at the target: what is ours, what is not. */
function inspect(root: string): Existing {
  if (!existsSync(root)) return { owned: {}, ownership: undefined, foreign: [] };
  const ownership = textOf(join(root, OWNERSHIP));
  const owned = ownership === undefined ? {} : (JSON.parse(ownership) as { files: Record<string, string> }).files;
  const ownFolders = new Set(Object.keys(owned).flatMap(foldersAbove));
  const foreign: string[] = [];
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === OWNERSHIP) continue;
      const stat = lstatSync(join(root, path));
      if (stat.isSymbolicLink() && (ownFolders.has(path) || owned[path] !== undefined)) throw symbolicLink(root, path);
      if (ownFolders.has(path) && stat.isDirectory()) walk(path);
      else if (owned[path] === undefined) foreign.push(path);
    }
  };
  walk('');
  return { owned, ownership, foreign };
}

function foldersAbove(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function refuseForeign(root: string, path: string, { foreign, owned }: Existing): void {
  if (owned[path] !== undefined || foreign.length === 0) return;
  const inTheWay =
    path === OWNERSHIP
      ? path
      : foreign.find((one) => one === path || path.startsWith(`${one}/`) || one.startsWith(`${path}/`));
  if (inTheWay === undefined) return;
  if (
    path !== inTheWay &&
    path.startsWith(`${inTheWay}/`) &&
    lstatSync(join(root, inTheWay)).isDirectory() &&
    !existsSync(join(root, path))
  )
    return;
  throw new PlatformError(
    'FILES-003',
    join(root, inTheWay),
    'it was not written by this library and is in the way',
    'Move it, or write to another folder with --out.',
  );
}

function refuseReadOnly(root: string, path: string): void {
  if ((lstatSync(join(root, path)).mode & 0o200) !== 0) return;
  throw new PlatformError(
    'FILES-005',
    join(root, path),
    'the file is read-only and would change',
    `Make it writable: chmod u+w ${path}`,
  );
}

/** A folder can be swapped when nobody stands in it and it is not the root of a repository. */
function refuseTarget(root: string): void {
  const refuse = (what: string) =>
    new PlatformError('FILES-006', root, what, 'Write to a folder of its own below it, such as --out dist.');
  const stat = lstatSync(root, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) throw symbolicLink(root, '');
  if (stat !== undefined && !stat.isDirectory()) throw refuse('it is a file');
  if (`${process.cwd()}${sep}`.startsWith(root.endsWith(sep) ? root : `${root}${sep}`))
    throw refuse('the current folder is in it, and the folder is replaced as a whole');
  if (existsSync(join(root, '.git')))
    throw refuse('it is the root of a Git repository, and the folder is replaced as a whole');
}

function symbolicLink(root: string, path: string): PlatformError {
  return new PlatformError(
    'FILES-004',
    join(root, path),
    'it is a symbolic link, and writing through it would change another place',
    'Remove the link, or write to the place it points to.',
  );
}

/** Refusals of the file system in words; everything else goes through. */
function explainRefusals<T>(root: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const reason = code === undefined ? undefined : REASONS[code];
    if (error instanceof PlatformError || reason === undefined) throw error;
    throw new PlatformError('FILES-008', path ?? root, `${reason.what} (${code})`, reason.fix);
  }
}

const REASONS: Readonly<Record<string, { readonly what: string; readonly fix: string }>> = {
  ENOSPC: { what: 'the disk is full', fix: 'Free some space; the old tree is untouched.' },
  EDQUOT: { what: 'the disk quota is used up', fix: 'Free some space; the old tree is untouched.' },
  EACCES: {
    what: 'the folder may not be written',
    fix: 'Change its permissions, or write to another folder with --out.',
  },
  EPERM: {
    what: 'the file system does not allow it',
    fix: 'Change the permissions, or write to another folder with --out.',
  },
  EROFS: { what: 'the file system is read-only', fix: 'Write to another folder with --out.' },
  ENOTDIR: { what: 'a file stands where a folder is needed', fix: 'Move it, or write to another folder with --out.' },
};

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function ownershipText(sums: Readonly<Record<string, string>>): string {
  const files = Object.keys(sums)
    .sort()
    .map((path) => `    ${JSON.stringify(path)}: ${JSON.stringify(sums[path])}`);
  return `{\n  "about": "Files written by cdk8s-ai with their SHA-256 checksums. Everything else in this folder is left alone.",\n  "files": {\n${files.join(',\n')}\n  }\n}\n`;
}
