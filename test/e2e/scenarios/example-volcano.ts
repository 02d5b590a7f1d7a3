import assert from 'node:assert/strict';
import { at, type Json, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import { type KubernetesObject, refusalOf } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { applyUnits, exampleCluster, nodesOf, poolNodes } from '../examples.ts';
import type { Scenario } from '../scenario.ts';
import { findVolcano, noVolcano, startVolcano } from '../volcano.ts';
import { staysTrue, waitFor } from '../waiting.ts';

const EXAMPLE = 'aws-h100-training';

/** The queues, the quota and the job of the EKS example before the real Volcano, which runs with the configuration that our component emits. */
export const scenario: Scenario = {
  name: 'example-volcano',
  limits: [],
  async run({ startCluster, prove, notRun }) {
    const volcano = await findVolcano();
    if (volcano === undefined) {
      for (const claim of Object.keys(PROOFS)) notRun(claim, 'vc-scheduler', noVolcano);
      return;
    }
    const model = await exampleCluster(EXAMPLE);
    const real = await startCluster();
    await startVolcano(real, volcano, emittedConfiguration(model));
    await real.createNodes(nodesOf(model));
    const means: Means = { real, model, job: jobOf(model) };
    for (const [claim, proof] of Object.entries(PROOFS)) await prove(claim, volcano.scheduler, () => proof(means));
  },
};

interface Means {
  readonly real: Cluster;
  readonly model: ClusterModel;
  readonly job: Manifest;
}

// The pool has four nodes of eight GPUs at its smallest size; each queue is sure of two nodes and may borrow up to eight.
const PROOFS: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'the tenants and queues of the example are accepted by the real webhooks in the order of the model': async ({
    real,
    model,
  }) => {
    const { objects, warnings } = await applyUnits(
      real,
      model.units.filter((unit) => unit.kind === 'tenant' || unit.kind === 'queue'),
    );
    assert.deepEqual(warnings, []);
    for (const { name } of model.queues) {
      const queue = { apiVersion: 'scheduling.volcano.sh/v1beta1', kind: 'Queue', metadata: { name } };
      await waitFor(
        `queue ${name} to be open`,
        async () => at((await real.api.get(queue))?.['status'] as Json, 'state') === 'Open',
      );
    }
    return `${objects} objects, ${model.queues.length} queues open`;
  },

  'the job of the example is bound as a whole to its pool, beyond what its queue is guaranteed': async ({
    real,
    job,
  }) => {
    await real.api.applyServerSide(job);
    const nodes = await waitFor('4 workers to be bound', async () => whole(await boundOf(real, 'vision', 'resnet'), 4));
    assert.ok(
      nodes.every((node) => node.startsWith('h100-')),
      nodes.join(),
    );
    return `4 of 4 workers, 8 GPUs and 32 interfaces each, on ${nodes.join(', ')}`;
  },

  'the API server counts the GPUs of the job against the quota of the tenant': async ({ real }) => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace: 'vision' } };
    const used = await waitFor('the quota to be counted', async () => {
      const amount = at((await real.api.get(quota))?.['status'] as Json, 'used', 'requests.nvidia.com/gpu');
      return amount === '32' ? amount : undefined;
    });
    return `${used} of 64 used`;
  },

  'the guarantee of the second queue is reclaimed from the first, which borrowed it': async ({ real, job }) => {
    await real.api.applyServerSide(variant(job, 'speech', 'speech-pretrain', 'whisper', 2));
    const nodes = await waitFor(
      '2 workers of the second queue to be bound',
      async () => whole(await boundOf(real, 'speech', 'whisper'), 2),
      120,
    );
    return `2 of 2 workers of the second queue on ${nodes.join(', ')}`;
  },

  'a job without the toleration of the pool is never bound to it': async ({ real, model, job }) => {
    await real.createNodes(poolNodes(model, 'h100', 16).slice(4));
    await waitFor(
      'the first job to be whole again',
      async () => whole(await boundOf(real, 'vision', 'resnet'), 4),
      120,
    );
    const intruder = variant(job, 'speech', 'speech-pretrain', 'intruder', 1);
    const [task] = objectsIn(at(intruder['spec'] as Json, 'tasks'));
    const template = at(task, 'template') as { spec: JsonObject };
    const without = {
      ...intruder,
      spec: {
        ...(intruder['spec'] as object),
        tasks: [{ ...task, template: { ...template, spec: { ...template.spec, tolerations: [] } } }],
      },
    };
    await real.api.applyServerSide(without);
    await waitFor(
      'its pod to be made',
      async () => (await real.pods('speech', 'volcano.sh/job-name=intruder')).length === 1,
    );
    await staysTrue('it is unbound', async () => (await boundOf(real, 'speech', 'intruder')).length === 0, 10);
    await real.api.delete(without);
    return 'beside 10 free nodes';
  },

  'a gang larger than the capability of its queue stays unbound, although nodes are free': async ({ real, job }) => {
    const large = variant(job, 'vision', 'vision-pretrain', 'large', 9);
    await raiseQuota(real, 'vision');
    await real.api.applyServerSide(large);
    await staysTrue(
      'no worker of the gang is bound',
      async () => (await boundOf(real, 'vision', 'large')).length === 0,
      15,
    );
    return '0 of 9 workers (72 GPUs, the queue may use 64) beside 10 free nodes';
  },

  'a gang that does not fit the nodes stays wholly unbound, and is bound as a whole once there is room': async ({
    real,
    job,
  }) => {
    await real.api.delete(variant(job, 'vision', 'vision-pretrain', 'large', 9));
    await waitFor(
      'the large gang to be gone',
      async () => (await real.pods('vision', 'volcano.sh/job-name=large')).length === 0,
      120,
    );
    // Ten nodes are free; the other queue takes six of them, so that a gang of four more fits and one of five would not.
    await real.api.applyServerSide(variant(job, 'speech', 'speech-pretrain', 'fill', 6));
    await waitFor(
      'the other queue to fill six nodes',
      async () => whole(await boundOf(real, 'speech', 'fill'), 6),
      120,
    );
    const last = 'h100-15';
    await real.kubectl(['cordon', last]);
    await real.api.applyServerSide(variant(job, 'vision', 'vision-pretrain', 'second', 4));
    await staysTrue(
      'no worker of the gang is bound',
      async () => (await boundOf(real, 'vision', 'second')).length === 0,
      10,
    );
    await real.kubectl(['uncordon', last]);
    const nodes = await waitFor(
      'the gang to be bound',
      async () => whole(await boundOf(real, 'vision', 'second'), 4),
      120,
    );
    return `0 of 4 workers beside 3 free nodes, then ${nodes.length} of 4`;
  },

  'a queue whose children are promised more than it has is refused by the real webhook': async ({ real }) => {
    const amounts = { guarantee: { resource: { 'nvidia.com/gpu': '32' } }, deserved: { 'nvidia.com/gpu': '32' } };
    const child = {
      apiVersion: 'scheduling.volcano.sh/v1beta1',
      kind: 'Queue',
      metadata: { name: 'child' },
      spec: { parent: 'speech-pretrain', ...amounts },
    };
    return refusalOf(real.api.applyServerSide(child));
  },
};

/** The text of the scheduler's configuration, as the values of our Volcano component carry it. */
function emittedConfiguration(model: ClusterModel): string {
  const values = model.components.find((component) => component.id === 'volcano')?.values;
  const text = at(values, 'custom', 'scheduler_config_override');
  if (typeof text !== 'string') throw new Error('the component emits no configuration');
  return text;
}

function jobOf(model: ClusterModel): Manifest {
  const manifest = model.units
    .find((unit) => unit.kind === 'job')
    ?.objects.find((object) => object.manifest.kind === 'Job')?.manifest;
  if (manifest === undefined) throw new Error('the example has a job');
  return manifest;
}

/** The example's job for another tenant and queue, with another number of workers. */
function variant(job: Manifest, namespace: string, queue: string, name: string, workers: number): KubernetesObject {
  const spec = job['spec'] as { tasks: readonly object[] };
  return {
    ...job,
    metadata: { ...job.metadata, name, namespace },
    spec: {
      ...spec,
      queue,
      minAvailable: workers,
      priorityClassName: `${namespace}-normal`,
      tasks: spec.tasks.map((task) => ({ ...task, replicas: workers, minAvailable: workers })),
    },
  };
}

async function boundOf(real: Cluster, namespace: string, job: string): Promise<readonly string[]> {
  const pods = await real.pods(namespace, `volcano.sh/job-name=${job}`);
  return pods.flatMap((pod) => pod.node ?? []);
}

function whole(nodes: readonly string[], workers: number): readonly string[] | undefined {
  return nodes.length === workers ? [...nodes].sort() : undefined;
}

async function raiseQuota(real: Cluster, namespace: string): Promise<void> {
  await real.api.applyServerSide(
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota', namespace },
      spec: { hard: { pods: '1000', 'requests.nvidia.com/gpu': '1000' } },
    },
    { force: true },
  );
}
