// Flux's kustomize-controller beside a control plane. This process stands for the two controllers that it works with: it
// serves trees as the source-controller does, and says of charts what the helm-controller would say.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crdsOf } from '../../lib/components/crds.ts';
import { at, objectsIn } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import { writeTree } from '../../lib/render/files.ts';
import type { FileStream } from '../../lib/render/layout.ts';
import type { Cluster } from './cluster.ts';
import { freePorts } from './control-plane.ts';
import { untilReady } from './run-folder.ts';
import { type Program, program } from './toolchain.ts';
import { waitFor } from './waiting.ts';

export interface Flux {
  readonly controller: Program;
  /** Offers the tree as the newest commit of the repository that the cluster was bootstrapped from. Returns its revision. */
  publish(tree: FileStream): Promise<string>;
  /** The Kustomization of a unit, if there is one. */
  unit(id: string): Promise<Manifest | undefined>;
  /** Those whose Kustomization is ready. */
  readyUnits(): Promise<readonly string[]>;
  /** Changes the Kustomization of a unit as `flux suspend` and `flux resume` do; the name of the first is `flux-system`. */
  suspend(id: string, suspend: boolean): Promise<void>;
  /** The releases that are not installed, by name. */
  waitingReleases(): Promise<readonly Manifest[]>;
  /** Says that the chart of a release was found and is installed. Makes nothing of what is in it. */
  sayInstalled(release: Manifest): Promise<void>;
}

const FLUX = 'flux-system';
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/v1';
const SOURCE = 'source.toolkit.fluxcd.io/v1';
const HELM = 'helm.toolkit.fluxcd.io/v2';

const KINDS = [
  [KUSTOMIZE, 'Kustomization'],
  [HELM, 'HelmRelease'],
  [SOURCE, 'GitRepository'],
  [SOURCE, 'HelmRepository'],
  [SOURCE, 'OCIRepository'],
] as const;

/** Starts the controller in a cluster that is bootstrapped with the folder of `cluster` in the trees to come. */
export async function startFlux(
  { api, folder, kubeconfig, start, createNamespace }: Cluster,
  cluster: string,
): Promise<Flux> {
  const controller = await program('kustomize-controller');
  for (const crd of crdsOf('flux')) await api.applyServerSide(crd);
  // A kind that was just defined is served a moment later.
  for (const [apiVersion, kind] of KINDS)
    await waitFor(`${kind} to be served`, () => api.list(apiVersion, kind).then(Array.isArray, () => false));
  await createNamespace(FLUX);
  const archives = new Map<string, Buffer>();
  const origin = await serve(archives);
  const [metrics = 0, health = 0] = await freePorts(2);
  const running = start(
    controller,
    [
      `--metrics-addr=127.0.0.1:${metrics}`,
      `--health-addr=127.0.0.1:${health}`,
      // The controller tries again and again, and waits, when nobody takes its events. The folder tells whose process it is.
      `--events-addr=${origin}${folder}`,
      '--requeue-dependency=1s',
      // A worker waits for each release that is not ready yet, and the lane keeps several of them waiting.
      '--concurrent=16',
    ],
    { KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: FLUX, TMPDIR: folder },
  );
  await untilReady(running, () =>
    fetch(`http://127.0.0.1:${health}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  await api.applyServerSide(repository);
  await api.applyServerSide(root(cluster));
  const kustomization = (name: string) => ({
    apiVersion: KUSTOMIZE,
    kind: 'Kustomization',
    metadata: { name, namespace: FLUX },
  });
  return {
    controller,
    async publish(tree) {
      const files = join(folder, 'repository');
      writeTree(files, tree);
      const archive = execFileSync('tar', ['cz', '-C', files, '.'], { maxBuffer: 2 ** 28 });
      const digest = createHash('sha256').update(archive).digest('hex');
      archives.set(`/${digest}.tar.gz`, archive);
      const artifact = {
        url: `${origin}/${digest}.tar.gz`,
        path: digest,
        digest: `sha256:${digest}`,
        revision: `main@sha1:${digest.slice(0, 40)}`,
        lastUpdateTime: new Date().toISOString(),
        size: archive.length,
      };
      await api.merge(repository, { status: { ...readyStatus(1), artifact } });
      return artifact.revision;
    },
    unit: (id) => api.get<Manifest>(kustomization(id)),
    async readyUnits() {
      const all = await api.list<Manifest>(KUSTOMIZE, 'Kustomization', { namespace: FLUX });
      return all.filter((one) => isReady(one) && one.metadata.name !== FLUX).map(({ metadata }) => metadata.name);
    },
    suspend: (id, suspend) => api.merge(kustomization(id), { spec: { suspend } }),
    async waitingReleases() {
      const waiting = (await api.list<Manifest>(HELM, 'HelmRelease')).filter((one) => !isReady(one));
      return waiting.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    },
    async sayInstalled(release) {
      const { metadata, spec } = release;
      const kind = at(spec, 'chartRef', 'kind') ?? at(spec, 'chart', 'spec', 'sourceRef', 'kind');
      // Its name is the release's, which the tree sees to.
      for (const one of [{ apiVersion: SOURCE, kind: String(kind), metadata }, release]) {
        const generation = (await api.get(one))?.metadata['generation'];
        await api.merge(one, { status: readyStatus(Number(generation)) });
      }
    },
  };
}

const repository = {
  apiVersion: SOURCE,
  kind: 'GitRepository',
  metadata: { name: FLUX, namespace: FLUX },
  spec: { interval: '1m', url: 'https://git.example.com/platform.git' },
};

/** What `flux bootstrap` makes: the Kustomization of all others of the cluster. */
function root(cluster: string): Manifest {
  return {
    apiVersion: KUSTOMIZE,
    kind: 'Kustomization',
    metadata: { name: FLUX, namespace: FLUX },
    spec: {
      interval: '10m',
      path: `./clusters/${cluster}`,
      prune: true,
      sourceRef: { kind: 'GitRepository', name: FLUX },
    },
  };
}

/** Serves the archives, and takes every event without reading it. */
async function serve(archives: ReadonlyMap<string, Buffer>): Promise<string> {
  const server = createServer(({ method, url = '' }, response) => {
    const archive = archives.get(url);
    response.writeHead(archive !== undefined || method === 'POST' ? 200 : 404).end(archive);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function readyStatus(observedGeneration: number) {
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Succeeded',
    message: 'said by the lane',
    lastTransitionTime: new Date().toISOString(),
    observedGeneration,
  };
  return { observedGeneration, conditions: [condition] };
}

/** Ready as it is now: what was said of an earlier generation does not count. */
export function isReady(object: Manifest): boolean {
  const isCurrent = at(object['status'], 'observedGeneration') === object.metadata['generation'];
  return isCurrent && readyCondition(object)?.['status'] === 'True';
}

/** The Ready condition of an object. */
export function readyCondition(object: Manifest | undefined) {
  return objectsIn(at(object?.['status'], 'conditions')).find(({ type }) => type === 'Ready');
}
