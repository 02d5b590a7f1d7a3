import assert from 'node:assert/strict';
import { applyUnits, exampleCluster, nodesOf, optionsFor, poolNodes } from '../examples.ts';
import { boundWorkers, gangLike, nodesOfGang, workersOf } from '../gangs.ts';
import type { Scenario } from '../scenario.ts';
import { staysTrue, waitFor } from '../waiting.ts';

const EXAMPLE = 'existing-minimal';

/** Kubernetes' own gang scheduling on nodes made from the example's pool: `scheduling.k8s.io/v1beta1`, behind a gate that is off unless asked for. */
export const scenario: Scenario = {
  name: 'native-gang',
  limits: [],
  async run({ startCluster, prove }) {
    const model = await exampleCluster(EXAMPLE);
    const [job] = model.jobs;
    assert.ok(job, 'the example has a job');
    const { namespace, pool, workers } = job;
    const cluster = await startCluster(optionsFor(model));
    const { api, scheduler } = cluster;
    const named = `the example names Kubernetes ${model.kubernetesVersion}`;
    await cluster.createNodes(nodesOf(model));
    await applyUnits(
      cluster,
      model.units.filter((unit) => !unit.runOnce),
    );

    await prove(`the gang of ${EXAMPLE} is bound to its pool as a whole`, scheduler, async () => {
      await applyUnits(
        cluster,
        model.units.filter((unit) => unit.runOnce),
      );
      const nodes = await boundWorkers(cluster, namespace, job.name, workers);
      assert.ok(
        nodes.every((node) => node.startsWith(`${pool}-`)),
        nodes.join(),
      );
      return `${workers} of ${workers} workers on ${nodes.join(' and ')}; ${named}`;
    });

    await prove(
      'a second native gang that does not fit stays wholly unbound, although a node is free for one of its workers',
      scheduler,
      async () => {
        // The quota is for one gang, and would be what holds back the second.
        await api.delete({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace } });
        await cluster.createNodes(poolNodes(model, pool, workers + 1).slice(workers));
        for (const object of gangLike(model, { name: 'second', workers })) await api.applyServerSide(object);
        await waitFor('the scheduler to refuse the gang', async () =>
          (await workersOf(cluster, namespace, 'second')).some(({ unschedulable }) => unschedulable !== undefined),
        );
        await staysTrue(
          'no worker is bound',
          async () => (await nodesOfGang(cluster, namespace, 'second')).length === 0,
          5,
        );
        return `0 of ${workers} workers beside 1 free node; ${named}`;
      },
    );

    await prove('it is bound as a whole once there is room', scheduler, async () => {
      await cluster.createNodes(poolNodes(model, pool, 2 * workers).slice(workers + 1));
      await boundWorkers(cluster, namespace, 'second', workers);
      return `${workers} of ${workers} workers on ${2 * workers} nodes; ${named}`;
    });
  },
};
