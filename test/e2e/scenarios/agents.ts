import assert from 'node:assert/strict';
import type { JsonObject } from '../../../lib/model/json.ts';
import { podTemplatesOf } from '../../../lib/model/kubernetes.ts';
import type { AgentModel, ClusterModel } from '../../../lib/model/platform-model.ts';
import type { Cluster } from '../cluster.ts';
import { exampleClusters, nodesOf, poolNodes } from '../examples.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

/** Nodes made from the examples' pools, one of each, and the real scheduler: taint closure, seen from outside. */
export const scenario: Scenario = {
  name: 'agents',
  limits: [
    'Simulated nodes carry the labels that operators set at run time (feature.node.kubernetes.io/pci-10de.present, nvidia.com/gpu.present), because no operator runs on them.',
    'Interfaces that pods claim (GKE) are offered by ResourceSlices of the lane, because no driver runs.',
    'The pods of operators are those that the component records declare; that the operators make no others is not proved.',
  ],
  async run({ startCluster, prove }) {
    for (const { name, model } of await exampleClusters()) {
      const cluster = await startCluster();
      const named = `Kubernetes ${model.kubernetesVersion} is named`;
      await cluster.createNodes(nodesOf(model, 1));
      for (const namespace of ['agents', 'workloads', 'strangers']) await cluster.createNamespace(namespace);
      await offerClaimedDevices(cluster, model);

      await prove(
        `the agents that ${name} needs run on every pool that needs them, and its control components on the system pool`,
        cluster.scheduler,
        async () => `${await placeAgents(cluster, model)}; ${named}`,
      );
      await prove(
        `each kind of worker and server of ${name} fits a node of its pool, beside the agents there`,
        cluster.scheduler,
        async () => `${await placeWorkloads(cluster, model)}; ${named}`,
      );
      await prove(
        `a pod that does not tolerate the taints lands on no GPU node of ${name}, even when the system pool is full`,
        cluster.scheduler,
        async () => `${await placeStrangers(cluster, model)}; ${named}`,
      );
      await cluster.stop();
    }
  },
};

async function placeAgents(cluster: Cluster, model: ClusterModel): Promise<string> {
  const agents = model.components.flatMap((component) => component.agents);
  const wanted = agents.flatMap((agent, index) =>
    placesOf(agent, model).map(({ pool, spec }) => ({ name: `${index}-${agent.name}-${pool}`, pool, spec })),
  );
  for (const { name, spec } of wanted) await createPod(cluster, 'agents', name, spec);
  const nodes = await decided(cluster, 'agents');
  for (const { name, pool } of wanted) {
    const { node, unschedulable } = nodes.get(name) ?? {};
    assert.ok(node?.startsWith(`${pool}-`), `${name} is on ${node ?? `no node: ${unschedulable}`}`);
  }
  return `${wanted.length} pods of ${agents.length} agents`;
}

/** Where an agent must run: on a node of each of its pools, held there as a DaemonSet does it, or on the system pool. */
function placesOf(agent: AgentModel, model: ClusterModel): readonly { readonly pool: string; readonly spec: object }[] {
  const { tolerations, nodeSelector, requests } = agent;
  const resources = { requests: { cpu: `${requests.cpuMillis}m`, memory: `${requests.memoryMiB}Mi` } };
  const spec = { tolerations, nodeSelector, containers: [container(resources)] };
  if (agent.runsOn === 'system') return [{ pool: 'system', spec }];
  return agent.pools.map((pool) => ({
    pool,
    spec: { ...spec, affinity: onNode(poolNodes(model, pool, 1)[0]?.name ?? '') },
  }));
}

function onNode(name: string): object {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
}

/** Interfaces that pods claim, as their driver would offer them from each node, and the templates of the claims. */
async function offerClaimedDevices({ api }: Cluster, model: ClusterModel): Promise<void> {
  for (const { name, fabric } of model.pools) {
    if (fabric.claimed !== true || fabric.resource === undefined) continue;
    const { resource: driver, perNode } = fabric;
    const [node] = poolNodes(model, name, 1);
    await api.applyServerSide({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'DeviceClass',
      metadata: { name: driver },
      spec: { selectors: [{ cel: { expression: `device.driver == '${driver}'` } }] },
    });
    await api.applyServerSide({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name: `${name}-interfaces` },
      spec: {
        driver,
        nodeName: node?.name,
        pool: { name, generation: 1, resourceSliceCount: 1 },
        devices: Array.from({ length: perNode }, (_, index) => ({ name: `interface-${index}` })),
      },
    });
  }
  const objects = model.units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
  for (const template of objects.filter(({ kind }) => kind === 'ResourceClaimTemplate')) {
    await api.applyServerSide({ ...template, metadata: { name: template.metadata.name, namespace: 'workloads' } });
  }
}

/** One after the other, because a worker may take a node as a whole. */
async function placeWorkloads(cluster: Cluster, model: ClusterModel): Promise<string> {
  const templates = model.units.flatMap((unit) =>
    unit.objects.flatMap(({ manifest }) =>
      podTemplatesOf(manifest).map(({ part, spec }) => ({ name: `${manifest.metadata.name}-${part}`, spec })),
    ),
  );
  const placed: string[] = [];
  for (const { name, spec } of templates) {
    await createPod(cluster, 'workloads', name, whatPlaces(spec));
    const { node, unschedulable } = (await decided(cluster, 'workloads')).get(name) ?? {};
    assert.ok(node, `${name}: ${unschedulable}`);
    placed.push(`${name} on ${node}`);
    await cluster.api.delete({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'workloads' } });
    await waitFor(`${name} to be gone`, async () => (await cluster.pods('workloads')).length === 0);
  }
  return placed.join(', ') || 'the example has none of its own';
}

/** What of a pod spec decides where the pod runs. */
function whatPlaces(spec: JsonObject): object {
  const { nodeSelector, tolerations, affinity, resourceClaims, initContainers = [], containers } = spec;
  const bare = (list: unknown) =>
    (list as readonly { name: string; resources?: object; restartPolicy?: string }[]).map(
      // With it a container runs beside those after it, and counts beside them.
      ({ name, resources, restartPolicy }) => ({ ...container(resources), name, restartPolicy }),
    );
  return {
    nodeSelector,
    tolerations,
    affinity,
    resourceClaims,
    initContainers: bare(initContainers),
    containers: bare(containers),
  };
}

/** Pods that want nothing but room, more than the system pool has, and for each pool one that asks for it without a right. */
async function placeStrangers(cluster: Cluster, model: ClusterModel): Promise<string> {
  const { cpu = 16 } = model.systemPool.node;
  const crowd = 2 * model.systemPool.minNodes;
  const half = container({ requests: { cpu: String(cpu / 2) } });
  for (let index = 0; index < crowd; index++) {
    await createPod(cluster, 'strangers', `crowd-${index}`, { containers: [half] });
  }
  for (const { name, selector, accelerator } of model.pools) {
    const limits = { [accelerator.resource]: '1' };
    await createPod(cluster, 'strangers', name, { nodeSelector: selector, containers: [container({ limits })] });
  }
  const pods = [...(await decided(cluster, 'strangers')).values()];
  const nodes = pods.flatMap(({ node }) => node ?? []);
  assert.ok(
    nodes.every((node) => node.startsWith('system-')),
    nodes.join(', '),
  );
  assert.ok(nodes.length > 0 && nodes.length < crowd, `${nodes.length} of ${crowd} on the system pool`);
  return `${nodes.length} pods on the system pool, ${pods.length - nodes.length} nowhere`;
}

function container(resources: object = {}) {
  return { name: 'main', image: 'example.invalid/none:1', resources };
}

async function createPod({ api }: Cluster, namespace: string, name: string, spec: object): Promise<void> {
  await api.applyServerSide({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec });
}

/** The pods of the namespace by name, once the scheduler has bound or refused each of them. */
async function decided(cluster: Cluster, namespace: string) {
  const pods = await waitFor(`the scheduler to decide on every pod of ${namespace}`, async () => {
    const all = await cluster.pods(namespace);
    return all.every(({ node, unschedulable }) => node !== undefined || unschedulable !== undefined) && all;
  });
  return new Map(pods.map((pod) => [pod.name, pod]));
}
