import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, type Json } from '../../../lib/model/json.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import { refusalOf } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { applyUnits, exampleCluster, nodesOf, poolNodes } from '../examples.ts';
import { boundWorkers, type GangChanges, gangLike, nodesOfGang, workersOf } from '../gangs.ts';
import type { Scenario } from '../scenario.ts';
import { findVolcano, noVolcano, queuesOpen, startVolcano } from '../volcano.ts';
import { staysTrue, waitFor } from '../waiting.ts';

const EXAMPLE = 'aws-h100-training';

/** The queues, the quota and the job of the EKS example before the real Volcano, configured as our component emits it. */
export const scenario: Scenario = {
  name: 'volcano',
  limits: [
    'Volcano runs beside the cluster with the rights of an administrator: the RBAC rules and the Deployments of its chart are not exercised, and that the chart hands our configuration to the scheduler is not proved.',
    'Evicted pods of simulated nodes end at once; how long a real worker takes to save its progress is not in the claims.',
  ],
  async run({ startCluster, prove, notRun }) {
    const volcano = await findVolcano();
    if (volcano === undefined) {
      for (const claim of Object.keys(PROOFS)) notRun(claim, 'vc-scheduler', noVolcano);
      return;
    }
    const model = await exampleCluster(EXAMPLE);
    const cluster = await startCluster();
    await startVolcano(cluster, volcano, emittedConfiguration(model));
    await cluster.createNodes(nodesOf(model));
    const means = meansOf(cluster, model);
    for (const [claim, proof] of Object.entries(PROOFS)) await prove(claim, volcano.scheduler, () => proof(means));
  },
};

/** What the proofs work with: the cluster, and jobs like the one of the example. */
interface Means {
  readonly cluster: Cluster;
  readonly model: ClusterModel;
  start(gang: GangChanges): Promise<void>;
  /** Deletes all jobs and waits until their pods are gone. */
  clear(): Promise<void>;
  /** Waits until so many workers of each job are bound, in all namespaces, and watches that it stays so. */
  settles(expected: Readonly<Record<string, number>>): Promise<string>;
}

function meansOf(cluster: Cluster, model: ClusterModel): Means {
  const namespaces = model.tenants.map((tenant) => tenant.namespace);
  const bound = async (job: string) =>
    (await Promise.all(namespaces.map((namespace) => nodesOfGang(cluster, namespace, job)))).flat().length;
  return {
    cluster,
    model,
    async start(gang) {
      for (const object of gangLike(model, gang)) await cluster.api.applyServerSide(object);
    },
    async clear() {
      for (const job of await cluster.api.list<typeof JOB>(JOB.apiVersion, JOB.kind)) {
        await cluster.api.delete({ ...JOB, metadata: job.metadata });
      }
      await waitFor('every worker to be gone', async () => {
        const pods = await Promise.all(namespaces.map((namespace) => cluster.pods(namespace)));
        return pods.flat().length === 0;
      });
    },
    async settles(expected) {
      const jobs = Object.entries(expected);
      const seen = async () => Promise.all(jobs.map(async ([job]) => [job, await bound(job)] as const));
      const asExpected = async () => (await seen()).every(([job, count]) => count === expected[job]);
      const wanted = jobs.map(([job, count]) => `${count} of ${job}`).join(' and ');
      await waitFor(`${wanted} to be bound`, asExpected, 60).catch(async (error: Error) => {
        throw new Error(`${error.message}; bound are ${(await seen()).map(([job, count]) => `${count} of ${job}`)}`);
      });
      await staysTrue(`${wanted} are bound`, asExpected, 6);
      return wanted;
    },
  };
}

const JOB = { apiVersion: 'batch.volcano.sh/v1alpha1', kind: 'Job', metadata: { name: '', namespace: '' } };

// At its smallest size the pool has four nodes, and a worker takes a node. Each of the two queues is guaranteed two nodes,
// deserves no more, and may borrow up to eight.
const PROOFS: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'the scheduler runs the actions and plugins that our component emits': async ({ cluster, model }) => {
    const { actions = [], tiers = [] } = model.volcanoConfig ?? {};
    const log = await waitFor('the scheduler to say what it runs', async () =>
      readFileSync(join(cluster.folder, 'vc-scheduler.log'), 'utf8')
        .split('\n')
        .find((line) => line.includes('Finished loading scheduler config')),
    );
    const said = (list: string) => log.match(new RegExp(`${list}=\\[([^\\]]*)\\]`))?.[1]?.split(/[\s,]+/);
    assert.deepEqual(said('actions'), actions);
    assert.deepEqual(
      said('plugins'),
      tiers.flat().map(({ name }) => name),
    );
    return `${actions.join(', ')}; ${tiers.flat().length} plugins`;
  },

  "Volcano's webhooks accept the tenants and queues of the example in the order of the model": async (means) => {
    const { cluster, model } = means;
    const { objects, warnings } = await applyUnits(
      cluster,
      model.units.filter((unit) => unit.kind === 'tenant' || unit.kind === 'queue'),
    );
    assert.deepEqual(warnings, []);
    await queuesOpen(cluster, model.queues);
    return `${objects} objects, ${model.queues.length} queues open`;
  },

  'the job of the example is bound to its pool as a whole, beyond what its queue is guaranteed': async (means) => {
    const { cluster, model } = means;
    await applyUnits(
      cluster,
      model.units.filter((unit) => unit.kind === 'job'),
    );
    const nodes = await boundWorkers(cluster, 'vision', 'resnet', 4);
    assert.ok(
      nodes.every((node) => node.startsWith('h100-')),
      nodes.join(),
    );
    return `4 of 4 workers, 8 GPUs and 32 interfaces each, on ${nodes.join(', ')}`;
  },

  'the API server counts the GPUs of the job against the quota of its tenant': async ({ cluster }) => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace: 'vision' } };
    const used = await waitFor('the quota to be counted', async () => {
      const amount = at((await cluster.api.get(quota))?.['status'] as Json, 'used', 'requests.nvidia.com/gpu');
      return amount === '32' && amount;
    });
    return `${used} of 64 used`;
  },

  'the guarantee of a second queue is taken back from the first, whose job goes on with its least number of workers':
    async (means) => {
      await means.start({ name: 'whisper', tenant: 'speech', workers: 2 });
      return means.settles({ whisper: 2, resnet: 2 });
    },

  'a queue takes nothing from another that uses only what it deserves': async (means) => {
    await means.start({ name: 'more', tenant: 'speech', workers: 2 });
    await createdWorkers(means, 'speech', 'more', 2);
    return means.settles({ more: 0, whisper: 2, resnet: 2 });
  },

  'an urgent job takes the place of another in its queue, and of none in other queues': async (means) => {
    await means.start({ name: 'urgent', tenant: 'speech', workers: 2, priority: 'high' });
    return means.settles({ urgent: 2, whisper: 0, more: 0, resnet: 2 });
  },

  'what a queue gets back comes from one that borrowed it, and not from one that uses its own': async (means) => {
    await means.clear();
    const { kubectl } = means.cluster;
    // Victims are looked for in the order of the nodes' names, so those to be spared come first.
    await kubectl(['cordon', 'h100-2', 'h100-3']);
    await means.start({ name: 'own', tenant: 'speech', workers: 2 });
    await means.settles({ own: 2 });
    await kubectl(['uncordon', 'h100-2', 'h100-3']);
    // Volcano's own queue deserves nothing, so all that it uses is borrowed.
    await means.start({ name: 'borrowed', tenant: 'speech', queue: 'default', workers: 2 });
    await means.settles({ borrowed: 2 });
    await means.start({ name: 'owner', workers: 2 });
    return means.settles({ owner: 2, own: 2, borrowed: 0 });
  },

  'a gang that borrowed beyond its guarantee is ended as a whole for the guarantee of another queue': async (means) => {
    await means.clear();
    await means.start({ name: 'large', tenant: 'speech', workers: 4 });
    await boundWorkers(means.cluster, 'speech', 'large', 4);
    await means.start({ name: 'owner', tenant: 'vision', workers: 2 });
    return means.settles({ owner: 2, large: 0 });
  },

  'two jobs that can do with fewer workers share the pool by what their queues deserve': async (means) => {
    await means.clear();
    await means.start({ name: 'first', tenant: 'speech', workers: 4, minWorkers: 2 });
    await boundWorkers(means.cluster, 'speech', 'first', 4);
    await means.start({ name: 'second', tenant: 'vision', workers: 4, minWorkers: 2 });
    return means.settles({ first: 2, second: 2 });
  },

  'nothing is taken for a gang that would not fit what its queue deserves': async (means) => {
    await means.clear();
    await means.start({ name: 'large', tenant: 'speech', workers: 4 });
    await boundWorkers(means.cluster, 'speech', 'large', 4);
    await means.start({ name: 'three', tenant: 'vision', workers: 3 });
    await createdWorkers(means, 'vision', 'three', 3);
    return means.settles({ three: 0, large: 4 });
  },

  'a gang larger than the capability of its queue stays unbound, although there are nodes for it': async (means) => {
    const { cluster, model } = means;
    await means.clear();
    await cluster.createNodes(poolNodes(model, 'h100', 16).slice(4));
    // The quota is as large as the capability, and would be what holds the gang back.
    await cluster.api.delete({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota', namespace: 'vision' },
    });
    await means.start({ name: 'over', workers: 9 });
    await means.settles({ over: 0 });
    await means.clear();
    await means.start({ name: 'exact', workers: 8 });
    await boundWorkers(cluster, 'vision', 'exact', 8);
    return '0 of 9 workers (72 GPUs, the queue may use 64) beside 16 nodes; a gang of 8 is bound at once';
  },

  'a gang that does not fit the free nodes stays wholly unbound, and is bound as a whole once there is room': async (
    means,
  ) => {
    const { cluster } = means;
    const free = await freeNodes(means);
    for (const node of free.slice(3)) await cluster.kubectl(['cordon', node]);
    await means.start({ name: 'waiting', tenant: 'speech', workers: 4 });
    await createdWorkers(means, 'speech', 'waiting', 4);
    await means.settles({ waiting: 0 });
    await cluster.kubectl(['uncordon', free[3] ?? '']);
    await boundWorkers(cluster, 'speech', 'waiting', 4);
    return '0 of 4 workers beside 3 free nodes, 4 of 4 beside 4';
  },

  'a job without the toleration of the pool is never bound to it': async (means) => {
    await means.clear();
    await means.start({ name: 'intruder', workers: 1, podSpec: { tolerations: [] } });
    await createdWorkers(means, 'vision', 'intruder', 1);
    await means.settles({ intruder: 0 });
    return `0 of 1 worker beside ${(await freeNodes(means)).length} free nodes`;
  },

  "Volcano's webhook refuses a gang that needs more workers than it has": async ({ cluster, model }) => {
    const [job] = gangLike(model, { name: 'absurd', workers: 2, minWorkers: 3 });
    assert.ok(job);
    const refusal = await refusalOf(cluster.api.applyServerSide(job));
    assert.match(refusal, /minAvailable/);
    return refusal;
  },
};

/** The text of the scheduler's configuration, as the values of our Volcano component carry it. */
function emittedConfiguration(model: ClusterModel): string {
  const values = model.components.find((component) => component.id === 'volcano')?.values;
  const text = at(values, 'custom', 'scheduler_config_override');
  if (typeof text !== 'string') throw new Error('the component emits no configuration');
  return text;
}

/** Volcano makes pods only for gangs that it lets near the nodes: from then on the gang rule alone holds them back. */
async function createdWorkers({ cluster }: Means, namespace: string, job: string, count: number): Promise<void> {
  await waitFor(
    `${count} pods of ${job} to be made`,
    async () => (await workersOf(cluster, namespace, job)).length === count,
  );
}

/** Nodes of the H100 pool that take pods and have none. */
async function freeNodes({ cluster, model }: Means): Promise<readonly string[]> {
  const pods = await Promise.all(model.tenants.map(({ namespace }) => cluster.pods(namespace)));
  const taken = new Set(pods.flat().map(({ node }) => node));
  const nodes = await cluster.api.list<{ metadata: { name: string }; spec: { unschedulable?: boolean } }>('v1', 'Node');
  return nodes
    .filter(({ metadata: { name }, spec }) => name.startsWith('h100-') && !spec.unschedulable && !taken.has(name))
    .map(({ metadata }) => metadata.name);
}
