/** Finds the real Pulumi engine and runs its commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { type Program, program, programIn } from '../toolchain.ts';

/**
 * The program that `PULUMI` names, else the one of the lane: on PATH, in the cache, or built now.
 *
 * @returns the program, or why there is none
 * @throws when `PULUMI` names something that is not the program
 */
export async function findPulumi(): Promise<Program | NoPulumi> {
  const named = process.env['PULUMI'];
  if (named) {
    const found = await programIn([dirname(named)], basename(named), ['version']);
    return found ?? Promise.reject(new Error(`PULUMI=${named} is not the pulumi program`));
  }
  return program('pulumi').catch((error: unknown) => ({
    why: `no pulumi: ${error instanceof Error ? error.message : error}`,
  }));
}

export interface NoPulumi {
  readonly why: string;
}

export interface Finished {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs one command to its end. It is killed when this process ends first; its plugins then end by themselves. */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Finished> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      resolve({ ok: code === 0, stdout: `${Buffer.concat(stdout)}`, stderr: `${Buffer.concat(stderr)}` });
    });
  });
}
