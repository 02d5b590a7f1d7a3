import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { PlatformError } from '../../model/errors.ts';
import { hasCode } from './system-errors.ts';

/** A process on another machine cannot be looked up. None takes this long to write a tree, so an older lock is a dead one's. */
const ABANDONED_AFTER_MS = 10 * 60_000;

/** Who wants the lock: process id, start time, a random part, machine. */
const CLAIM = /^lock-(\d+)-(\d+)-[0-9a-f]+-(.+)$/;

/**
 * Makes a folder and takes its lock. Gives the function that releases both.
 *
 * Each contender puts a claim of its own into the folder, then looks around. Whoever sees no living claim but its own has
 * the lock; whoever sees one withdraws and tries again. Of any two the second to come sees the first, so never have both
 * the lock. A claim is named after its maker, so that what a dead process left can be removed without hitting another.
 *
 * @throws PlatformError FILES-007 when somebody else has the lock for longer than the patience
 */
export function takeLock(folder: string, target: string, patienceMs: number): () => void {
  const own = `lock-${process.pid}-${lookUp(process.pid)?.started ?? 0}-${randomBytes(4).toString('hex')}-${machine()}`;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (claim(folder, own)) {
      const holder = otherThan(own, folder);
      if (holder === undefined) return () => withdraw(folder, own);
      withdraw(folder, own);
      if (Date.now() > deadline) throw taken(folder, target, holder);
    }
    sleep(5 + Math.random() * 30);
  }
}

/** Whether the claim was put: whoever releases the lock may remove the folder in between. */
function claim(folder: string, own: string): boolean {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    // Not `recursive` itself: with that, Node.js reports a read-only file system as a missing folder.
    mkdirSync(folder);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  return (
    unlessGone(() => {
      writeFileSync(join(folder, own), '', { flag: 'wx' });
      return true;
    }) ?? false
  );
}

/** Removes the claim, and the folder when nothing else is in it. */
function withdraw(folder: string, own: string): void {
  unlinkSync(join(folder, own));
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

/** A living claim other than our own; those of the dead are removed on the way. */
function otherThan(own: string, folder: string): string | undefined {
  for (const name of readdirSync(folder)) {
    if (name === own || !CLAIM.test(name)) continue;
    if (isAlive(name, own, folder)) return name;
    unlessGone(() => unlinkSync(join(folder, name)));
  }
  return undefined;
}

function isAlive(name: string, own: string, folder: string): boolean {
  const [, id, started, where] = CLAIM.exec(name) ?? [];
  if (where !== machine()) {
    // Both times are the file system's, so the clocks of the machines need not agree.
    const age = unlessGone(() => statSync(join(folder, own)).mtimeMs - statSync(join(folder, name)).mtimeMs);
    return age !== undefined && age < ABANDONED_AFTER_MS;
  }
  if (!isRunning(Number(id))) return false;
  const found = lookUp(Number(id));
  return found === undefined || (found.started === started && !found.ended);
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return hasCode(error, 'EPERM');
  }
}

/** When a process started, which tells it from a later one with the same id; not known outside of Linux. */
function lookUp(id: number): { readonly started: string; readonly ended: boolean } | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = unlessGone(() => readFileSync(`/proc/${id}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // The second field, the program's name, may hold blanks and brackets; the state comes next, the start is the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A killed process that its parent has not asked about yet still has an id, and holds nothing any more.
  return { started: fields[19] ?? '0', ended: fields[0] === 'Z' || fields[0] === 'X' };
}

/** Where process ids mean the same: a machine, and on Linux a container. */
function machine(): string {
  const container = process.platform === 'linux' ? (unlessGone(() => readlinkSync('/proc/self/ns/pid')) ?? '') : '';
  return `${hostname()}-${container}`.replace(/[^\w.-]/g, '').slice(0, 100);
}

function unlessGone<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function taken(folder: string, target: string, holder: string): PlatformError {
  const [, id, , where] = CLAIM.exec(holder) ?? [];
  return new PlatformError(
    'FILES-007',
    target,
    `another run writes to it: process ${id} on ${where}`,
    `Wait until that run has finished, or end it. Should it no longer exist, delete ${join(folder, holder)}.`,
  );
}
