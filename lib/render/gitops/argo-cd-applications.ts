import type { Application } from '../../../imports/argo-cd.ts';
import { PlatformError } from '../../model/errors.ts';
import type { ChartReference, ClusterModel, UnitModel } from '../../model/platform-model.ts';
import { ARGO_CD, bootstrapProject, chartRepository } from './argo-cd-projects.ts';
import { type GitOpsOptions, pathInRepository } from './common.ts';

type Spec = Application['spec'];
type Source = NonNullable<Spec['source']>;

/** Name of the Application of a unit. */
export function applicationName(cluster: ClusterModel, unit: UnitModel): string {
  return `${cluster.name}-${unit.id}`;
}

/** Folder of the objects of a unit. */
export function objectsFolder(cluster: ClusterModel, unit: UnitModel): string {
  return `units/${cluster.name}/${unit.id}`;
}

/** The Applications over the Applications of a cluster. They lead to Argo CD's own cluster, where Applications live. */
export function rootsOf(
  platform: string,
  { name, units }: ClusterModel,
  options: GitOpsOptions,
): readonly Application[] {
  const root = (folder: string, rootName: string): Application => ({
    ...HEAD,
    metadata: { name: rootName, namespace: ARGO_CD.namespace },
    spec: {
      project: bootstrapProject(platform),
      destination: ARGO_CD,
      source: gitSource(options, folder, name),
      syncPolicy: automatic,
    },
  });
  return [
    ...(units.some((unit) => !unit.runOnce) ? [root('clusters', name)] : []),
    ...(units.some((unit) => unit.runOnce) ? [root('jobs', `${name}-jobs`)] : []),
  ];
}

/**
 * The Application of a unit; without a wave for one that runs once.
 *
 * @throws PlatformError GITOPS-004 when the charts of the unit go to several namespaces
 */
export function applicationOf(
  platform: string,
  cluster: ClusterModel,
  unit: UnitModel,
  wave: number | undefined,
  options: GitOpsOptions,
): Application {
  const sources = [
    ...unit.charts.map(chartSource),
    ...(unit.objects.length > 0 ? [gitSource(options, objectsFolder(cluster, unit))] : []),
  ];
  const [only, ...more] = sources;
  const namespace = namespaceOf(unit);
  const ignored = rewrittenFields(unit);
  const digests = unit.charts.flatMap(({ release, digest }) =>
    digest === undefined ? [] : [{ name: `digest of ${release}`, value: digest }],
  );
  return {
    ...HEAD,
    metadata: {
      name: applicationName(cluster, unit),
      namespace: ARGO_CD.namespace,
      // With the finalizer, what a unit holds goes when the unit is taken out of the tree. CRDs and jobs stay.
      ...(unit.runOnce || unit.kind === 'crds'
        ? {}
        : { finalizers: ['resources-finalizer.argocd.argoproj.io/foreground'] }),
      ...(wave === undefined ? {} : { annotations: { 'argocd.argoproj.io/sync-wave': String(wave) } }),
    },
    spec: {
      project: platform,
      destination: { name: cluster.name, ...(namespace === undefined ? {} : { namespace }) },
      ...(only !== undefined && more.length === 0 ? { source: only } : { sources }),
      syncPolicy: unit.runOnce ? manual : automatic,
      ...(ignored.length === 0 ? {} : { ignoreDifferences: ignored }),
      ...(digests.length === 0 ? {} : { info: digests }),
    },
  };
}

const HEAD = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' } as const;

/** Server-side apply leaves alone what operators write into our objects, and has no limit for the size of a CRD. */
const manual = {
  syncOptions: ['ServerSideApply=true'],
  // Half an hour: webhooks come up late, and after a commit all Applications sync at once, waves or not.
  retry: { limit: 10, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
} as const satisfies Spec['syncPolicy'];

const automatic = { automated: { prune: true, selfHeal: true }, ...manual } as const satisfies Spec['syncPolicy'];

function gitSource(options: GitOpsOptions, ...folder: readonly string[]): Source {
  return {
    repoURL: options.repoUrl,
    targetRevision: options.revision ?? 'main',
    path: pathInRepository(options, ...folder),
  };
}

function chartSource(chart: ChartReference): Source {
  return {
    repoURL: chartRepository(chart),
    chart: chart.chart,
    targetRevision: chart.version,
    helm: { releaseName: chart.release, valuesObject: chart.values, ...(chart.skipCrds ? { skipCrds: true } : {}) },
  };
}

/** The namespace for what a chart leaves without one; objects of ours name theirs. */
function namespaceOf({ charts, objects, path }: UnitModel): string | undefined {
  const [first, ...others] = new Set(charts.map((chart) => chart.namespace));
  if (others.length > 0) {
    throw new PlatformError(
      'GITOPS-004',
      path,
      `its charts go to the namespaces ${[first, ...others].join(', ')}, and an Application has one`,
      'Put each chart into a unit of its own.',
    );
  }
  return (
    first ?? objects.find(({ manifest }) => manifest.metadata.namespace !== undefined)?.manifest.metadata.namespace
  );
}

/** Certificates that operators write into objects whose manifest may hold a placeholder. */
const CERTIFICATES = [
  {
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingWebhookConfiguration',
    jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
  },
  {
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
  },
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    jqPathExpressions: ['.spec.conversion.webhook.clientConfig.caBundle'],
  },
];

function rewrittenFields({ charts, objects }: UnitModel): NonNullable<Spec['ignoreDifferences']> {
  return CERTIFICATES.filter(({ kind }) => charts.length > 0 || objects.some(({ manifest }) => manifest.kind === kind));
}
