import { eksPools } from '../eks-pools.ts';
import { exampleScenario } from '../example-lane.ts';

/** The example of Amazon EKS with model servers as `pulumi up` runs it. */
export const scenario = exampleScenario({
  example: 'llm-serving',
  provider: 'aws',
  config: { 'aws:region': 'us-west-2' },
  proofs: eksPools('llm-serving'),
});
