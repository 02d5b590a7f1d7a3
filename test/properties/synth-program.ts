// Run by synth-determinism.test.ts in processes of their own: prints a checksum of everything that is rendered.
// The seed decides in which order the parts of the program are written down, and nothing else.
import { createHash } from 'node:crypto';
import { ApiObject, Chart } from 'cdk8s';
import {
  AiCluster,
  aws,
  existing,
  Framework,
  Platform,
  type PlatformModel,
  Scheduler,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { renderArgoCd } from '../../lib/render/gitops/argo-cd.ts';
import { renderFlux } from '../../lib/render/gitops/flux.ts';
import { renderManifests } from '../../lib/render/manifests.ts';
import { exampleNames, loadExample } from '../examples.ts';

/** Names whose order a locale would change. */
const NAMES = ['zebra', 'apple', 'i', 'iota', 'a-1', 'a1', 'a-10', 'a-2', 'oe'];

const [, , seed = '0', elsewhere = '.'] = process.argv;
const inOrder = shuffler(Number(seed));
const gitOps = { repoUrl: 'https://git.example.com/platform.git' };

const models: PlatformModel[] = [];
for (const name of exampleNames) models.push((await loadExample(name)).bound);
process.chdir(elsewhere);
models.push(shuffled().model());

const hash = createHash('sha256');
for (const model of models) {
  for (const files of [renderManifests(model), renderArgoCd(model, gitOps), renderFlux(model, gitOps)])
    for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path}\n${text}`);
}
process.stdout.write(`${hash.digest('hex')}\n`);

function shuffled(): Platform {
  const platform = new Platform({ name: 'shuffled' });
  inOrder(
    () => eks(platform),
    () => onPremises(platform),
  );
  return platform;
}

function eks(platform: Platform): void {
  const east = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const pools = new Map<string, ReturnType<AiCluster['addGpuNodePool']>>();
  inOrder(
    () => pools.set('h100', east.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4, maxNodes: 8 })),
    () => pools.set('l4', east.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 4 })),
  );
  const [h100, l4] = [pools.get('h100'), pools.get('l4')];
  if (h100 === undefined || l4 === undefined) throw new Error('two pools');
  inOrder(
    () => {
      const vision = new Tenant(east, 'vision', { quota: [h100.gpus(32), l4.gpus(2)] });
      inOrder(
        ...['small', 'large'].map((name) => () => {
          const queue = new TrainingQueue(vision, name, { scheduler: Scheduler.volcano() });
          const image = 'registry.example.com/train:1';
          new TrainingJob(queue, `${name}-job`, {
            framework: Framework.pytorch(),
            pool: h100,
            workers: 1,
            gpusPerWorker: 8,
            image,
          });
        }),
      );
    },
    () => new Tenant(east, 'speech', { quota: [h100.gpus(8)] }),
  );
}

function onPremises(platform: Platform): void {
  const lab = new AiCluster(platform, 'lab', { cloud: existing(), kubernetesVersion: '1.35' });
  const charts: Chart[] = [];
  inOrder(
    ...NAMES.map((name) => () => {
      const chart = new Chart(lab, name, { namespace: 'web', disableResourceNameHashes: true });
      charts.push(chart);
      inOrder(
        ...NAMES.map((id) => () => {
          const data = Object.fromEntries(shuffledList(NAMES).map((key) => [key, `${name} ${id} ä`]));
          const metadata = { name: `${name}-${id}`, namespace: 'web' };
          new ApiObject(chart, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as never);
        }),
      );
    }),
  );
  const last = charts.find(({ node }) => node.id === 'apple');
  inOrder(...charts.filter((chart) => chart !== last).map((chart) => () => last?.addDependency(chart)));
}

function shuffledList<T>(items: readonly T[]): readonly T[] {
  const list = [...items];
  inOrder.shuffle(list);
  return list;
}

/** Runs actions in an order that the seed decides. */
function shuffler(seed: number) {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const shuffle = (list: unknown[]) => {
    if (seed === 0) return;
    for (let index = list.length - 1; index > 0; index--) {
      const other = Math.floor(random() * (index + 1));
      [list[index], list[other]] = [list[other], list[index]];
    }
  };
  const inOrder = (...actions: (() => unknown)[]) => {
    shuffle(actions);
    for (const action of actions) action();
  };
  return Object.assign(inOrder, { shuffle });
}
