import { at } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsInNamespace } from './objects.ts';
import { fail, type Policy, perCluster } from './policy.ts';
import { selects, workloadsOf } from './workloads.ts';

export const avail001: Policy = {
  id: 'AVAIL-001',
  title: 'Where several pods answer requests, a PodDisruptionBudget keeps them from going all at once.',
  why: 'Nodes are emptied one after the other for an upgrade, and without a budget every pod of a Deployment may be on its way at the same time.',
  source: 'https://kubernetes.io/docs/tasks/run-application/configure-pdb/',
  severity: 'warning',
  check: perCluster((cluster) =>
    [...workloadsOf(cluster)].flatMap(([namespace, workloads]) => {
      const budgets = objectsInNamespace(cluster, 'policy', 'PodDisruptionBudget', namespace);
      const selectors = budgets.flatMap(({ manifest }) => at(manifest['spec'], 'selector') ?? []);
      return workloads
        .filter(({ most, labels }) => most > 1 && !selectors.some((selector) => selects(selector, labels)))
        .map(({ path, title, most }) =>
          fail(
            path,
            `${title} has up to ${most} pods, and no PodDisruptionBudget selects them`,
            'Add a PodDisruptionBudget with maxUnavailable: 1 for its labels.',
          ),
        );
    }),
  ),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(web, budget('web'))] }),
    failing: () => examplePlatform({ units: [exampleUnit(web, budget('wep'))] }),
  },
};

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'vision' },
  spec: { replicas: 2, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
};

function budget(app: string): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web-budget', namespace: 'vision' },
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: { app } } },
  };
}
