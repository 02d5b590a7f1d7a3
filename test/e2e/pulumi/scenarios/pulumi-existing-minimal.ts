import { exampleScenario } from '../example-lane.ts';

/** The smallest example: the cluster is there, and `pulumi up` fills it. */
export const scenario = exampleScenario({ example: 'existing-minimal' });
