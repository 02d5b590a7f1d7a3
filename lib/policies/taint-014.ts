import type { AgentModel, ClusterModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { agentsOf, placementOfAgent } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const taint014: Policy = {
  id: 'TAINT-014',
  title:
    'Controllers, webhooks, gateways and monitoring stay off the pools with accelerators, and fit the system pool.',
  why: 'A webhook that goes away with a GPU node takes the admission of every pod with it; one that is too large for the nodes never comes.',
  source: 'https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools',
  severity: 'error',
  check: perCluster((cluster) => {
    const agents = agentsOf(cluster).filter(({ runsOn }) => runsOn === 'system');
    return [...agents.flatMap((agent) => judgeAgent(agent, cluster)), ...judgeSize(agents, cluster)];
  }),
  examples: {
    passing: () => withAgent({ 'cdk8s-ai.dev/pool': 'system' }),
    failing: () => withAgent({}),
  },
};

function withAgent(nodeSelector: AgentModel['nodeSelector']) {
  const agent: AgentModel = {
    name: 'cert-manager-webhook',
    component: 'cert-manager',
    namespace: 'cert-manager',
    runsOn: 'system',
    pools: [],
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
    nodeSelector,
    requests: { cpuMillis: 100, memoryMiB: 128 },
  };
  const about = { namespace: 'cert-manager', version: 'v1.21.1', installed: false, neededBy: [], values: {} };
  return examplePlatform({ components: [{ id: 'cert-manager', ...about, agents: [agent] }] });
}

function judgeAgent(agent: AgentModel, { systemPool, pools }: ClusterModel): readonly Verdict[] {
  const open = pools
    .map((pool) => ({ name: pool.name, outcome: outcomeOf(landsOn(placementOfAgent(agent), pool)) }))
    .filter(({ outcome }) => outcome !== 'no');
  if (open.length === 0) return [];
  const verdict = open.some(({ outcome }) => outcome === 'yes') ? fail : unknown;
  const names = open.map(({ name }) => `'${name}'`).join(', ');
  return [
    verdict(
      systemPool.path,
      `nothing keeps ${agent.name} of component '${agent.component}' off pool ${names}`,
      `Let it select the system pool in the values of component '${agent.component}', or give the pool a taint.`,
    ),
  ];
}

/** One of each must fit; replicas beyond the first have to find room as well, so this says too little rather than too much. */
function* judgeSize(agents: readonly AgentModel[], { systemPool }: ClusterModel): Iterable<Verdict> {
  const { path, maxNodes, node } = systemPool;
  const sizes = [
    { what: 'cores', perNode: node.cpu, of: (agent: AgentModel) => agent.requests.cpuMillis / 1000 },
    { what: 'GiB of memory', perNode: node.memoryGiB, of: (agent: AgentModel) => agent.requests.memoryMiB / 1024 },
  ];
  for (const { what, perNode, of } of sizes) {
    if (perNode === undefined) continue;
    const [largest] = agents.toSorted((a, b) => of(b) - of(a));
    const total = agents.reduce((sum, agent) => sum + of(agent), 0);
    if (largest !== undefined && of(largest) > perNode) {
      const clash = `${largest.name} asks for ${of(largest)} ${what}, and a node of the system pool has ${perNode}`;
      yield fail(path, clash, 'Take a larger instance type for the system pool.');
    } else if (total > perNode * maxNodes) {
      const clash = `operators ask for ${total} ${what}, and the system pool has at most ${maxNodes} x ${perNode}`;
      yield fail(path, clash, `Raise its maxNodes to ${Math.ceil(total / perNode)}.`);
    }
  }
}
