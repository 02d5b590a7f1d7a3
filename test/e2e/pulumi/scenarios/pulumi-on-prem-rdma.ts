import { exampleScenario } from '../example-lane.ts';

/** A team's own racks: the cluster is there, and `pulumi up` fills it. */
export const scenario = exampleScenario({ example: 'on-prem-rdma' });
