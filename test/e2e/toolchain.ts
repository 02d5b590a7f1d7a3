// The real programs that the lane runs: found on this machine, or built once from the Go module proxy and kept in a cache.

import { execFile, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { runFolder } from './run-folder.ts';
import { type GoModule, goModules, type Tool } from './toolchain/programs.ts';

/** Where everything that outlives a run is kept, outside the work tree. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cdk8s-ai');

/** A program that can run on this machine. */
export interface Program {
  readonly name: string;
  /** As the program tells it itself, without a leading v. */
  readonly version: string;
  readonly path: string;
}

const prepared = new Map<GoModule, Promise<readonly Program[]>>();

/**
 * The program with this name: from `KUBEBUILDER_ASSETS` or PATH when its version suits, else from the cache, else built.
 * What is missing of the same Go module is built with it in one go.
 *
 * @throws when it has to be built and there is no `go`
 */
export async function program(name: string): Promise<Program> {
  const module = goModules.find(({ tools }) => tools.some((tool) => tool.name === name));
  if (module === undefined) throw new Error(`test/e2e/toolchain/programs.ts lists no program named ${name}`);
  const programs = prepared.get(module) ?? prepare(module);
  prepared.set(module, programs);
  return (await programs).find((one) => one.name === name) ?? Promise.reject(new Error(`${name} was not prepared`));
}

/** The program with this name in the first of the folders that has it in a version that suits. */
export async function programIn(
  folders: readonly string[],
  name: string,
  versionArgs: readonly string[],
  suits: (version: string) => boolean = () => true,
): Promise<Program | undefined> {
  for (const path of folders.map((folder) => join(folder, name)).filter((file) => existsSync(file))) {
    const version = await versionOf(path, versionArgs);
    if (version !== undefined && suits(version)) return { name, version, path };
  }
  return undefined;
}

/** The folders of PATH. */
export function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
}

async function prepare(module: GoModule): Promise<readonly Program[]> {
  const folder = join(import.meta.dirname, 'toolchain', module.folder);
  const goMod = readFileSync(join(folder, 'go.mod'), 'utf8');
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const folders = assets ? [assets, ...pathFolders()] : pathFolders();
  const programs: Program[] = [];
  const missing: (Tool & Program)[] = [];
  for (const tool of module.tools) {
    const { name } = tool;
    const version = pinnedVersion(goMod, tool.module);
    const suits = (found: string) => isAccepted(found, version, module.accepts);
    const onMachine = await programIn(folders, name, tool.versionArgs, suits);
    if (onMachine !== undefined) {
      programs.push(onMachine);
      continue;
    }
    const built = { name, version, path: join(cacheFolder, 'bin', `${name}-${version}`, name) };
    programs.push(built);
    if (!existsSync(built.path)) missing.push({ ...tool, ...built });
  }
  if (missing.length > 0) await build(folder, missing, module.minutes);
  return programs;
}

function pinnedVersion(goMod: string, module: string): string {
  const version = goMod.match(new RegExp(`^\\s*(?:require )?${module} v(\\S+)`, 'm'))?.[1];
  if (version === undefined) throw new Error(`no version of ${module} in go.mod`);
  return version;
}

function isAccepted(version: string, pin: string, accepts: GoModule['accepts']): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [pinMajor = 0, pinMinor = 0] = pin.split('.').map(Number);
  return major === pinMajor && (accepts === 'same minor' ? minor === pinMinor : minor >= pinMinor);
}

async function versionOf(path: string, args: readonly string[]): Promise<string | undefined> {
  const output = await new Promise<string>((resolve) => {
    execFile(path, args, { timeout: 20_000 }, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
  });
  return output.match(/\bv?(\d+\.\d+\.\d+)/)?.[1];
}

/** Builds into the folder of this run, then moves each program to its place: an interrupted build leaves nothing half made. */
async function build(folder: string, missing: readonly (Tool & Program)[], minutes: number): Promise<void> {
  const names = missing.map(({ name, version }) => `${name} ${version}`).join(', ');
  console.log(`building ${names} (about ${minutes} minutes when Go has nothing cached)`);
  const start = Date.now();
  const output = mkdtempSync(join(runFolder(), 'build-'));
  const stamps = Object.assign({}, ...missing.map(({ stamp, version }) => stamp?.(version)));
  const flags = ['-s', '-w', ...Object.entries(stamps).map(([variable, value]) => `-X ${variable}=${value}`)].join(' ');
  await go(['build', '-trimpath', '-ldflags', flags, '-o', `${output}/`, ...missing.map(({ main }) => main)], folder);
  for (const { name, path } of missing) {
    mkdirSync(dirname(path), { recursive: true });
    // The cache may be on another disk than the temporary folder, where a plain rename is refused.
    const partial = `${path}.${process.pid}`;
    copyFileSync(join(output, name), partial);
    renameSync(partial, path);
  }
  rmSync(output, { recursive: true });
  console.log(`built in ${Math.round((Date.now() - start) / 1000)} s, kept in ${join(cacheFolder, 'bin')}`);
}

async function go(args: readonly string[], cwd: string): Promise<void> {
  // No C compiler is needed, and the go.mod files alone decide what is built.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOTMPDIR: runFolder() };
  const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const interrupt = () => child.kill('SIGINT');
  process.once('exit', interrupt);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', () => reject(new Error('no go on PATH: install Go 1.26 or newer from https://go.dev/dl/')));
    child.once('exit', resolve);
  });
  process.off('exit', interrupt);
  if (status !== 0) throw new Error(`go ${args[0]} failed in ${cwd} with status ${status}`);
}
