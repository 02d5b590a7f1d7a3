import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlatformError } from '../../model/errors.ts';

/** How long a run waits for another one to finish, in milliseconds. */
const PATIENCE = 30_000;
const PAUSE = 20;

/** Who holds a lock: the process, and when it started, because process ids are used again. */
interface Holder {
  readonly pid: number;
  readonly started: string;
}

/**
 * Runs the body while no other process runs one under the same lock. A lock whose holder is dead is taken over.
 *
 * @throws PlatformError FILES-007 when another process keeps the lock for half a minute
 */
export function withLock<T>(lock: string, where: string, body: () => T): T {
  acquire(lock, where);
  try {
    sweep(lock);
    return body();
  } finally {
    rmSync(lock, { force: true });
  }
}

function acquire(lock: string, where: string): void {
  const mine = `${lock}.${process.pid}`;
  const me: Holder = { pid: process.pid, started: startOf(process.pid) ?? '' };
  // A lock appears with its content or not at all: it is a second name for a finished file.
  writeFileSync(mine, JSON.stringify(me));
  try {
    for (let waited = 0; waited < PATIENCE; waited += PAUSE) {
      if (tryLink(mine, lock)) return;
      const content = readIfThere(lock);
      if (content === undefined) continue;
      if (isAlive(content)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
      else takeAway(lock, content);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new PlatformError(
    'FILES-007',
    where,
    `another run writes to it: ${readIfThere(lock) ?? 'unknown'}`,
    'Wait until that run has finished, or end it.',
  );
}

/** Removes what runs that were killed while they waited have left beside the lock. */
function sweep(lock: string): void {
  const prefix = `${basename(lock)}.`;
  for (const name of readdirSync(dirname(lock))) {
    if (!name.startsWith(prefix)) continue;
    const path = join(dirname(lock), name);
    const content = readIfThere(path);
    if (content !== undefined && !isAlive(content)) rmSync(path, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's lock. If another run was faster, what we took is its lock, and it is put back. */
function takeAway(lock: string, dead: string): void {
  const aside = `${lock}.${process.pid}.dead`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  if (readIfThere(aside) !== dead) tryLink(aside, lock);
  rmSync(aside, { force: true });
}

function isAlive(content: string): boolean {
  try {
    const { pid, started } = JSON.parse(content) as Holder;
    process.kill(pid, 0);
    return (startOf(pid) ?? '') === started;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When the process started, in ticks since boot; not known outside of Linux. */
function startOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The name in parentheses may hold blanks; the start time is the 20th field after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
