import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { AmountModel, ClusterModel, QueueModel, UnitModel } from '../../../lib/model/platform-model.ts';
import { examplePlatform, exampleQueue } from '../../../lib/policies/examples.ts';
import { quota016 } from '../../../lib/policies/quota-016.ts';
import { quota017 } from '../../../lib/policies/quota-017.ts';
import { quota018 } from '../../../lib/policies/quota-018.ts';
import { volcanoBackend } from '../../../lib/schedulers/volcano.ts';
import { type KubernetesObject, refusalOf, verdictOn } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { applyUnits, exampleClusters } from '../examples.ts';
import type { Scenario } from '../scenario.ts';
import { findVolcano, noVolcano, queuesOpen, startVolcano } from '../volcano.ts';

/** The same trees in every run; another seed gives others. */
const SEED = 20_261_124;
const TREES = 60;
const RULES = [quota016, quota017, quota018];

/** What Volcano's webhooks say to the queues and jobs of the examples, and to queue trees that our rules refuse. */
export const scenario: Scenario = {
  name: 'volcano-queues',
  limits: [],
  async run({ startCluster, prove, notRun }) {
    const examples = (await exampleClusters()).filter(({ model }) =>
      model.queues.some(({ scheduler }) => scheduler === 'volcano'),
    );
    const proofs: Readonly<Record<string, (cluster: Cluster) => Promise<string>>> = {
      ...Object.fromEntries(
        examples.map(({ name, model }) => [
          `Volcano's webhooks accept the queues and jobs of ${name} in the order of the model`,
          (cluster: Cluster) => acceptsExample(cluster, model),
        ]),
      ),
      'a queue is refused before the queue above it is there': refusesChildFirst,
      [`the rules ${RULES.map(({ id }) => id).join(', ')} and Volcano's webhook refuse the same queue trees`]:
        agreesOnTrees,
    };
    const volcano = await findVolcano();
    if (volcano === undefined) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'vc-webhook-manager', noVolcano);
      return;
    }
    const cluster = await startCluster();
    await startVolcano(cluster, volcano, 'actions: "enqueue, allocate"\ntiers:\n- plugins: [{name: gang}]\n');
    for (const [claim, proof] of Object.entries(proofs)) await prove(claim, volcano.webhooks, () => proof(cluster));
  },
};

async function acceptsExample(cluster: Cluster, { units, queues, jobs }: ClusterModel): Promise<string> {
  const queued = await applyUnits(cluster, only(units, 'Namespace', 'Queue'));
  await queuesOpen(cluster, queues);
  const jobUnits = only(units, 'Job');
  const started = await applyUnits(cluster, jobUnits);
  // Another example may have a job of the same name, and a job cannot be changed.
  for (const { manifest } of jobUnits.flatMap(({ objects }) => objects)) await cluster.api.delete(manifest);
  assert.deepEqual([...queued.warnings, ...started.warnings], []);
  return `${queues.length} queues, ${jobs.length} jobs`;
}

/** The units that have objects of the kinds, with no others. */
function only(units: readonly UnitModel[], ...kinds: readonly string[]): readonly UnitModel[] {
  return units
    .map((unit) => ({ ...unit, objects: unit.objects.filter(({ manifest }) => kinds.includes(manifest.kind)) }))
    .filter(({ objects }) => objects.length > 0);
}

async function refusesChildFirst({ api }: Cluster): Promise<string> {
  const refusal = await refusalOf(
    api.applyServerSide(queueObject({ ...exampleQueue, name: 'child', parent: 'above' })),
  );
  assert.match(refusal, /failed to get parent queue above of queue child/);
  return refusal;
}

async function agreesOnTrees({ api }: Cluster): Promise<string> {
  const trees = fc.sample(tree, { seed: SEED, numRuns: TREES });
  let refusedTrees = 0;
  for (const [index, queues] of trees.entries()) {
    const named = queues.map((queue) => withPrefix(queue, `tree-${index}`));
    const broken = brokenRules(named);
    const refusal = await firstRefusal(api, named);
    assert.equal(refusal !== undefined, broken.length > 0, `${broken} | ${refusal} | ${JSON.stringify(named)}`);
    if (refusal !== undefined) refusedTrees += 1;
  }
  // Were one answer rare, agreement would say little.
  assert.ok(refusedTrees > TREES / 5 && refusedTrees < (TREES * 4) / 5, `${refusedTrees} of ${TREES} refused`);
  return `${TREES} trees made from seed ${SEED}: ${refusedTrees} refused, ${TREES - refusedTrees} accepted, 0 differ`;
}

function brokenRules(queues: readonly QueueModel[]): readonly string[] {
  const platform = examplePlatform({ queues });
  return RULES.filter((rule) => rule.check(platform).length > 0).map(({ id }) => id);
}

/** What the webhook says to the first queue that it refuses; each queue is applied after the one above it. */
async function firstRefusal(api: Cluster['api'], queues: readonly QueueModel[]): Promise<string | undefined> {
  for (const queue of queues) {
    const refusal = await verdictOn(api.applyServerSide(queueObject(queue)));
    if (refusal !== undefined) return refusal;
    // The webhook compares with the queues that it has heard of.
    await sleep(100);
  }
  return undefined;
}

function queueObject(queue: QueueModel): KubernetesObject {
  const { queue: object } = volcanoBackend.queueObjects(queue);
  assert.ok(object);
  return object;
}

function withPrefix(queue: QueueModel, prefix: string): QueueModel {
  const { name, parent } = queue;
  return { ...queue, name: `${prefix}-${name}`, ...(parent === undefined ? {} : { parent: `${prefix}-${parent}` }) };
}

// Few amounts, in which small ones are frequent below and large ones above, so that about half of the trees are right.
const amounts = (...counts: readonly number[]): fc.Arbitrary<readonly AmountModel[]> =>
  fc.constantFrom(...counts).map((count) => (count === 0 ? [] : [{ pool: 'h100', resource: 'nvidia.com/gpu', count }]));

const above = fc.record({
  guarantee: amounts(16, 16, 24),
  deserved: amounts(24, 24, 24, 16),
  capability: amounts(0, 32, 32, 24),
});
const below = fc.record({
  guarantee: amounts(0, 8, 8, 16),
  deserved: amounts(8, 8, 8, 16),
  capability: amounts(0, 16, 32, 40),
});
const tree: fc.Arbitrary<readonly QueueModel[]> = fc
  .tuple(above, below, below)
  .map(([top, ...children]) => [
    { ...exampleQueue, ...top, name: 'top' },
    ...children.map((child, index) => ({ ...exampleQueue, ...child, name: `child-${index}`, parent: 'top' })),
  ]);
