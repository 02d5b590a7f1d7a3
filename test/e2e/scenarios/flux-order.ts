import assert from 'node:assert/strict';
import { at } from '../../../lib/model/json.ts';
import type { ClusterModel, UnitModel } from '../../../lib/model/platform-model.ts';
import { isProtected } from '../../../lib/render/gitops/common.ts';
import { renderFlux } from '../../../lib/render/gitops/flux.ts';
import { loadExample } from '../../examples.ts';
import type { Cluster } from '../cluster.ts';
import { crdsInCharts, crdsOfCloud, nodesOf, optionsFor } from '../examples.ts';
import { type Flux, startFlux } from '../flux.ts';
import type { Scenario } from '../scenario.ts';
import { staysTrue, waitFor } from '../waiting.ts';

/** CRDs in units of their own and in charts, of groups with many kinds. */
const EXAMPLE = 'aws-h100-training';

/** The order in which Flux brings an example up and takes it down, with charts that are installed one after the other. */
export const scenario: Scenario = {
  name: 'flux-order',
  limits: [
    'Of each chart of the Flux tree the lane only says that it is installed, and brings the CRDs in it: no helm-controller runs.',
  ],
  async run({ startCluster, prove }) {
    const { bound } = await loadExample(EXAMPLE);
    const [model] = bound.clusters;
    if (model === undefined) throw new Error('the example has a cluster');
    const cluster = await startCluster(optionsFor(model));
    await cluster.createNodes(nodesOf(model, 2));
    for (const crd of model.units.flatMap(crdsOfCloud)) await cluster.api.applyServerSide(crd);
    const flux = await startFlux(cluster, model.name);
    const means: Means = { cluster, flux, model, steady: model.units.filter((unit) => !unit.runOnce) };
    await flux.publish(renderFlux(bound, { repoUrl: 'https://git.example.com/platform.git' }));

    await prove(
      `Flux applies each unit of ${EXAMPLE} when all that it depends on is ready, and no earlier`,
      flux.controller,
      () => bringUp(means),
    );
    await prove(
      `Flux takes ${EXAMPLE} down unit by unit in the reverse order, and keeps what is protected`,
      flux.controller,
      () => takeDown(means),
    );
  },
};

interface Means {
  readonly cluster: Cluster;
  readonly flux: Flux;
  readonly model: ClusterModel;
  /** The units that a controller keeps up to date. */
  readonly steady: readonly UnitModel[];
}

/** Installs one chart after the other, and looks each time at what Flux makes of it. */
async function bringUp({ cluster, flux, steady }: Means): Promise<string> {
  const installed = new Set<string>();
  let stages = 0;
  for (;;) {
    const ready = readyWith(steady, installed);
    await waitFor(`these to be ready: ${ready.join(', ')}`, async () => sameNames(await flux.readyUnits(), ready), 120);
    const early = steady.filter(({ dependsOn }) => dependsOn.some((need) => !ready.includes(need)));
    await staysTrue(
      'nothing of the units that have to wait was applied',
      async () => (await Promise.all(early.map(({ id }) => isUntouched(flux, id)))).every(Boolean),
      early.length > 0 ? 3 : 0,
    );
    const [release] = await flux.waitingReleases();
    if (release === undefined) break;
    const unit = steady.find(({ charts }) => charts.some((chart) => chart.release === release.metadata.name));
    for (const crd of unit === undefined ? [] : crdsInCharts(unit)) await cluster.api.applyServerSide(crd);
    await flux.sayInstalled(release);
    installed.add(release.metadata.name);
    stages += 1;
  }
  const objects = steady.flatMap((unit) => unit.objects);
  for (const { path, manifest } of objects) assert.ok(await cluster.api.get(manifest), path);
  return `${steady.length} units, ${objects.length} objects; looked at before and after each of ${stages} charts`;
}

/** The units that are ready when these releases are installed: what the model's own graph says. */
function readyWith(units: readonly UnitModel[], installed: ReadonlySet<string>): readonly string[] {
  const ready: string[] = [];
  for (const { id, dependsOn, charts } of units)
    if (dependsOn.every((need) => ready.includes(need)) && charts.every(({ release }) => installed.has(release)))
      ready.push(id);
  return ready;
}

function sameNames(names: readonly string[], others: readonly string[]): boolean {
  return [...names].sort().join() === [...others].sort().join();
}

async function isUntouched(flux: Flux, id: string): Promise<boolean> {
  return at((await flux.unit(id))?.['status'], 'inventory') === undefined;
}

/** As the README of the tree says it: Flux's first Kustomization is suspended, then those go that no other depends on. */
async function takeDown({ cluster: { api }, flux, model }: Means): Promise<string> {
  await flux.suspend('flux-system', true);
  for (const { id } of model.units.toReversed()) {
    const unit = await flux.unit(id);
    assert.ok(unit, id);
    await api.delete(unit);
    await waitFor(`${id} to be gone`, async () => (await flux.unit(id)) === undefined);
  }
  const all = model.units.filter((unit) => !unit.runOnce).flatMap((unit) => unit.objects);
  const kept = all.filter(({ manifest }) => isProtected(manifest));
  for (const { path, manifest } of all)
    assert.equal(
      (await api.get(manifest)) !== undefined,
      kept.some((one) => one.path === path),
      path,
    );
  return `${model.units.length} units; ${all.length - kept.length} objects gone, ${kept.length} namespaces and CRDs kept`;
}
