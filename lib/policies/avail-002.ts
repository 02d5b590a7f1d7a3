import { at, type Json } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { counted } from './capacity.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';
import { selects, workloadsOf } from './workloads.ts';

export const avail002: Policy = {
  id: 'AVAIL-002',
  title: 'A PodDisruptionBudget lets at least one pod go, and pods that are broken anyway.',
  why: 'A node with a pod that must not go is never emptied, and the upgrade of the whole pool waits for it.',
  source: 'https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy',
  severity: 'warning',
  check: perCluster((cluster) =>
    objectsOfKind(cluster, 'policy', 'PodDisruptionBudget').flatMap((budget) => [...judge(budget, cluster)]),
  ),
  examples: {
    passing: () => withBudget({ minAvailable: 1 }),
    failing: () => withBudget({ minAvailable: 2 }),
  },
};

function withBudget(bound: Readonly<Record<string, number>>) {
  const web: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'vision' },
    spec: { replicas: 2, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
  };
  const budget: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web-budget', namespace: 'vision' },
    spec: { ...bound, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: { app: 'web' } } },
  };
  return examplePlatform({ units: [exampleUnit(web, budget)] });
}

function* judge({ path, manifest }: ObjectModel, cluster: ClusterModel): Iterable<Verdict> {
  const { name, namespace = 'default' } = manifest.metadata;
  const spec = manifest['spec'];
  const title = `PodDisruptionBudget '${name}'`;
  const [minimum, maximum] = [at(spec, 'minAvailable'), at(spec, 'maxUnavailable')];
  if (minimum !== undefined && maximum !== undefined) {
    yield fail(path, `${title} has minAvailable and maxUnavailable`, 'Leave minAvailable out.');
  }
  if (at(spec, 'unhealthyPodEvictionPolicy') !== 'AlwaysAllow') {
    const what = `${title} keeps pods on their node that were never ready`;
    yield fail(path, what, "Set unhealthyPodEvictionPolicy: 'AlwaysAllow'.");
  }
  if (maximum === 0 || maximum === '0%') {
    yield fail(path, `${title} lets no pod go: maxUnavailable is ${maximum}`, 'Set maxUnavailable to 1.');
  }
  const selected = (workloadsOf(cluster).get(namespace) ?? []).filter(({ labels }) =>
    selects(at(spec, 'selector'), labels),
  );
  const least = selected.reduce((sum, workload) => sum + workload.least, 0);
  const kept = keptOf(minimum, least);
  if (least === 0 || kept === undefined || kept < least) return;
  const what = `${title} keeps ${kept} of the ${counted(least, 'pod')} that ${selected.map(({ title: one }) => one).join(' and ')} always has`;
  yield fail(path, what, 'Set maxUnavailable: 1 in place of minAvailable.');
}

/** Percentages round up. */
function keptOf(minimum: Json | undefined, pods: number): number | undefined {
  if (typeof minimum === 'number') return minimum;
  const percent = /^(\d+)%$/.exec(String(minimum))?.[1];
  return percent === undefined ? undefined : Math.ceil((Number(percent) * pods) / 100);
}
