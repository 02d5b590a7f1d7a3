import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { PlatformError } from '../model/errors.ts';
import { Encoder } from './files/encoder.ts';
import { takeLock } from './files/lock.ts';
import { checksum, OWNERSHIP, type Ownership, ownershipText, readOwnership } from './files/ownership.ts';
import { foldersOf, PathGuard } from './files/paths.ts';
import { Stage } from './files/stage.ts';
import { type Survey, statOf, survey } from './files/survey.ts';
import { newTree, swapIn, tidy } from './files/swap.ts';
import { inWords } from './files/system-errors.ts';

export { OWNERSHIP } from './files/ownership.ts';

/** Files to be written: the text of each by its path below the target, with `/` between names. */
export type FileTree = ReadonlyMap<string, string>;

/** What writing a tree did. */
export interface WriteResult {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  /** Files of ours that somebody had changed by hand and that were written again or removed all the same. */
  readonly edited: readonly string[];
}

/** How long a run waits for another one that writes to the same folder. */
const PATIENCE_MS = 60_000;

/**
 * Makes the target hold exactly these files, beside whatever else is in it. Until the whole new tree is complete the old
 * one is in place, whatever happens to this process; then they change places in one step. See
 * docs/decisions/0004-atomic-writes.md for what is promised, and to whom.
 *
 * The files may come one by one, so that a tree larger than the memory can be written.
 *
 * @throws PlatformError FILES-001 for a path or text that cannot be kept everywhere; FILES-002 for paths that would fall
 *   together; FILES-003 when something that is not ours is in the way; FILES-004 for a symbolic link in our place;
 *   FILES-005 for something read-only; FILES-006 for a target that cannot be replaced; FILES-007 when another run keeps
 *   writing; FILES-008 when the system refuses; FILES-009 when the list of our files is damaged
 */
export function writeTree(target: string, tree: Iterable<readonly [path: string, text: string]>): WriteResult {
  const root = resolve(target);
  refuseTarget(root);
  return alone(root, (side) => replace(root, side, tree));
}

/**
 * Makes a new folder with these files: a start that its user goes on from, so nothing in it is ours afterwards.
 *
 * @throws PlatformError FILES-003 when there is something at the target already; otherwise as `writeTree`
 */
export function createTree(target: string, tree: FileTree): void {
  const root = resolve(target);
  alone(root, (side) => {
    if (statOf(root) !== undefined) {
      throw new PlatformError(
        'FILES-003',
        root,
        'there is something already',
        'Name a folder that does not exist yet.',
      );
    }
    const stage = new Stage(newTree(side), root);
    const guard = new PathGuard();
    const encoder = new Encoder();
    for (const [path, text] of tree) {
      guard.accept(path);
      stage.write(path, encoder.encode(path, text));
    }
    swapIn(stage.root, root, side);
  });
}

/** Runs an action that no other run on the same target runs, with a side folder that is removed afterwards. */
function alone<T>(root: string, action: (side: string) => T): T {
  const side = join(dirname(root), `.${basename(root)}.cdk8s-ai`);
  return inWords(root, 'the folder is as it was', () => {
    const release = takeLock(side, root, PATIENCE_MS);
    try {
      tidy(side, root);
      try {
        return action(side);
      } finally {
        inWords(side, 'the next run removes what is left there', () => tidy(side, root));
      }
    } finally {
      release();
    }
  });
}

function replace(root: string, side: string, tree: Iterable<readonly [string, string]>): WriteResult {
  // Nothing is looked for in a target that does not exist. Should one appear meanwhile, the survey finds what is in it.
  const isNew = statOf(root) === undefined;
  const owned = readOwnership(root);
  const guard = new PathGuard();
  const encoder = new Encoder();
  const sums = new Map<string, string>();
  const written: string[] = [];
  const unchanged: string[] = [];
  const edited: string[] = [];
  let stage: Stage | undefined;
  // Nothing is staged while nothing differs: a run that changes nothing only reads.
  const staged = (): Stage => {
    if (stage !== undefined) return stage;
    stage = new Stage(newTree(side), root);
    for (const path of unchanged) stage.keep(path);
    return stage;
  };
  for (const [path, text] of tree) {
    guard.accept(path);
    const content = encoder.encode(path, text);
    const now = isNew ? undefined : fileAt(join(root, path));
    sums.set(path, checksum(content));
    if (now?.content.equals(content)) {
      stage?.keep(path);
      unchanged.push(path);
    } else {
      if (now !== undefined && owned.has(path)) refuseReadOnly(join(root, path), now.mode);
      if (now !== undefined && isEdited(path, now.content, owned)) edited.push(path);
      staged().write(path, content, now?.mode);
      written.push(path);
    }
  }
  const list = ownershipText(sums);
  if (stage === undefined && list === ownershipText(owned)) return { written, unchanged, removed: [], edited };

  const found = survey(root);
  const foreign = foreignIn(found, owned, new Set(unchanged));
  refuseLinks(root, found, owned, guard);
  refuseForeign(root, foreign, guard);
  const removed = [...found.files].filter((path) => owned.has(path) && !sums.has(path));
  for (const path of removed) {
    const now = fileAt(join(root, path));
    if (now === undefined) continue;
    refuseReadOnly(join(root, path), now.mode);
    if (isEdited(path, now.content, owned)) edited.push(path);
  }
  for (const folder of ['', ...found.folders]) refuseReadOnlyFolder(join(root, folder));
  const { root: fresh } = staged();
  for (const path of foreign.files) staged().keepForeign(path, found.links.has(path));
  for (const path of foreign.folders) staged().folder(path);
  staged().write(OWNERSHIP, Buffer.from(list));
  staged().finish();
  swapIn(fresh, root, side);
  return { written, unchanged, removed, edited };
}

/** A file as it is on the disk; nothing for whatever is not a plain file. */
function fileAt(path: string): { readonly content: Buffer; readonly mode: number } | undefined {
  const stat = statOf(path);
  return stat?.isFile() ? { content: readFileSync(path), mode: stat.mode & 0o777 } : undefined;
}

function isEdited(path: string, content: Buffer, owned: Ownership): boolean {
  return owned.has(path) && owned.get(path) !== checksum(content);
}

interface Foreign {
  readonly files: ReadonlySet<string>;
  /** Folders that hold no file of ours, be they empty. */
  readonly folders: ReadonlySet<string>;
}

/** What in the target is neither ours nor, by its content, about to become ours. */
function foreignIn(found: Survey, owned: Ownership, unchanged: ReadonlySet<string>): Foreign {
  const ourFolders = new Set([...owned.keys()].flatMap(foldersOf));
  const isForeign = (path: string) => path !== OWNERSHIP && !owned.has(path) && !unchanged.has(path);
  const files = new Set([...found.files].filter(isForeign));
  const folders = new Set([...found.folders].filter((path) => !ourFolders.has(path)));
  for (const path of files) for (const folder of foldersOf(path)) folders.add(folder);
  return { files, folders };
}

function refuseForeign(root: string, foreign: Foreign, ours: PathGuard): void {
  const inTheWay = [
    ...[...foreign.files].filter((path) => ours.at(path) !== undefined),
    ...[...foreign.folders].filter((path) => ours.at(path) === 'file'),
  ];
  const [first] = inTheWay;
  if (first !== undefined) {
    const more = inTheWay.length === 1 ? '' : ` (and ${inTheWay.length - 1} more like it)`;
    throw new PlatformError(
      'FILES-003',
      join(root, first),
      `it is not ours and is in the way${more}`,
      'Move it, or write to another folder.',
    );
  }
  for (const path of [...foreign.files, ...foreign.folders]) {
    const twin = ours.twin(path);
    if (twin === undefined) continue;
    throw new PlatformError(
      'FILES-002',
      join(root, path),
      `it is not ours, and on some file system it is the same as our '${twin}'`,
      'Rename one of them.',
    );
  }
}

function refuseLinks(root: string, found: Survey, owned: Ownership, ours: PathGuard): void {
  for (const path of found.links) {
    if (owned.has(path) || ours.at(path) !== undefined) throw symbolicLink(join(root, path));
  }
}

function symbolicLink(path: string): PlatformError {
  return new PlatformError(
    'FILES-004',
    path,
    'it is a symbolic link, and writing through it would change another place',
    'Remove the link, or write to the place it points to.',
  );
}

function refuseReadOnly(path: string, mode: number): void {
  // Even root, who could change it, respects that somebody has taken the permission away.
  if ((mode & 0o200) !== 0) return;
  throw new PlatformError(
    'FILES-005',
    path,
    'it is read-only and would change or go',
    `Make it writable: chmod u+w '${path}'`,
  );
}

/** The content of a folder has to move: whoever may not change a folder could not remove the old one. */
function refuseReadOnlyFolder(path: string): void {
  const mode = statOf(path)?.mode;
  if (mode === undefined) return;
  refuseReadOnly(path, mode);
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** The target changes places with another folder: it must be one that can, and that nobody stands in. */
function refuseTarget(root: string): void {
  const refuse = (what: string) =>
    new PlatformError('FILES-006', root, what, 'Write to a folder of its own, such as --out dist.');
  const stat = statOf(root);
  if (stat === undefined) return;
  if (stat.isSymbolicLink()) throw symbolicLink(root);
  if (!stat.isDirectory()) throw refuse('it is not a folder');
  const real = realpathSync(root);
  if (real === dirname(real) || `${realpathSync('.')}${sep}`.startsWith(`${real}${sep}`)) {
    throw refuse('the current folder is in it, and the folder is replaced as a whole');
  }
  if (statOf(dirname(real))?.dev !== stat.dev)
    throw refuse('something is mounted there, and the folder is replaced as a whole');
  if (statOf(join(root, '.git')) !== undefined)
    throw refuse('it is the root of a Git repository, and the folder is replaced as a whole');
}
