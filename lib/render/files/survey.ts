import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from './system-errors.ts';

/** What is in a folder, by path below it; a folder comes before its content. */
export interface Survey {
  /** Whatever is not a folder: files, symbolic links, sockets. */
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

/** Looks at everything in a folder; links are not followed, a missing folder is empty. */
export function survey(root: string): Survey {
  const found = { files: new Set<string>(), folders: new Set<string>(), links: new Set<string>() };
  const look = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isSymbolicLink()) found.links.add(path);
      if (!entry.isDirectory()) found.files.add(path);
      else {
        found.folders.add(path);
        look(path);
      }
    }
  };
  if (statOf(root) !== undefined) look('');
  return found;
}

/** What is at a path, links not followed; nothing also where a file stands in the place of a folder above it. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** What tells a file or folder from every other on its file system; as text, since Windows has longer ones than a number holds. */
export function inodeOf(path: string): string | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino.toString();
}
