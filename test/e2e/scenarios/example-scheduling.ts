import assert from 'node:assert/strict';
import { at } from '../../../lib/model/json.ts';
import type { AgentModel, ClusterModel, UnitModel } from '../../../lib/model/platform-model.ts';
import type { KubernetesObject } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { allExamples, applyUnits, exampleCluster, nodesOf, optionsFor, poolNodes } from '../examples.ts';
import type { Scenario } from '../scenario.ts';
import { staysTrue, waitFor } from '../waiting.ts';

/** Nodes made from the examples' pools, and the real kube-scheduler: its own gangs, and the pods that operators make. */
export const scenario: Scenario = {
  name: 'example-scheduling',
  limits: [
    'Simulated nodes carry the labels that operators set at run time (feature.node.kubernetes.io/pci-10de.present, nvidia.com/gpu.present), because no operator runs on them.',
    'The pods of operators are those that the component records declare; that the operators make no others is not proved here.',
  ],
  async run(context) {
    const minimal = await exampleCluster('existing-minimal');
    const real = await context.startCluster(optionsFor(minimal));
    await proveNativeGang(context, real, minimal);
    await real.stop();
    for (const { name, model } of await allExamples()) {
      for (const cluster of model.clusters) await proveAgents(context, name, cluster);
    }
  },
};

type Context = Parameters<Scenario['run']>[0];

async function proveNativeGang({ prove }: Context, real: Cluster, model: ClusterModel): Promise<void> {
  const [job] = model.jobs;
  const jobUnit = model.units.find((unit) => unit.kind === 'job');
  if (job === undefined || jobUnit === undefined) throw new Error('the example has a job');
  const bound = (name: string) => boundPods(real, job.namespace, `batch.kubernetes.io/job-name=${name}`);
  await real.createNodes(nodesOf(model));
  await applyUnits(
    real,
    model.units.filter((unit) => !unit.runOnce),
  );

  await prove('the native gang of existing-minimal is bound to its pool as a whole', real.scheduler, async () => {
    await applyUnits(real, [jobUnit]);
    const nodes = await waitFor(`${job.workers} pods to be bound`, async () =>
      whole(await bound(job.name), job.workers),
    );
    assert.ok(
      nodes.every((node) => node.startsWith(`${job.pool}-`)),
      nodes.join(),
    );
    return `${nodes.length} of ${job.workers} pods on ${nodes.join(' and ')}; Kubernetes ${model.kubernetesVersion} is named`;
  });
  const second = renamed(jobUnit, job.name, 'second');
  await prove(
    'a second native gang that does not fit stays wholly unbound, although a node comes free for one of its pods',
    real.scheduler,
    async () => {
      await raiseQuota(real, job.namespace);
      await applyUnits(real, [second]);
      await real.createNodes(poolNodes(model, job.pool, 3).slice(2));
      await waitFor('the scheduler to refuse the gang', async () => (await refused(real, job.namespace, 'second')) > 0);
      await staysTrue('no pod of the gang is bound', async () => (await bound('second')).length === 0, 5);
      return `0 of ${job.workers} pods beside 1 free node`;
    },
  );
  await prove('the second native gang is bound as a whole once there is room', real.scheduler, async () => {
    await real.createNodes(poolNodes(model, job.pool, 4).slice(3));
    const nodes = await waitFor('the gang to be bound', async () => whole(await bound('second'), job.workers));
    return `${nodes.length} of ${job.workers} pods`;
  });
  await prove('a pod without the toleration never lands on a node of the pool', real.scheduler, async () => {
    await real.createNodes(poolNodes(model, job.pool, 5).slice(4));
    await real.createNamespace('visitors');
    const selector = model.pools[0]?.selector ?? {};
    await real.api.applyServerSide(pod('visitors', 'visitor', { nodeSelector: selector }));
    await waitFor('the scheduler to refuse it', async () =>
      (await real.pods('visitors')).some((one) => one.unschedulable !== undefined),
    );
    await staysTrue(
      'it is unbound',
      async () => (await real.pods('visitors')).every((one) => one.node === undefined),
      3,
    );
    return 'beside 1 free node';
  });
}

async function proveAgents({ startCluster, prove }: Context, example: string, model: ClusterModel): Promise<void> {
  const agents = model.components.flatMap((component) => component.agents);
  if (agents.length === 0) return;
  const real = await startCluster();
  await real.createNodes(nodesOf(model, 1));
  await real.createNamespace('agents');
  const wanted = agents.flatMap((agent, index) =>
    placements(agent, model).map((place) => ({ ...place, name: `agent-${index}-${place.on}` })),
  );
  await prove(
    `each node agent that ${example} needs can run on every pool that needs it, and control components on the system pool`,
    real.scheduler,
    async () => {
      for (const { name, spec } of wanted) await real.api.applyServerSide(pod('agents', name, spec));
      const expected = new Map(wanted.map(({ name, on }) => [name, on]));
      await waitFor(
        'every agent to be bound',
        async () => (await real.pods('agents')).every((one) => one.node !== undefined),
        30,
      ).catch(async () => {
        const left = (await real.pods('agents')).filter((one) => one.node === undefined);
        throw new Error(left.map((one) => `${one.name}: ${one.unschedulable ?? 'not tried'}`).join('\n'));
      });
      for (const one of await real.pods('agents'))
        assert.ok(one.node?.startsWith(`${expected.get(one.name)}-`), `${one.name} is on ${one.node}`);
      return `${wanted.length} pods of ${agents.length} agents on ${model.pools.length} pools`;
    },
  );
  await prove(
    `no pod without an accelerator lands on a GPU node of ${example}, even when the system pool is full`,
    real.scheduler,
    async () => {
      await real.createNamespace('crowd');
      for (let index = 0; index < 40; index++)
        await real.api.applyServerSide(pod('crowd', `cpu-${index}`, {}, { cpu: '2' }));
      await waitFor('every pod to be decided on', async () =>
        (await real.pods('crowd')).every((one) => one.node !== undefined || one.unschedulable !== undefined),
      );
      const nodes = (await real.pods('crowd')).flatMap((one) => one.node ?? []);
      assert.ok(nodes.length > 0 && nodes.every((node) => node.startsWith('system-')), [...new Set(nodes)].join());
      return `${nodes.length} pods on the system pool, ${40 - nodes.length} unbound, 0 on GPU nodes`;
    },
  );
  await real.stop();
}

/** Where an agent must run: once on a node of each of its pools, pinned as a DaemonSet does it, or on the system pool. */
function placements(agent: AgentModel, model: ClusterModel): readonly { readonly on: string; readonly spec: object }[] {
  const { tolerations, nodeSelector, requests } = agent;
  const containers = [
    {
      name: 'main',
      image: 'example.invalid/none:1',
      resources: { requests: { cpu: `${requests.cpuMillis}m`, memory: `${requests.memoryMiB}Mi` } },
    },
  ];
  const spec = { tolerations, nodeSelector, containers };
  if (agent.runsOn === 'system') return [{ on: 'system', spec }];
  return agent.pools.map((pool) => ({
    on: pool,
    spec: { ...spec, affinity: onNode(poolNodes(model, pool, 1)[0]?.name ?? '') },
  }));
}

function onNode(name: string): object {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
}

function pod(
  namespace: string,
  name: string,
  spec: object,
  requests?: Readonly<Record<string, string>>,
): KubernetesObject {
  const container = { name: 'main', image: 'example.invalid/none:1', resources: { requests: requests ?? {} } };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers: [container], ...spec } };
}

/** The unit of the job again under another name. */
function renamed(unit: UnitModel, from: string, to: string): UnitModel {
  return JSON.parse(
    JSON.stringify(unit).replaceAll(`"${from}"`, `"${to}"`).replaceAll(`${from}-0.${from}`, `${to}-0.${to}`),
  ) as UnitModel;
}

async function raiseQuota(real: Cluster, namespace: string): Promise<void> {
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace } };
  const known = await real.api.get(quota);
  const hard = Object.fromEntries(
    Object.keys((at(known?.['spec'] as never, 'hard') ?? {}) as object).map((key) => [key, '1000']),
  );
  await real.api.applyServerSide({ ...quota, spec: { hard } }, { force: true });
}

async function boundPods(real: Cluster, namespace: string, selector: string): Promise<readonly string[]> {
  return (await real.pods(namespace, selector)).flatMap((one) => one.node ?? []);
}

function whole(nodes: readonly string[], workers: number): readonly string[] | undefined {
  return nodes.length === workers ? [...nodes].sort() : undefined;
}

async function refused(real: Cluster, namespace: string, job: string): Promise<number> {
  const pods = await real.pods(namespace, `batch.kubernetes.io/job-name=${job}`);
  return pods.filter((one) => one.unschedulable !== undefined).length;
}
