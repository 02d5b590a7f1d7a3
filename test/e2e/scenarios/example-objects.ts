import assert from 'node:assert/strict';
import { allExamples, applyUnits, optionsFor } from '../examples.ts';
import type { Scenario } from '../scenario.ts';

/** Every object of every example before the real API server, strictly, in the model's order. */
export const scenario: Scenario = {
  name: 'example-objects',
  limits: [
    'Charts are not installed in this lane: the objects that they render, and their webhooks, are not in the claims about objects.',
    'The API server of the lane is one version. An example that names another is judged by the schemas of this one.',
  ],
  async run({ startCluster, prove }) {
    for (const { name, model } of await allExamples()) {
      for (const cluster of model.clusters) {
        const real = await startCluster(optionsFor(cluster));
        const named = `the example names ${cluster.kubernetesVersion}`;
        await prove(
          `every object of ${name} is accepted in the model's order, and none is warned about`,
          real.apiServer,
          async () => {
            const { objects, warnings } = await applyUnits(real, cluster.units);
            assert.deepEqual(warnings, []);
            return `${objects} objects; ${named}`;
          },
        );
        await prove(`the objects of ${name} change nothing when they are applied again`, real.apiServer, async () => {
          const { objects, changed } = await applyUnits(real, cluster.units);
          assert.equal(changed, 0);
          return `${objects} objects`;
        });
        await real.stop();
      }
    }
  },
};
