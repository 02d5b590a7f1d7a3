import type { AppProject } from '../../../imports/argo-cd.ts';
import { at } from '../../model/json.ts';
import { groupOf, type Manifest } from '../../model/kubernetes.ts';
import type { ChartReference, ClusterModel } from '../../model/platform-model.ts';
import type { GitOpsOptions } from './common.ts';

/** Where Argo CD keeps Applications: by URL, because the team may have given its own cluster any name. */
export const ARGO_CD = { server: 'https://kubernetes.default.svc', namespace: 'argocd' } as const;

/** Cluster-wide kinds that charts of the catalogue make and that no model shows. */
const CHART_KINDS = [
  { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' },
  { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
  { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
  { group: 'storage.k8s.io', kind: 'CSIDriver' },
];

/** Where charts put what must stand beside the control plane: leader election, Services of its metrics. */
const CHART_NAMESPACE = 'kube-system';

/** Name of the project of the root Applications. */
export function bootstrapProject(platform: string): string {
  return `${platform}-bootstrap`;
}

/** A chart repository as Argo CD writes it: an OCI registry goes without scheme. */
export function chartRepository({ repository }: ChartReference): string {
  return repository.replace(/^oci:\/\//, '');
}

/** What a cluster needs of the project of its platform. */
export interface ProjectNeeds {
  readonly cluster: string;
  readonly sourceRepos: readonly string[];
  readonly destinations: readonly { readonly name: string; readonly namespace?: string }[];
  readonly clusterKinds: readonly GroupKind[];
}

interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export function projectNeeds(cluster: ClusterModel): ProjectNeeds {
  const charts = cluster.units.flatMap((unit) => unit.charts);
  const objects = cluster.units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
  return {
    cluster: cluster.name,
    sourceRepos: unique(charts.map(chartRepository)),
    destinations: destinationsOf(cluster),
    clusterKinds: distinct(clusterKinds(objects, charts.length > 0)),
  };
}

/**
 * The project of the platform, restricted to the repositories, namespaces and cluster-wide kinds that it uses, and the
 * project of the root Applications, which alone may make Applications. One project for both could make an Application in
 * any other project, and so reach everything.
 */
export function appProjects(
  platform: string,
  needs: readonly ProjectNeeds[],
  { repoUrl }: GitOpsOptions,
): readonly AppProject[] {
  return [
    project(platform, {
      description: `The clusters of ${platform}`,
      sourceRepos: unique([repoUrl, ...needs.flatMap((one) => one.sourceRepos)]),
      destinations: needs.flatMap((one) => [...one.destinations]),
      clusterResourceWhitelist: [...distinct(needs.flatMap((one) => one.clusterKinds))],
    }),
    project(bootstrapProject(platform), {
      description: `The Applications of ${platform}`,
      sourceRepos: [repoUrl],
      destinations: [ARGO_CD],
      namespaceResourceWhitelist: [{ group: 'argoproj.io', kind: 'Application' }],
    }),
  ];
}

function project(name: string, spec: AppProject['spec']): AppProject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: ARGO_CD.namespace },
    spec,
  };
}

function destinationsOf({ name, units }: ClusterModel): readonly { name: string; namespace?: string }[] {
  const charts = units.flatMap((unit) => unit.charts);
  const objects = units.flatMap((unit) => unit.objects);
  const namespaces = unique([
    ...objects.flatMap(({ manifest }) => manifest.metadata.namespace ?? []),
    ...charts.map((chart) => chart.namespace),
    ...(charts.length > 0 ? [CHART_NAMESPACE] : []),
  ]);
  // Without namespace: the Applications that hold only cluster-wide objects.
  return [{ name }, ...namespaces.map((namespace) => ({ name, namespace }))];
}

function clusterKinds(objects: readonly Manifest[], hasCharts: boolean): readonly GroupKind[] {
  return [
    ...objects
      .filter(({ metadata }) => metadata.namespace === undefined)
      .map(({ apiVersion, kind }) => ({ group: groupOf(apiVersion), kind })),
    // What a CRD defines may come from the chart that belongs to it, such as the GPU Operator's ClusterPolicy.
    ...objects
      .filter(({ kind, spec }) => kind === 'CustomResourceDefinition' && at(spec, 'scope') === 'Cluster')
      .map(({ spec }) => ({ group: String(at(spec, 'group')), kind: String(at(spec, 'names', 'kind')) })),
    ...(hasCharts ? CHART_KINDS : []),
  ];
}

function distinct(kinds: readonly GroupKind[]): readonly GroupKind[] {
  return [...new Map(kinds.map((one) => [`${one.group}/${one.kind}`, one])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, kind]) => kind);
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
