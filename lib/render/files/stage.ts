import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PlatformError } from '../../model/errors.ts';
import { statOf } from './survey.ts';
import { hasCode } from './system-errors.ts';

/** A new tree while it is put together: nobody sees it under the target's name. */
export class Stage {
  readonly root: string;
  readonly #target: string;
  readonly #folders = new Set(['.']);

  constructor(root: string, target: string) {
    this.root = root;
    this.#target = target;
  }

  /** A new file; one that replaces another keeps its permissions. */
  write(path: string, content: Uint8Array, mode = 0o666): void {
    writeFileSync(this.#place(path), content, { flag: 'wx', mode });
  }

  /** The target's own file under a second name: the same inode, the same time. Where that cannot be, a copy of it. */
  keep(path: string): void {
    const [from, to] = [join(this.#target, path), this.#place(path)];
    if (this.#link(from, to)) return;
    copyFileSync(from, to);
    const { atime, mtime } = statOf(from) ?? { atime: 0, mtime: 0 };
    utimesSync(to, atime, mtime);
  }

  /**
   * Something of others, which stays what it is.
   *
   * @throws PlatformError FILES-008 where no second name can be given to it, as a copy would not be their file any more
   */
  keepForeign(path: string, isLink: boolean): void {
    const [from, to] = [join(this.#target, path), this.#place(path)];
    if (isLink) symlinkSync(readlinkSync(from), to);
    else if (!this.#link(from, to)) {
      throw new PlatformError(
        'FILES-008',
        from,
        'it is not ours, and the system allows no hard link to it, without which it would not survive the change of folders',
        'Make yourself the owner of the file, move it, or write to another folder.',
      );
    }
  }

  /** Makes a folder, with those above it; one that is in the target as well has the same owner and permissions. */
  folder(path: string): void {
    if (this.#folders.has(path)) return;
    this.folder(dirname(path));
    mkdirSync(join(this.root, path));
    this.#folders.add(path);
  }

  /** Gives the folders the owner and permissions that they have in the target; done last, as they may forbid writing. */
  finish(): void {
    if (statOf(this.#target) === undefined) return;
    for (const path of this.#folders) {
      const [before, now] = [statOf(join(this.#target, path)), statOf(join(this.root, path))];
      if (before === undefined || now === undefined || !before.isDirectory()) continue;
      if (before.uid !== now.uid || before.gid !== now.gid) chownSync(join(this.root, path), before.uid, before.gid);
      if (before.mode !== now.mode) chmodSync(join(this.root, path), before.mode & 0o7777);
    }
  }

  #place(path: string): string {
    this.folder(dirname(path));
    return join(this.root, path);
  }

  #link(from: string, to: string): boolean {
    try {
      linkSync(from, to);
      return true;
    } catch (error) {
      if (hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) return false;
      throw error;
    }
  }
}
