import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { crdsOf } from '../../../lib/components/crds.ts';
import { at, type Json } from '../../../lib/model/json.ts';
import type { ClusterModel, UnitModel } from '../../../lib/model/platform-model.ts';
import type { FileTree } from '../../../lib/render/files.ts';
import { fluxTree } from '../../render/gitops/tree.ts';
import type { KubernetesObject } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { freePorts } from '../control-plane.ts';
import { exampleCluster, optionsFor } from '../examples.ts';
import { runFolder } from '../run-folder.ts';
import type { Scenario } from '../scenario.ts';
import { program } from '../toolchain.ts';
import { staysTrue, waitFor } from '../waiting.ts';

const REPOSITORY = 'https://git.example.com/platform/clusters.git';

/** Flux's real kustomize-controller on the tree of an example, served as an artifact on this machine. */
export const scenario: Scenario = {
  name: 'flux',
  limits: [
    'That a unit which the API server refuses is reported and recovers was seen by hand and is not in this lane.',
    'The source-controller is not run: the scenario serves the tree as an artifact and writes the status of the GitRepository itself.',
    'The helm-controller is not run: the scenario says of each HelmRelease that it is ready, so that what depends on it goes on.',
  ],
  async run({ startCluster, prove }) {
    const controller = await program('kustomize-controller');
    const model = withProbe(await exampleCluster('existing-minimal'));
    const cluster = await startCluster(optionsFor(model));
    for (const crd of crdsOf('flux')) await cluster.api.applyServerSide(crd);
    // A definition that was just applied is served a moment later.
    for (const kind of ['HelmRelease', 'OCIRepository', 'HelmRepository', 'Kustomization'] as const) {
      const served = () => cluster.api.list(API_VERSIONS[kind], kind).then(Array.isArray, () => false);
      await waitFor(`${kind} to be served`, served);
    }
    await cluster.createNamespace('flux-system');
    const source = await startSource(cluster);
    const [metrics = 0, health = 0, events = 0] = await freePorts(3);
    Object.assign(process.env, { KUBECONFIG: cluster.kubeconfig, RUNTIME_NAMESPACE: 'flux-system' });
    cluster.start({ ...controller, name: 'kustomize-controller' }, [
      `--metrics-addr=127.0.0.1:${metrics}`,
      `--health-addr=127.0.0.1:${health}`,
      // Nobody listens there; the folder in it tells the lane whose process this is.
      `--events-addr=http://127.0.0.1:${events}${cluster.folder}`,
      '--requeue-dependency=2s',
    ]);
    const units = model.units.filter((unit) => !unit.runOnce);
    try {
      await prove(
        'the Flux tree of existing-minimal is reconciled to Ready, each unit after what it depends on',
        controller,
        async () => {
          await source.publish(treeOf(model));
          await source.applyRoot(model.name);
          const ready = await waitFor(
            'every unit to be ready',
            async () => {
              await sayReady(cluster);
              const done = await readyUnits(cluster);
              return units.every((unit) => done.has(unit.id)) ? done : undefined;
            },
            300,
          );
          for (const unit of units)
            for (const need of unit.dependsOn.filter((id) => ready.has(id)))
              assert.ok((ready.get(need) ?? '') <= (ready.get(unit.id) ?? ''), `${unit.id} before ${need}`);
          for (const { manifest } of units.flatMap((unit) => unit.objects))
            assert.ok(await cluster.api.get(manifest), manifest.metadata.name);
          return `${units.length} units, ${units.flatMap((unit) => unit.objects).length} objects`;
        },
      );

      await prove(
        'a training job in the tree is not started by Flux, and runs when a person resumes it',
        controller,
        async () => {
          const [job] = model.units.filter((unit) => unit.runOnce);
          const manifest = job?.objects.find((object) => object.manifest.kind === 'Job')?.manifest;
          if (job === undefined || manifest === undefined) throw new Error('the example has a job');
          await staysTrue('there is no job', async () => (await cluster.api.get(manifest)) === undefined, 3);
          await cluster.kubectl([
            'patch',
            'kustomization',
            job.id,
            '-n',
            'flux-system',
            '--type=merge',
            '-p',
            '{"spec":{"suspend":false}}',
          ]);
          await waitFor('the job to be there', () => cluster.api.get(manifest));
          return `${job.id}`;
        },
      );

      await prove(
        'a unit that leaves the tree is pruned, but not its namespace and its claim',
        controller,
        async () => {
          await source.publish(treeOf(without(model, PROBE)));
          await waitFor(
            'the ConfigMap to go',
            async () => (await cluster.api.get(probe('ConfigMap'))) === undefined,
            120,
          );
          // Its name is free again only then; a unit that comes back before is lost until the next interval.
          await waitFor('the unit to be gone', async () => (await unitOf(cluster, PROBE)) === undefined, 120);
          assert.ok(await cluster.api.get(probe('PersistentVolumeClaim')));
          assert.ok(await cluster.api.get({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: PROBE } }));
          return '1 of 3 objects pruned';
        },
      );
    } finally {
      source.server.close();
    }
  },
};

const PROBE = 'probe';

function probe(kind: 'ConfigMap' | 'PersistentVolumeClaim') {
  return { apiVersion: 'v1', kind, metadata: { name: PROBE, namespace: PROBE } };
}

/** The example with one more unit, of objects that are pruned and of objects that are kept. */
function withProbe(model: ClusterModel): ClusterModel {
  const manifests = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: PROBE } },
    { ...probe('ConfigMap'), data: { a: 'b' } },
    {
      ...probe('PersistentVolumeClaim'),
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ];
  const unit: UnitModel = {
    id: PROBE,
    kind: 'app',
    path: `${model.path}/${PROBE}`,
    runOnce: false,
    dependsOn: [],
    charts: [],
    objects: manifests.map((manifest) => ({ path: manifest.kind, manifest })),
  };
  return { ...model, units: [...model.units, unit] };
}

function without(model: ClusterModel, id: string): ClusterModel {
  return { ...model, units: model.units.filter((unit) => unit.id !== id) };
}

function treeOf(model: ClusterModel): FileTree {
  return fluxTree({ name: 'lab', clusters: [model], waivers: [] }, { repoUrl: REPOSITORY });
}

interface Source {
  readonly server: Server;
  publish(tree: FileTree): Promise<void>;
  applyRoot(cluster: string): Promise<void>;
}

/** What the source-controller would do: keep the tree as an archive, and say where it is. */
async function startSource({ api, kubectl }: Cluster): Promise<Source> {
  const folder = mkdtempSync(join(runFolder(), 'flux-'));
  const server = createServer((request, response) => response.end(readFileSync(join(folder, request.url ?? ''))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repository = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'flux-system', namespace: 'flux-system' },
  };
  let count = 0;
  return {
    server,
    async publish(tree) {
      const name = `tree-${count++}`;
      for (const [path, text] of tree) {
        mkdirSync(dirname(join(folder, name, path)), { recursive: true });
        writeFileSync(join(folder, name, path), text);
      }
      execFileSync('tar', ['czf', join(folder, `${name}.tar.gz`), '-C', join(folder, name), '.']);
      const archive = readFileSync(join(folder, `${name}.tar.gz`));
      const digest = createHash('sha256').update(archive).digest('hex');
      await api.applyServerSide({ ...repository, spec: { interval: '1m', url: REPOSITORY } });
      const now = new Date().toISOString();
      const status = {
        observedGeneration: 1,
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'stored', lastTransitionTime: now },
        ],
        artifact: {
          url: `${origin}/${name}.tar.gz`,
          path: name,
          digest: `sha256:${digest}`,
          revision: `main@sha1:${digest.slice(0, 40)}`,
          lastUpdateTime: now,
          size: archive.length,
        },
      };
      await kubectl([
        'patch',
        'gitrepository',
        'flux-system',
        '-n',
        'flux-system',
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      ]);
    },
    /** What `flux bootstrap` makes: the Kustomization of the cluster's folder. */
    async applyRoot(cluster) {
      const spec = {
        interval: '10m',
        path: `./clusters/${cluster}`,
        prune: true,
        sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      };
      await api.applyServerSide({
        apiVersion: KUSTOMIZE,
        kind: 'Kustomization',
        metadata: { name: 'flux-system', namespace: 'flux-system' },
        spec,
      });
    },
  };
}

const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/v1';
const API_VERSIONS = {
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
  OCIRepository: 'source.toolkit.fluxcd.io/v1',
  HelmRepository: 'source.toolkit.fluxcd.io/v1',
  Kustomization: KUSTOMIZE,
} as const;

/** Says of every chart that it is installed, as the helm-controller would. */
async function sayReady({ api, kubectl }: Cluster): Promise<void> {
  const [release, ocis, repositories] = await Promise.all([
    api.list(API_VERSIONS.HelmRelease, 'HelmRelease'),
    api.list(API_VERSIONS.OCIRepository, 'OCIRepository'),
    api.list(API_VERSIONS.HelmRepository, 'HelmRepository'),
  ]);
  const named = [
    ['helmrelease', release],
    ['ocirepository', ocis],
    ['helmrepository', repositories],
  ] as const;
  for (const [kind, objects] of named) {
    for (const object of objects) {
      if (readyCondition(object) !== undefined) continue;
      const {
        name,
        namespace = '',
        generation,
      } = object.metadata as { name: string; namespace?: string; generation?: number };
      const condition = {
        type: 'Ready',
        status: 'True',
        reason: 'Succeeded',
        message: 'said by the scenario',
        lastTransitionTime: new Date().toISOString(),
        observedGeneration: generation,
      };
      const status = { observedGeneration: generation, conditions: [condition] };
      await kubectl([
        'patch',
        kind,
        name,
        '-n',
        namespace,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      ]);
    }
  }
}

/** When each unit became ready, by the name of its Kustomization. */
async function readyUnits({ api }: Cluster): Promise<ReadonlyMap<string, string>> {
  const all = await api.list(KUSTOMIZE, 'Kustomization', { namespace: 'flux-system' });
  return new Map(
    all.flatMap((one) => {
      const ready = readyCondition(one);
      return ready?.['status'] === 'True' ? [[one.metadata.name, String(ready['lastTransitionTime'])] as const] : [];
    }),
  );
}

function unitOf({ api }: Cluster, name: string) {
  return api.get({ apiVersion: KUSTOMIZE, kind: 'Kustomization', metadata: { name, namespace: 'flux-system' } });
}

function readyCondition(object: KubernetesObject): Readonly<Record<string, unknown>> | undefined {
  const conditions = (at(object['status'] as Json, 'conditions') ?? []) as readonly { readonly type: string }[];
  return conditions.find(({ type }) => type === 'Ready') as Readonly<Record<string, unknown>> | undefined;
}
