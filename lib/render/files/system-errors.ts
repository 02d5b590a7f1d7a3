import { PlatformError } from '../../model/errors.ts';

/** Whether the system refused something for one of these reasons. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

/** What the system's refusals mean, and what mends them. */
const REASONS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space'],
  EDQUOT: ['the disk quota is used up', 'Free some space'],
  EROFS: ['the file system is read-only', 'Write to a folder on another file system'],
  EACCES: ['permission is denied', 'Change its permissions, or write to another folder'],
  EPERM: ['the system does not allow it', 'Change its owner or permissions, or write to another folder'],
  EBUSY: ['it is in use, or something is mounted there', 'Write to a folder below the mounted one'],
  EXDEV: ['something is mounted inside the folder', 'Write to a folder that lies on one file system'],
  ENAMETOOLONG: ['the path is too long for this system', 'Write to a folder with a shorter path'],
  ENOTDIR: ['a file stands where a folder is needed', 'Move it, or write to another folder'],
};

/**
 * Runs an action and puts what the system refuses into words.
 *
 * @param state - what can be relied on when it fails
 * @throws PlatformError FILES-008 naming the path
 */
export function inWords<T>(place: string, state: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const [what, fix] = REASONS[error.code] ?? [error.message, 'Mend it'];
    throw new PlatformError(
      'FILES-008',
      error.path ?? place,
      `${what} (${error.code}); ${state}`,
      `${fix}, then run again.`,
    );
  }
}

function isSystemError(error: unknown): error is Error & { readonly code: string; readonly path?: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
