import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';

/** Number of the system call renameat2 on Linux; its flag 2 (RENAME_EXCHANGE) swaps two names in one step. */
const RENAMEAT2: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 316, arm64: 276 };

/**
 * Puts the new folder in the place of the old one, which ends up where the new one was.
 *
 * Node.js has no call that swaps two folders in one step, so `mv` (coreutils 9.5) or `perl` makes it. Where neither can,
 * two renames do it, and a run that is killed exactly between them is undone by the next (`finishInterrupted`).
 */
export function exchange(fresh: string, target: string, aside: string): void {
  if (process.platform === 'linux' && swapInOneStep(fresh, target)) {
    renameSync(fresh, aside);
    return;
  }
  renameSync(target, aside);
  renameSync(fresh, target);
}

/** Undoes a run that was killed between the two renames. */
export function finishInterrupted(target: string, aside: string): void {
  if (existsSync(aside) && !existsSync(target)) renameSync(aside, target);
}

function swapInOneStep(a: string, b: string): boolean {
  const number = RENAMEAT2[process.arch];
  const script = `exit(syscall(${number}, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 ? 0 : 1)`;
  return (
    succeeds('mv', ['--exchange', '--no-target-directory', '--', a, b]) ||
    (number !== undefined && succeeds('perl', ['-e', script, a, b]))
  );
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
