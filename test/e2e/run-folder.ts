// Every process and file of a run of the lane belongs to one temporary folder, so that one place can end and remove them all,
// also when the run is interrupted, crashes, or was killed the last time.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const prefix = 'cdk8s-ai-e2e-';
const living = new Set<ChildProcess>();
let folder: string | undefined;

/** The folder of this run, outside the work tree. Removed, with every process started by `startServer`, when this process ends. */
export function runFolder(): string {
  if (folder !== undefined) return folder;
  removeLeftovers();
  folder = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(folder, 'owner'), JSON.stringify({ pid: process.pid, command: commandOf(process.pid) }));
  process.once('exit', removeEverything);
  for (const [signal, status] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => process.exit(status));
  }
  return folder;
}

/** A program that runs until `stopServer`, or until this process ends. */
export interface Server {
  readonly name: string;
  /** File with everything the program wrote. */
  readonly log: string;
  readonly process: ChildProcess;
}

/**
 * Starts a program that keeps running. Some argument must name a path in `logFolder`: the process is recognized by it,
 * should this run be killed before it can stop its programs.
 *
 * @param variables of its environment, beside those of this process
 */
export function startServer(
  name: string,
  command: string,
  args: readonly string[],
  logFolder: string,
  variables: Readonly<Record<string, string>> = {},
): Server {
  const log = join(logFolder, `${name}.log`);
  const output = openSync(log, 'a');
  const env = { ...process.env, ...variables };
  const child = spawn(command, args, { stdio: ['ignore', output, output], cwd: logFolder, env });
  child.once('error', (error) => appendFileSync(log, `${error}\n`));
  if (child.pid !== undefined) {
    appendFileSync(join(runFolder(), 'pids'), `${child.pid}\n`);
    living.add(child);
    child.once('exit', () => living.delete(child));
    // A program that still runs is no reason for this process to go on.
    child.unref();
  }
  return { name, log, process: child };
}

/** Kills the program at once: nothing that a server of this lane holds is worth a graceful end. */
export async function stopServer({ process: child }: Server): Promise<void> {
  if (!living.has(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill('SIGKILL');
  await gone;
}

/**
 * Waits until the program answers.
 *
 * @throws with the end of its log when it ends, or does not answer in time
 */
export async function untilReady(server: Server, answers: () => Promise<boolean>, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await answers())) {
    if (!living.has(server.process)) throw new Error(`${server.name} ended early:\n${lastLines(server.log)}`);
    if (Date.now() > deadline)
      throw new Error(`${server.name} is not ready after ${seconds} s:\n${lastLines(server.log)}`);
    await sleep(50);
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}

function removeEverything(): void {
  for (const child of living) child.kill('SIGKILL');
  if (folder !== undefined) removeFolder(folder);
}

/** A process that dies may still write a file while its folder is being removed: hence the retries. */
function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Ends the processes and removes the folders of runs that were killed before they could do so themselves. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const leftover = join(tmpdir(), name);
    if (statSync(leftover).uid !== process.getuid?.() || ownerLives(leftover)) continue;
    for (const pid of readIfThere(join(leftover, 'pids')).split('\n').filter(Boolean).map(Number)) {
      // The number may have passed to a process of somebody else by now.
      if (commandOf(pid).includes(leftover)) process.kill(pid, 'SIGKILL');
    }
    removeFolder(leftover);
    console.log(`removed what an earlier run left behind in ${leftover}`);
  }
}

function ownerLives(path: string): boolean {
  const text = readIfThere(join(path, 'owner'));
  // A run that was only just started has not written the file yet.
  if (text === '') return Date.now() - statSync(path).mtimeMs < 10_000;
  const { pid, command } = JSON.parse(text) as { pid: number; command: string };
  return pid !== process.pid && commandOf(pid) === command;
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The command line of a process, or an empty text when there is no such process. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
