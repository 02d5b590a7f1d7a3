import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The new tree while it is being built beside the old one: nothing in it can be seen under the target's name. */
export class Stage {
  readonly #root: string;
  readonly #folders = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root);
  }

  write(path: string, text: string): void {
    writeFileSync(this.#place(path), text, { flag: 'wx' });
  }

  /** Keeps a file of the old tree as it is: the same inode, the same time. */
  keep(from: string, path: string): void {
    link(from, this.#place(path));
  }

  /** Keeps something that is not ours, whatever it is, with all that is in it. */
  keepForeign(from: string, path: string): void {
    const stat = lstatSync(from);
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), this.#place(path));
    else if (stat.isDirectory()) {
      mkdirSync(join(this.#root, path), { recursive: true, mode: stat.mode });
      for (const name of readdirSync(from)) this.keepForeign(join(from, name), join(path, name));
    } else link(from, this.#place(path));
  }

  #place(path: string): string {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) {
      mkdirSync(join(this.#root, folder), { recursive: true });
      this.#folders.add(folder);
    }
    return join(this.#root, path);
  }
}

/** A second name for the file; a copy with the same times on a file system that has no such names. */
function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') throw error;
    copyFileSync(from, to);
    const { atime, mtime } = lstatSync(from);
    utimesSync(to, atime, mtime);
  }
}
