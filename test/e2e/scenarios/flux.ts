import assert from 'node:assert/strict';
import { at } from '../../../lib/model/json.ts';
import type { ClusterModel, PlatformModel } from '../../../lib/model/platform-model.ts';
import { renderFlux } from '../../../lib/render/gitops/flux.ts';
import { loadExample } from '../../examples.ts';
import { object, objects, unit } from '../../render/gitops/small-platform.ts';
import type { Cluster } from '../cluster.ts';
import { optionsFor } from '../examples.ts';
import { type Flux, isReady, readyCondition, startFlux } from '../flux.ts';
import type { Scenario } from '../scenario.ts';
import { staysTrue, waitFor } from '../waiting.ts';

const EXAMPLE = 'existing-minimal';

/** Flux's real kustomize-controller on the tree of an example, and on commits that change it. */
export const scenario: Scenario = {
  name: 'flux',
  limits: [
    'The source-controller is not run: the lane serves the tree as an archive, and writes the status of the GitRepository.',
    'The helm-controller is not run: the lane says of each HelmRelease that it is ready, and installs nothing.',
  ],
  async run({ startCluster, prove }) {
    const { bound } = await loadExample(EXAMPLE);
    const [model] = bound.clusters;
    if (model === undefined) throw new Error('the example has a cluster');
    const cluster = await startCluster(optionsFor(model));
    const flux = await startFlux(cluster, model.name);
    const means: Means = { cluster, flux, platform: bound, model: { ...model, units: [...model.units, PROBE] } };
    for (const [claim, proof] of Object.entries(PROOFS)) await prove(claim, flux.controller, () => proof(means));
  },
};

interface Means {
  readonly cluster: Cluster;
  readonly flux: Flux;
  readonly platform: PlatformModel;
  /** The cluster of the example, with one more unit. */
  readonly model: ClusterModel;
}

const SETTINGS = object('ConfigMap', 'settings', { namespace: 'probe', data: { answer: '42' } });
const CLAIM = object('PersistentVolumeClaim', 'scratch', {
  namespace: 'probe',
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const NAMESPACE = object('Namespace', 'probe');
/** Its file has a name that kustomize could take for an address. */
const ROLE = object('ClusterRole', 'probe:Reader', { apiVersion: 'rbac.authorization.k8s.io/v1', rules: [] });

/** A unit of objects that are pruned and of objects that are kept. */
const PROBE = unit('probe', objects(NAMESPACE, CLAIM, SETTINGS, ROLE));

const PROOFS: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  [`the tree of ${EXAMPLE}, a file for each object, is reconciled until every unit is ready`]: async (means) => {
    const { cluster, flux, model } = means;
    const steady = model.units.filter(({ runOnce }) => !runOnce);
    await flux.publish(treeOf(means));
    await waitFor('every unit to be ready', async () => {
      for (const release of await flux.waitingReleases()) await flux.sayInstalled(release);
      return (await flux.readyUnits()).length === steady.length;
    });
    const all = steady.flatMap((one) => one.objects);
    for (const { path, manifest } of all) assert.ok(await cluster.api.get(manifest), path);
    return `${steady.length} units, ${all.length} objects; a claim that waits for its first consumer holds nothing up`;
  },

  'a job runs when a person resumes its unit, is suspended again by the next commit, and outlives its unit': async (
    means,
  ) => {
    const { cluster, flux, model } = means;
    const [id, job] = jobOf(model);
    const uid = async () => (await cluster.api.get(job))?.metadata['uid'];
    await staysTrue('there is no job', async () => (await uid()) === undefined, 3);
    await flux.suspend(id, false);
    const first = await waitFor('the job', uid);
    await flux.publish(treeOf(means, (text) => text.replace('"42"', '"43"')));
    await waitFor('the unit to be suspended', async () => at((await flux.unit(id))?.['spec'], 'suspend') === true);
    await flux.publish(treeOf(means, undefined, id));
    await waitFor('the unit to be gone', async () => (await flux.unit(id)) === undefined);
    assert.equal(await uid(), first);
    return id;
  },

  'what leaves the tree with its unit is deleted, but no namespace and no volume claim': async (means) => {
    const { cluster, flux } = means;
    await flux.publish(treeOf(means, undefined, PROBE.id));
    await waitFor('the unit to be gone', async () => (await flux.unit(PROBE.id)) === undefined);
    for (const pruned of [SETTINGS, ROLE]) assert.equal(await cluster.api.get(pruned), undefined, pruned.kind);
    for (const kept of [NAMESPACE, CLAIM]) assert.ok(await cluster.api.get(kept), kept.kind);
    return '2 of 4 objects deleted';
  },

  'a unit that the API server refuses says why, holds up no other, and is ready after the next commit': async (
    means,
  ) => {
    const { flux, model } = means;
    const revision = await flux.publish(treeOf(means, (text) => text.replace('answer:', 'answer: {}\n  other:')));
    const message = await waitFor('the unit to be refused', async () => {
      const condition = readyCondition(await flux.unit(PROBE.id));
      return condition?.['status'] === 'False' && String(condition['message']);
    });
    assert.match(message, /answer/);
    const others = model.units.filter(({ id, runOnce }) => !runOnce && id !== PROBE.id);
    for (const { id } of others) await waitFor(`${id} to be ready`, () => isReadyAt(flux, id, revision));
    const mended = await flux.publish(treeOf(means));
    await waitFor('the unit to be ready', () => isReadyAt(flux, PROBE.id, mended));
    return message.trim().split('\n', 1).join();
  },
};

/** The tree of a commit, a file for each object: with the file of our ConfigMap changed, or without a unit. */
function treeOf(
  { platform, model }: Means,
  edit: (text: string) => string = (text) => text,
  without?: string,
): Iterable<readonly [string, string]> {
  const units = model.units.filter(({ id }) => id !== without);
  const files = renderFlux(
    { ...platform, clusters: [{ ...model, units }] },
    { repoUrl: 'https://git.example.com/platform.git', layout: 'object' },
  );
  return [...files].map(([path, text]) => [path, path.endsWith('/ConfigMap_probe_settings.yaml') ? edit(text) : text]);
}

function jobOf({ units }: ClusterModel) {
  const found = units.find(({ runOnce }) => runOnce);
  const job = found?.objects.find(({ manifest }) => manifest.kind === 'Job')?.manifest;
  if (found === undefined || job === undefined) throw new Error('the example has a job');
  return [found.id, job] as const;
}

async function isReadyAt(flux: Flux, id: string, revision: string): Promise<boolean> {
  const found = await flux.unit(id);
  return found !== undefined && isReady(found) && at(found['status'], 'lastAppliedRevision') === revision;
}
