import { isJsonObject, type Json, sorted } from '../model/json.ts';
import type { AgentModel, ClusterModel, ComponentModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { describeObstacle, formatToleration, landsOn, type Obstacle } from './landing.ts';
import { placementOfAgent } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const taint012: Policy = {
  id: 'TAINT-012',
  title: 'Every agent that a pool needs can run on each of its nodes.',
  why: 'Without its driver or device plugin a node offers no accelerator, and nothing says why.',
  source:
    'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/getting-started.html#common-chart-customization-options',
  severity: 'error',
  check: perCluster((cluster) => cluster.components.flatMap((component) => judge(component, cluster))),
  examples: {
    passing: () => withOperator(examplePool),
    failing: () =>
      withOperator({
        ...examplePool,
        taints: [...examplePool.taints, { key: 'team', value: 'a', effect: 'NoSchedule' }],
      }),
  },
};

function withOperator(pool: PoolModel) {
  const agent: AgentModel = {
    name: 'nvidia-driver-daemonset',
    component: 'gpu-operator',
    namespace: 'gpu-operator',
    runsOn: 'pools',
    pools: ['h100'],
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    nodeSelector: { 'nvidia.com/gpu.deploy.driver': 'true' },
    requests: { cpuMillis: 0, memoryMiB: 0 },
  };
  const component: ComponentModel = {
    id: 'gpu-operator',
    namespace: 'gpu-operator',
    version: 'v26.7.0',
    installed: false,
    neededBy: ['example/east/h100'],
    values: {},
    agents: [agent],
  };
  return examplePlatform({ pools: [pool], components: [component] });
}

function judge(component: ComponentModel, cluster: ClusterModel): readonly Verdict[] {
  const agents = component.agents.filter(({ runsOn }) => runsOn === 'pools');
  const names = [...new Set(agents.flatMap(({ pools }) => pools))].sort();
  return names.flatMap((name) => {
    const pool = cluster.pools.find((candidate) => candidate.name === name);
    const needed = agents.filter(({ pools }) => pools.includes(name));
    return pool === undefined ? [noSuchPool(component, name, cluster)] : onPool(component, needed, pool);
  });
}

/** One verdict for each fact that keeps agents of the component off the pool, with all agents that it concerns. */
function onPool(component: ComponentModel, needed: readonly AgentModel[], pool: PoolModel): readonly Verdict[] {
  const keptOff = new Map<string, { readonly obstacle: Obstacle; readonly agents: AgentModel[] }>();
  for (const agent of needed) {
    for (const obstacle of landsOn(placementOfAgent(agent), pool).obstacles) {
      const clash = describeObstacle(obstacle);
      const entry = keptOff.get(clash) ?? { obstacle, agents: [] };
      entry.agents.push(agent);
      keptOff.set(clash, entry);
    }
  }
  // Of an installation that is not ours the model knows only what was declared.
  const verdict = component.installed ? unknown : fail;
  return [...keptOff]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([clash, { obstacle, agents }]) => {
      const names = agents.map(({ name }) => name).sort();
      return verdict(
        pool.path,
        `${names.join(', ')} of component '${component.id}' cannot run on pool '${pool.name}': ${clash}`,
        remedy(obstacle, agents, component),
      );
    });
}

function remedy(obstacle: Obstacle, agents: readonly AgentModel[], component: ComponentModel): string {
  const whose = component.installed ? `your installation of '${component.id}'` : `component '${component.id}'`;
  if (obstacle.kind === 'taint') {
    const given = agents.map(({ tolerations }) => tolerations.map((toleration) => ({ ...toleration })));
    const lists = new Set(given.flatMap((list) => placesOf(list, component.values)));
    const list = lists.size === 0 ? 'the tolerations' : [...lists].sort().join(' and ');
    return `Add ${formatToleration(obstacle.taint)} to ${list} in the values of ${whose}, or drop the taint from the pool.`;
  }
  if (obstacle.kind === 'label') {
    return `Give the pool the label ${obstacle.key}=${obstacle.wanted}, or change the node selector in the values of ${whose}.`;
  }
  return `Change the placement in the values of ${whose}.`;
}

/** Where in the values the tolerations stand: an agent carries the very list that its chart was given. */
function placesOf(list: Json, values: Json | undefined, path: readonly string[] = []): readonly string[] {
  if (Array.isArray(values)) {
    return /tolerations$/i.test(path.at(-1) ?? '') && textOf(values) === textOf(list) ? [path.join('.')] : [];
  }
  if (!isJsonObject(values)) return [];
  return Object.entries(values).flatMap(([key, member]) => placesOf(list, member, [...path, key]));
}

function textOf(list: Json): string {
  return JSON.stringify(sorted(list));
}

function noSuchPool(component: ComponentModel, name: string, cluster: ClusterModel): Verdict {
  return unknown(
    cluster.path,
    `component '${component.id}' has agents for pool '${name}', which the cluster does not have`,
    `Use one of ${cluster.pools
      .map((pool) => `'${pool.name}'`)
      .sort()
      .join(', ')}.`,
  );
}
