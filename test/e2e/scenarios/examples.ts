import assert from 'node:assert/strict';
import { applyUnits, exampleClusters, optionsFor } from '../examples.ts';
import type { Scenario } from '../scenario.ts';

/** Every object of every example before the real API server, strictly, in the model's order. */
export const scenario: Scenario = {
  name: 'examples',
  limits: [
    'Charts are not installed: the objects that they render are not in the claims about objects, and their webhooks do not see ours. CRDs that a chart carries are applied in its place.',
    'The lane runs one version of Kubernetes. An example that names another is judged by the schemas of this one: a kind that only the other version serves would be refused, and one that only this version serves would be accepted.',
  ],
  async run({ startCluster, prove }) {
    for (const { name, model } of await exampleClusters()) {
      const cluster = await startCluster(optionsFor(model));
      const versions = `Kubernetes ${cluster.apiServer.version} judged, the example names ${model.kubernetesVersion}`;
      await prove(
        `every object of ${name} is accepted in the model's order, and none is warned about`,
        cluster.apiServer,
        async () => {
          const { objects, changed, warnings } = await applyUnits(cluster, model.units);
          assert.deepEqual(warnings, []);
          assert.equal(changed.length, objects);
          return `${objects} objects; ${versions}`;
        },
      );
      await prove(`the objects of ${name} change nothing when they are applied again`, cluster.apiServer, async () => {
        const { objects, changed } = await applyUnits(cluster, model.units);
        assert.deepEqual(changed, []);
        return `${objects} objects compared`;
      });
      await cluster.stop();
    }
  },
};
