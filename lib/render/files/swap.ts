import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PlatformError } from '../../model/errors.ts';
import { exchange } from './exchange.ts';
import { OWNERSHIP, readOwnership } from './ownership.ts';
import { inodeOf, statOf, survey } from './survey.ts';
import { hasCode } from './system-errors.ts';

/*
 * A new tree is completed in the side folder and then changes places with the target, in one step of the kernel. What a
 * killed run leaves in the side folder is told apart by its name alone:
 *
 *   new-…           a folder that has no name of its own yet; empty
 *   tree-INODE-…    a new tree, named after its own inode. If it has another inode, the two have changed places, and
 *                   what bears the name now is the old tree.
 *   retired-INODE-… the same, where a program that outlived a killed run cannot find it any more
 *   old             the old tree, where the change needs two steps: see `inTwoSteps`
 */

const TREE = /^(?:tree|retired)-(\d+)-/;
const OLD = 'old';

/** Makes the folder for a new tree, empty. */
export function newTree(side: string): string {
  const nonce = randomBytes(6).toString('hex');
  const unnamed = join(side, `new-${nonce}`);
  mkdirSync(unnamed);
  // The nonce matters: inodes are used again, and a late program must not find the tree of a later run.
  const tree = join(side, `tree-${inodeOf(unnamed)}-${nonce}`);
  renameSync(unnamed, tree);
  return tree;
}

/** Puts a complete tree in the place of the target. What was there is left in the side folder, for `tidy`. */
export function swapIn(tree: string, target: string, side: string): void {
  if (statOf(target) === undefined) renameSync(tree, target);
  else if (!exchange(tree, target)) inTwoSteps(tree, target, side);
}

/**
 * Two renames in a row. Between them, for some 20 microseconds, there is nothing in the place of the target. A run that is
 * killed right there leaves both trees complete in the side folder, and the next run puts the old one back.
 */
function inTwoSteps(tree: string, target: string, side: string): void {
  renameSync(target, join(side, OLD));
  renameSync(tree, target);
}

/**
 * Empties the side folder of all but claims to the lock: of what killed runs left, of a tree that was not put in place, of
 * the old tree after the change. Only for the holder of the lock.
 *
 * @throws PlatformError FILES-006 when somebody made a new folder where the old tree is to be put back
 */
export function tidy(side: string, target: string): void {
  const left = readdirSync(side);
  const trees = left.filter((name) => TREE.test(name));
  if (left.includes(OLD)) {
    if (trees.length > 0 || statOf(target) === undefined) putBack(join(side, OLD), target);
    else retire(join(side, OLD), target);
  }
  for (const name of left.filter((one) => one.startsWith('new-'))) rmdirSync(join(side, name));
  for (const name of trees) {
    // Moved first, so that an exchange asked for by a killed run, if it comes only now, finds nothing to exchange.
    const retired = join(side, name.replace(/^tree/, 'retired'));
    renameSync(join(side, name), retired);
    if (inodeOf(retired) === TREE.exec(name)?.[1]) rmSync(retired, { recursive: true });
    else retire(retired, target);
  }
}

function putBack(old: string, target: string): void {
  try {
    renameSync(old, target);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
    throw new PlatformError(
      'FILES-006',
      target,
      `a killed run left what was in this folder in ${old}, and a new folder has been made since`,
      `Move what you need from one to the other, then delete ${dirname(old)}.`,
    );
  }
}

/**
 * Removes an old tree. A file of others in it that the target does not have was made or saved while the new tree was being
 * prepared: it moves over, since its only copy must not be lost.
 */
function retire(old: string, target: string): void {
  const ours = new Set([OWNERSHIP, ...readOwnership(old).keys(), ...readOwnership(target).keys()]);
  const { files, folders } = survey(old);
  for (const path of files) {
    if (path === OWNERSHIP) continue;
    if (ours.has(path) || !isLast(join(old, path), join(target, path))) unlinkSync(join(old, path));
    else {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      renameSync(join(old, path), join(target, path));
    }
  }
  for (const folder of [...folders].reverse()) rmdirSync(join(old, folder));
  // Last: a run that is killed in here is carried on by the next with the same knowledge of what is ours.
  rmSync(join(old, OWNERSHIP), { force: true });
  rmdirSync(old);
}

/** Whether the file that is about to go is the only one, or was saved after the one that stays. */
function isLast(going: string, staying: string): boolean {
  const [one, other] = [statOf(going), statOf(staying)];
  if (one === undefined || other === undefined) return one !== undefined;
  return inodeOf(going) !== inodeOf(staying) && one.mtimeMs >= other.mtimeMs;
}
