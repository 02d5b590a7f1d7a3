import assert from 'node:assert/strict';
import { type KubernetesObject, refusalOf } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { container, gpuNodes, gpuToleration } from '../gpu-fixtures.ts';
import type { Scenario } from '../scenario.ts';
import { findVolcano, noVolcano, startVolcano } from '../volcano.ts';
import { staysTrue, waitFor } from '../waiting.ts';

/** Lets a gang that does not fit reach the allocation, where all-or-nothing is decided, instead of being held back before. */
const schedulerConf = `
actions: "enqueue, allocate, reclaim, preempt, backfill"
tiers:
- plugins: [{name: priority}, {name: gang}, {name: conformance}]
- plugins: [{name: capacity, enableHierarchy: true}, {name: predicates}, {name: nodeorder}, {name: binpack}]
`;

export const scenario: Scenario = {
  name: 'volcano',
  limits: [
    'Volcano runs with the rights of an administrator, beside the cluster: the RBAC rules and the Deployments of its chart are not exercised.',
  ],
  async run({ startCluster, prove, notRun }) {
    const volcano = await findVolcano();
    if (volcano === undefined) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'vc-scheduler', noVolcano);
      return;
    }
    const cluster = await startCluster();
    await startVolcano(cluster, volcano, schedulerConf);
    await cluster.createNamespace('team');
    await cluster.createNodes(gpuNodes(4));
    for (const [claim, proof] of Object.entries(proofs)) await prove(claim, volcano.scheduler, () => proof(cluster));
  },
};

const proofs: Readonly<Record<string, (cluster: Cluster) => Promise<string>>> = {
  'a Volcano gang that fits is bound as a whole': async (cluster) => {
    await cluster.api.applyServerSide(job('first', 3));
    await waitFor('3 pods to be bound', async () => (await bound(cluster, 'first')) === 3);
    return '3 of 3 pods, 8 GPUs each, on 4 nodes';
  },
  'a Volcano gang that does not fit stays wholly unbound, although a node is free': async (cluster) => {
    await cluster.api.applyServerSide(job('second', 2));
    await waitFor('2 pods to be created', async () => (await podsOf(cluster, 'second')).length === 2);
    await staysTrue('no pod of the gang is bound', async () => (await bound(cluster, 'second')) === 0, 5);
    return '0 of 2 pods beside 1 free node';
  },
  'the waiting Volcano gang is bound as a whole once one more node comes': async (cluster) => {
    await cluster.createNodes(gpuNodes(5).slice(4));
    await waitFor('2 pods to be bound', async () => (await bound(cluster, 'second')) === 2);
    return '2 of 2 pods';
  },
  "Volcano's webhook refuses a gang that needs more pods than it has": async ({ api }) => {
    const refusal = await refusalOf(api.applyServerSide(job('absurd', 2, 3)));
    assert.match(refusal, /minAvailable/);
    return refusal;
  },
};

/** A gang of pods that fill a node each. */
function job(name: string, replicas: number, minAvailable = replicas): KubernetesObject {
  const spec = {
    restartPolicy: 'Never',
    tolerations: [gpuToleration],
    containers: [container({ 'nvidia.com/gpu': '8' })],
  };
  return {
    apiVersion: 'batch.volcano.sh/v1alpha1',
    kind: 'Job',
    metadata: { name, namespace: 'team' },
    spec: {
      schedulerName: 'volcano',
      queue: 'default',
      minAvailable,
      tasks: [{ name: 'worker', replicas, template: { spec } }],
    },
  };
}

function podsOf(cluster: Cluster, name: string) {
  return cluster.pods('team', `volcano.sh/job-name=${name}`);
}

async function bound(cluster: Cluster, name: string): Promise<number> {
  return (await podsOf(cluster, name)).filter(({ node }) => node !== undefined).length;
}
