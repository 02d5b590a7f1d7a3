import { spawnSync } from 'node:child_process';

/** What a process printed as JSON. */
export function task<T extends Readonly<Record<string, number>>>(name: string, ...numbers: readonly number[]): T {
  const args = ['--conditions=source', 'scripts/bench/task.ts', name, ...numbers.map(String)];
  return JSON.parse(spawn(process.execPath, args).stdout) as T;
}

/** Milliseconds from start to end of a process of Node.js. */
export function duration(...args: readonly string[]): number {
  return durationOf(process.execPath, args);
}

/** Milliseconds from start to end of a process. */
export function durationOf(path: string, args: readonly string[]): number {
  const start = performance.now();
  spawn(path, args);
  return performance.now() - start;
}

/** Milliseconds and peak memory of a program of this repository. */
export function program(file: string): { readonly milliseconds: number; readonly peakMiB: number } {
  const tell = `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS / 1024)))`;
  const start = performance.now();
  const { stderr } = spawn(process.execPath, [
    '--conditions=source',
    '--import',
    `data:text/javascript,${encodeURIComponent(tell)}`,
    file,
  ]);
  return { milliseconds: performance.now() - start, peakMiB: Number(stderr) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1, middle + 1);
  return (low + high) / 2;
}

function spawn(path: string, args: readonly string[]) {
  const result = spawnSync(path, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (result.status !== 0) throw new Error(`${path} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
  return result;
}
