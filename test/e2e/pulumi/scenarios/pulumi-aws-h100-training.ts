import { eksPools } from '../eks-pools.ts';
import { exampleScenario } from '../example-lane.ts';

/** The example of Amazon EKS with training as `pulumi up` runs it. */
export const scenario = exampleScenario({
  example: 'aws-h100-training',
  provider: 'aws',
  config: { 'aws:region': 'us-east-1' },
  proofs: eksPools('aws-h100-training'),
});
