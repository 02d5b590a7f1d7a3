import { basename, resolve } from 'node:path';
import { createTree } from '../../render/files.ts';
import { type InitCommand, UsageError } from '../arguments.ts';
import { packageManifest } from '../package-manifest.ts';
import { PROJECT_CLOUDS } from './clouds.ts';
import { projectFiles } from './project.ts';

/** Makes a project that compiles and synthesizes as it is. */
export function initCommand({ cloud, folder, json }: InitCommand): number {
  const known = Object.entries(PROJECT_CLOUDS);
  const entry = known.find(([id]) => id === cloud)?.[1];
  if (entry === undefined) throw new UsageError(`--cloud is ${known.map(([id]) => id).join(', ')}, not '${cloud}'`);
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (name === '') throw new UsageError(`'${folder}' gives no name for the project; use letters and digits`);
  const { version, peerDependencies } = packageManifest();
  const files = projectFiles(name, cloud, entry, { ...peerDependencies, 'cdk8s-ai': version });
  createTree(folder, files);
  const next = `cd ${folder} && npm install && npm run check`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ folder, files: [...files.keys()], next }, null, 2)}\n`
      : `${files.size} files in ${folder}\nNext: ${next}\n`,
  );
  return 0;
}
