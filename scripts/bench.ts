// `./dev bench`: how long a synth takes and how much memory, as ratios that were measured in turn in one run.
// Clocks are shown and never asserted on; the work itself is counted in the tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { duration, median, program, task } from './bench/measure.ts';
import { otherWays } from './bench/others.ts';
import { performancePage, type Row } from './bench/page.ts';
import { plot } from './bench/plot.ts';
import { typeCheckRows } from './bench/types.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    // A look at whether it works, without a claim.
    quick: { type: 'boolean', default: false },
    // docs/performance.md with its plot, and with kustomize and Helm, which are built when this machine has none.
    'write-page': { type: 'boolean', default: false },
  },
});

/** A program of ten objects. */
const SMALL = `import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
export const platform = new Platform({ name: 'small' });
const cluster = new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' });
const chart = new Chart(cluster, 'web', { disableResourceNameHashes: true });
for (let index = 0; index < 10; index++)
  new ApiObject(chart, 'map-' + index, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map-' + index, namespace: 'web' }, data: { a: 'b' } });
`;

const rounds = options.quick ? 1 : 5;
const scale = options.quick ? 10 : 1;
const rows: Row[] = [];

function atMost(name: string, value: number, goal: number): void {
  add({ name, value, goal, holds: value <= goal });
}

function atLeast(name: string, value: number, goal: number): void {
  add({ name: `${name} (at least)`, value, goal, holds: value >= goal });
}

function shown(name: string, value: number): void {
  add({ name, value, goal: null, holds: null });
}

function add(row: Row): void {
  const rounded = { ...row, value: Number(row.value.toPrecision(3)) };
  rows.push(rounded);
  const verdict = row.holds === null ? '' : row.holds ? 'holds' : 'MISSED';
  process.stdout.write(
    `${row.name.padEnd(76)}${String(rounded.value).padStart(8)}${String(row.goal ?? '').padStart(8)}  ${verdict}\n`,
  );
}

type Results<M extends Readonly<Record<string, () => unknown>>> = { readonly [K in keyof M]: ReturnType<M[K]>[] };

/** Runs each measurement once a round, one after the other; gives what each gave in each round. */
function inTurn<M extends Readonly<Record<string, () => unknown>>>(measurements: M, times = rounds): Results<M> {
  const found = Object.entries(measurements).map(([name, measure]) => ({ name, measure, results: [] as unknown[] }));
  for (let round = 0; round < times; round++) for (const { measure, results } of found) results.push(measure());
  return Object.fromEntries(found.map(({ name, results }) => [name, results])) as Results<M>;
}

/** The median over the rounds of how many times as large one number is as another of the same round. */
function ratio<T, U>(over: readonly T[], of: (one: T) => number, under: readonly U[], by: (one: U) => number): number {
  return median(over.map((one, round) => of(one) / by(under[round] as U)));
}

interface Synth extends Record<string, number> {
  readonly tree: number;
  readonly milliseconds: number;
}
const whole = ({ tree, milliseconds }: Synth) => tree + milliseconds;
const milliseconds = (one: { readonly milliseconds: number }) => one.milliseconds;

const machine = `Node.js ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`;
process.stdout.write(`${machine}\n`);
process.stdout.write(`medians of ${rounds} rounds; F: build the same plain objects, JSON.stringify, write\n\n`);
process.stdout.write(`${''.padEnd(76)}${'value'.padStart(8)}${'goal'.padStart(8)}\n`);

tenThousand();
hundredThousand();
emitters();
memory();
commands();
for (const { name, value, goal } of typeCheckRows(rounds)) atMost(name, value, goal);
if (options['write-page']) {
  await others();
  writeFileSync('docs/performance.md', performancePage(machine, rounds, rows));
  writeFileSync('docs/performance.svg', plot(curve()));
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);

/** Ten thousand objects: charts that stand for themselves, many small ones, a chain, nothing to change, and cdk8s. */
function tenThousand(): void {
  const charts = 100 / scale;
  const found = inTurn({
    floor: () => task<{ milliseconds: number }>('floor', charts, 100),
    charts: () => task<Synth>('synth', charts, 100),
    small: () => task<Synth>('synth', charts * 10, 10),
    chain: () => task<Synth>('synth', charts, 100, 1),
    again: () => task<{ again: number }>('resynth', charts, 100),
    cdk8s: () => task<Synth>('cdk8s', charts, 100),
  });
  const size = `${(charts * 100).toLocaleString('en')} objects`;
  atMost(
    `${size}, ${charts} charts, tree built, policies on: in F`,
    ratio(found.charts, whole, found.floor, milliseconds),
    4,
  );
  shown(
    '  of these the tree: in F',
    ratio(found.charts, (one) => one.tree, found.floor, milliseconds),
  );
  shown('  app.synth() of cdk8s with its tree: in F', ratio(found.cdk8s, whole, found.floor, milliseconds));
  shown('  app.synth() over ours, both with the tree', ratio(found.cdk8s, whole, found.charts, whole));
  atMost(`${charts * 10} charts x 10 over ${charts} x 100`, ratio(found.small, whole, found.charts, whole), 1.1);
  atMost(
    `chain of ${charts} dependent units over no dependencies`,
    ratio(found.chain, whole, found.charts, whole),
    1.1,
  );
  atMost(
    'no-change re-synth over a full synth',
    ratio(found.again, (one) => one.again, found.charts, whole),
    0.5,
  );
}

function hundredThousand(): void {
  const charts = 1000 / scale;
  const found = inTurn({
    floor: () => task<{ milliseconds: number }>('floor', charts, 100),
    charts: () => task<Synth>('synth', charts, 100),
    tenth: () => task<Synth>('synth', charts / 10, 100),
  });
  const size = `${(charts * 100).toLocaleString('en')} objects, ${charts.toLocaleString('en')} charts`;
  atMost(`${size}: in F`, ratio(found.charts, whole, found.floor, milliseconds), 5);
  atMost('cost of an object there over a tenth of it', ratio(found.charts, whole, found.tenth, whole) / 10, 1.15);
  const cdk8s = whole(task<Synth>('cdk8s', charts, 100));
  shown('  app.synth() of cdk8s with its tree, once: in F', cdk8s / median(found.floor.map(milliseconds)));
  atLeast('  app.synth() over ours, both with the tree', cdk8s / median(found.charts.map(whole)), 12);
}

function emitters(): void {
  interface Times extends Record<string, number> {
    readonly json: number;
    readonly own: number;
    readonly jsYaml: number;
    readonly yaml: number;
  }
  const { all } = inTurn({ all: () => task<Times>('emitters', 2000 / scale) });
  const over = (of: (times: Times) => number) => ratio(all, of, all, (times) => times.json);
  atMost(
    'emitter over JSON.stringify',
    over((times) => times.own),
    2.5,
  );
  shown(
    '  js-yaml over JSON.stringify',
    over((times) => times.jsYaml),
  );
  shown(
    '  yaml over JSON.stringify',
    over((times) => times.yaml),
  );
}

/** A fleet, and ten times as large a fleet; what the process takes without any cluster is taken off both. */
function memory(): void {
  const clusters = 100 / scale;
  const found = inTurn({
    none: () => task<{ peakMiB: number }>('fleet', 0),
    some: () => task<{ peakMiB: number }>('fleet', clusters),
    many: () => task<{ peakMiB: number }>('fleet', clusters * 10),
  });
  const peak = (one: { readonly peakMiB: number }) => one.peakMiB;
  const base = median(found.none.map(peak));
  const over = (one: { readonly peakMiB: number }) => one.peakMiB - base;
  const name = `peak memory over bare node, ${(clusters * 10).toLocaleString('en')} clusters streamed over ${clusters}`;
  atMost(name, ratio(found.many, over, found.some, over), 1.2);
  shown('  peak of the larger fleet: MiB', median(found.many.map(peak)));
}

/** The command as it is installed: needs `./dev compile`. */
function commands(): void {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-ai-bench-'));
  const [app, out] = [join('build', 'bench-app.mjs'), join(folder, 'out')];
  const load = (name: string) => () => duration('--input-type=module', '--eval', `import '${name}'`);
  try {
    mkdirSync('build', { recursive: true });
    writeFileSync(app, SMALL);
    const found = inTurn(
      {
        node: () => duration('--eval', '0'),
        version: () => duration('build/lib/cli/main.js', '--version'),
        cdk8s: load('cdk8s'),
        ours: load('cdk8s-ai'),
        synth: () => duration('build/lib/cli/main.js', 'synth', app, '--out', out),
      },
      options.quick ? 1 : 15,
    );
    const self = (one: number) => one;
    const node = median(found.node);
    atMost('cdk8s-ai synth of a 10-object app over node -e 0: milliseconds more', median(found.synth) - node, 110);
    shown('  of these import of cdk8s', median(found.cdk8s) - node);
    atMost('cdk8s-ai --version over node -e 0', ratio(found.version, self, found.node, self), 1.5);
    atMost("import 'cdk8s-ai' over import 'cdk8s'", ratio(found.ours, self, found.cdk8s, self), 1.3);
    const { demo } = inTurn({ demo: () => program('scripts/demo.ts') });
    shown('./dev demo, warm: seconds', median(demo.map(milliseconds)) / 1000);
    shown('./dev demo, warm: peak MiB', median(demo.map((one) => one.peakMiB)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(app, { force: true });
  }
}

/** The same objects through kustomize and Helm, and how many times as long they take. */
async function others(): Promise<void> {
  const objects = 1000 / scale;
  const { ways, end } = await otherWays(objects);
  try {
    const found = inTurn({ all: () => ways.map(({ measure }) => measure()) }, 3).all;
    for (const [index, { name }] of ways.entries()) {
      const seconds = median(found.map((times) => (times[index] ?? Number.NaN) / 1000));
      shown(`${objects.toLocaleString('en')} objects through ${name}: seconds`, seconds);
    }
  } finally {
    end();
  }
}

/** Microseconds an object, by how many objects there are. */
function curve() {
  const sizes = options.quick ? [100, 300, 1000] : [100, 300, 1000, 3000, 10_000, 30_000, 100_000];
  const each = (size: number, measure: (charts: number) => number) => ({
    size,
    microseconds: (median(inTurn({ all: () => measure(size / 100) }, size > 10_000 ? 1 : 3).all) * 1000) / size,
  });
  return {
    floor: sizes.map((size) => each(size, (charts) => milliseconds(task('floor', charts, 100)))),
    ours: sizes.map((size) => each(size, (charts) => whole(task('synth', charts, 100)))),
    cdk8s: sizes
      .filter((size) => size <= 30_000)
      .map((size) => each(size, (charts) => whole(task('cdk8s', charts, 100)))),
  };
}
