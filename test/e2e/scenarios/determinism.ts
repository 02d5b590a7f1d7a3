import { proveTests } from '../longer-tests.ts';
import type { Scenario } from '../scenario.ts';

/** The same program in 100 processes that differ in everything that must not matter. */
export const scenario: Scenario = {
  name: 'determinism',
  limits: [],
  async run(context) {
    await proveTests(context, 'test/properties/synth-determinism.test.ts', { RUNS: '100' });
  },
};
