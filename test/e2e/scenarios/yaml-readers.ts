import { proveTests } from '../longer-tests.ts';
import type { Scenario } from '../scenario.ts';

/** What we write as YAML before the readers of JavaScript and Python; `yaml-go` has that of Go. */
export const scenario: Scenario = {
  name: 'yaml-readers',
  limits: [],
  async run(context) {
    await proveTests(context, 'test/properties/yaml.test.ts', { CASES: '20000' });
    await proveTests(context, 'test/render/trees-in-python.test.ts', { EXAMPLES: 'all' });
  },
};
