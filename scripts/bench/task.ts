// One measurement in a process of its own, so that neither compiled code nor garbage of another one counts.
// node --conditions=source scripts/bench/task.ts NAME [NUMBER ...]: prints what it found as JSON.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import type { Construct } from 'constructs';
import { dump } from 'js-yaml';
import { stringify } from 'yaml';
import type { Json } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import { emitDocuments } from '../../lib/render/yaml.ts';
import { deployment } from './deployment.ts';

const folder = mkdtempSync(join(tmpdir(), 'cdk8s-ai-bench-'));
const out = join(folder, 'out');

/** The platform of all measurements; the images of the objects come from there. */
const BENCH = { name: 'bench', registries: ['registry.example.com'] };

/** Milliseconds that the action takes. */
function time(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Charts that depend on nothing, or each on the one before it. */
function addCharts(scope: Construct, charts: number, perChart: number, chained = false): void {
  let before: Chart | undefined;
  for (let index = 0; index < charts; index++) {
    const chart = new Chart(scope, `chart-${index}`, { disableResourceNameHashes: true });
    for (let object = 0; object < perChart; object++) {
      const manifest = deployment(index * perChart + object);
      new ApiObject(chart, `object-${object}`, manifest as unknown as ConstructorParameters<typeof ApiObject>[2]);
    }
    if (chained && before !== undefined) chart.addDependency(before);
    before = chart;
  }
}

/** A platform of one cluster with a pool that the objects do not use, so that every rule has something to judge. */
function platformOf(charts: number, perChart: number, chained: boolean): Platform {
  const platform = new Platform({ ...BENCH, outdir: out });
  addCharts(cluster(platform, 'east'), charts, perChart, chained);
  return platform;
}

function cluster(platform: Platform, name: string): AiCluster {
  const made = new AiCluster(platform, name, {
    cloud: existing(),
    kubernetesVersion: '1.35',
    components: { 'gpu-operator': { installed: true } },
  });
  made.addGpuNodePool('dgx', {
    instanceType: 'dgx-h100',
    minNodes: 2,
    labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
    taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
  });
  return made;
}

/** The floor: the same plain objects, as JSON, in as many files. Nothing that writes them can be faster. */
function floor(files: number, perFile: number) {
  mkdirSync(out);
  const milliseconds = time(() => {
    for (let file = 0; file < files; file++) {
      const texts: string[] = [];
      for (let object = 0; object < perFile; object++) texts.push(JSON.stringify(deployment(file * perFile + object)));
      writeFileSync(join(out, `${file}.json`), texts.join('\n'));
    }
  });
  return { milliseconds };
}

/** The tree, a synth into an empty folder, and another one of the same program that finds nothing to change. */
function synth(charts: number, perChart: number, chained = 0) {
  let platform = platformOf(0, 0, false);
  const tree = time(() => {
    platform = platformOf(charts, perChart, chained === 1);
  });
  return { tree, milliseconds: time(() => platform.synth()) };
}

function resynth(charts: number, perChart: number) {
  platformOf(charts, perChart, false).synth();
  return { again: time(() => platformOf(charts, perChart, false).synth()) };
}

function cdk8s(charts: number, perChart: number) {
  const app = new App({ outdir: out });
  const tree = time(() => addCharts(app, charts, perChart));
  return { tree, milliseconds: time(() => app.synth()) };
}

/** Microseconds an object of each way to text, after a warm-up. */
function emitters(count: number) {
  const objects = Array.from({ length: count }, (_, index) => deployment(index));
  const ways = {
    json: (object: Manifest) => JSON.stringify(object),
    own: (object: Manifest) => emitDocuments([object as Json]),
    jsYaml: (object: Manifest) => dump(object, { noRefs: true }),
    yaml: (object: Manifest) => stringify(object),
  };
  const all = (way: (object: Manifest) => string) => objects.reduce((length, object) => length + way(object).length, 0);
  for (const way of Object.values(ways)) all(way);
  return Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, (time(() => all(way)) * 1000) / count]));
}

/** A fleet of clusters of a hundred objects each; none at all shows what the process itself takes. */
function fleet(clusters: number) {
  const platform = new Platform({ ...BENCH, outdir: out });
  const names = Array.from({ length: clusters }, (_, index) => `cluster-${index}`);
  platform.addFleet(names, (name) => addCharts(cluster(platform, name), 1, 100));
  const milliseconds = time(() => platform.synth());
  return { milliseconds, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

const tasks: Readonly<Record<string, (...numbers: number[]) => object>> = {
  floor,
  synth,
  resynth,
  cdk8s,
  emitters,
  fleet,
};

const [, , name = '', ...numbers] = process.argv;
try {
  const result = tasks[name]?.(...numbers.map(Number));
  process.stdout.write(JSON.stringify(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
