import { at, type Json, objectsIn } from '../model/json.ts';
import { formatTaint, stringMap, type Taint, type Toleration, untolerated } from '../model/kubernetes.ts';
import type { ClusterModel, ComponentModel, PlacementModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { formatToleration } from './landing.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const taint013: Policy = {
  id: 'TAINT-013',
  title: 'Every value by which a chart places its pods puts them where they belong, for hook jobs and subcharts too.',
  why: 'A chart has one such value for each kind of pod. Where one is missed, the pods that it is for wait for a node, and an installation that waits for them never ends.',
  source: 'https://cert-manager.io/docs/installation/best-practice/#isolate-cert-manager-on-dedicated-node-pools',
  severity: 'error',
  check: perCluster((cluster) => cluster.components.flatMap((component) => judge(component, cluster))),
  examples: {
    passing: () => withHook([{ key: 'dedicated', operator: 'Exists' }]),
    failing: () => withHook([]),
  },
};

function withHook(tolerations: readonly { readonly key: string; readonly operator: string }[]) {
  const [cluster] = examplePlatform().clusters;
  const placement: PlacementModel = {
    system: { nodeSelector: [], tolerations: ['startupapicheck.tolerations'] },
  };
  const component: ComponentModel = {
    id: 'cert-manager',
    namespace: 'cert-manager',
    version: 'v1.21.1',
    installed: false,
    neededBy: [],
    values: { startupapicheck: { tolerations } },
    placement,
    agents: [],
  };
  const taints: readonly Taint[] = [{ key: 'dedicated', value: 'system', effect: 'NoSchedule' }];
  return examplePlatform({
    components: [component],
    ...(cluster === undefined ? {} : { systemPool: { ...cluster.systemPool, taints } }),
  });
}

function judge(component: ComponentModel, cluster: ClusterModel): readonly Verdict[] {
  const { system, pools } = component.placement ?? {};
  const { systemPool } = cluster;
  const served = new Set(component.agents.flatMap((agent) => (agent.runsOn === 'pools' ? agent.pools : [])));
  const poolTaints = cluster.pools.filter(({ name }) => served.has(name)).flatMap(({ taints }) => taints);
  return [
    ...(system?.nodeSelector ?? []).flatMap((path) => judgeSelector(component, path, cluster)),
    ...(system?.tolerations ?? []).flatMap((path) =>
      judgeTolerations(component, path, systemPool.path, 'the system pool', systemPool.taints),
    ),
    ...(pools?.tolerations ?? []).flatMap((path) =>
      judgeTolerations(component, path, cluster.path, 'the pools that it serves', poolTaints),
    ),
  ];
}

function valueAt({ values }: ComponentModel, path: string): Json | undefined {
  return at(values, ...path.split('.'));
}

function judgeSelector(component: ComponentModel, path: string, { systemPool }: ClusterModel): readonly Verdict[] {
  const selector = stringMap(valueAt(component, path));
  const missed = Object.entries(systemPool.labels).filter(([key, value]) => selector[key] !== value);
  if (missed.length === 0) return [];
  const labels = missed.map(([key, value]) => `${key}: ${value}`).join(', ');
  return [
    fail(
      systemPool.path,
      `${path} of component '${component.id}' does not select the system pool: it lacks ${labels}`,
      `Add ${labels} to ${path} in the values of component '${component.id}', or leave it out there.`,
    ),
  ];
}

function judgeTolerations(
  component: ComponentModel,
  path: string,
  where: string,
  nodes: string,
  taints: readonly Taint[],
): readonly Verdict[] {
  const tolerations = objectsIn(valueAt(component, path)) as readonly Toleration[];
  const missed = new Map(untolerated(taints, tolerations).map((taint) => [formatTaint(taint), taint]));
  return [...missed].map(([text, taint]) =>
    fail(
      where,
      `${path} of component '${component.id}' does not tolerate the taint ${text} of ${nodes}`,
      `Add ${formatToleration(taint)} to ${path} in the values of component '${component.id}', or leave it out there.`,
    ),
  );
}
