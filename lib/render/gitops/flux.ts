import type { FluxKustomization, HelmRelease, HelmRepository, OciRepository } from '../../../imports/flux.ts';
import { at } from '../../model/json.ts';
import { groupOf } from '../../model/kubernetes.ts';
import type { ChartReference, ObjectModel, UnitModel } from '../../model/platform-model.ts';
import type { PlatformStream } from '../../model/platform-stream.ts';
import { type FileStream, objectFiles } from '../layout.ts';
import { emitYaml } from '../yaml.ts';
import {
  ANNOTATIONS,
  annotated,
  checkUnits,
  emitTyped,
  type GitOpsOptions,
  isProtected,
  pathInRepository,
} from './common.ts';

/** The namespace of Flux, and its own name for the repository that it was bootstrapped from. */
const FLUX = 'flux-system';

/** Annotation for the digest of a chart from a repository that Flux cannot pin by digest. */
const DIGEST = 'cdk8s-ai.dev/chart-digest';

/**
 * A tree for Flux: in `clusters/<cluster>/`, the folder given to `flux bootstrap`, one Kustomization for each unit that
 * waits for those of the units that it needs; in `units/` what these apply. The units are apart because Flux's first
 * Kustomization applies all that it finds below its own folder.
 *
 * @throws PlatformError GITOPS-001 when a unit's id is longer than 63 characters; GITOPS-003 when a unit waits for one
 *   that runs once
 */
export function* renderFlux({ name: platform, clusters }: PlatformStream, options: GitOpsOptions): FileStream {
  const names: string[] = [];
  for (const cluster of clusters) {
    names.push(cluster.name);
    checkUnits(cluster, (unit) => unit.id);
    const needsOf = neededUnits(cluster.units);
    for (const unit of cluster.units) {
      const folder = `units/${cluster.name}/${unit.id}`;
      yield [
        `clusters/${cluster.name}/${unit.id}.yaml`,
        emitTyped(kustomizationOf(unit, needsOf(unit), pathInRepository(options, folder))),
      ];
      const parts = partsOf(unit, options);
      for (const [name, text] of parts) yield [`${folder}/${name}`, text];
      yield [
        `${folder}/kustomization.yaml`,
        emitYaml({
          apiVersion: 'kustomize.config.k8s.io/v1beta1',
          kind: 'Kustomization',
          resources: [...parts.keys()],
        }),
      ];
    }
  }
  yield ['README.md', readme(platform, names.sort(), options)];
}

/**
 * What a unit waits for: its needs and, when it has custom resources, every unit of CRDs. Flux learns the kinds of an API
 * group once: when it asks for the health of the first custom resource while CRDs are still being defined, it may see a
 * part of another group, and then it finds the other kinds of that group only after a restart.
 *
 * @see https://github.com/fluxcd/kustomize-controller/issues/1680
 */
function neededUnits(units: readonly UnitModel[]): (unit: UnitModel) => readonly string[] {
  const crds = units.filter(({ kind }) => kind === 'crds');
  const defined = new Set(crds.flatMap(({ objects }) => objects.map(({ manifest }) => at(manifest['spec'], 'group'))));
  const isCustom = (group: string) => defined.has(group) || (group.includes('.') && !group.endsWith('.k8s.io'));
  return ({ dependsOn, objects, runOnce }) =>
    !runOnce && objects.some(({ manifest }) => isCustom(groupOf(manifest.apiVersion)))
      ? [...new Set([...dependsOn, ...crds.map(({ id }) => id)])]
      : dependsOn;
}

function kustomizationOf(unit: UnitModel, needs: readonly string[], path: string): FluxKustomization {
  const claims = unit.objects.some(({ manifest }) => manifest.kind === 'PersistentVolumeClaim');
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: unit.id, namespace: FLUX },
    spec: {
      sourceRef: { kind: 'GitRepository', name: FLUX },
      path: `./${path}`,
      ...(needs.length === 0 ? {} : { dependsOn: needs.map((name) => ({ name })) }),
      retryInterval: '1m',
      ...(unit.runOnce ? startedByHand : keptUpToDate(unit)),
      ...(claims ? { healthCheckExprs: [PENDING_CLAIM] } : {}),
    },
  };
}

/** Suspended: `flux resume` applies it once, and Flux's first Kustomization suspends it again. */
const startedByHand = { interval: '24h', prune: false, suspend: true };

function keptUpToDate({ charts }: UnitModel) {
  return {
    interval: '10m',
    // Longer than what Helm takes at most.
    timeout: charts.length > 0 ? '15m' : '5m',
    prune: true,
    // Ready only when all is healthy: that is what others wait for.
    wait: true,
    // Somebody who deletes units one after the other can wait for each.
    deletionPolicy: 'WaitForTermination',
  } as const;
}

/** A claim of a storage class that waits for its first consumer is pending until a job comes that waits for this unit. */
const PENDING_CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  failed: "status.phase == 'Lost'",
  current: "status.phase in ['Pending', 'Bound']",
};

/** The files of a unit by name. */
function partsOf(unit: UnitModel, { layout }: GitOpsOptions): ReadonlyMap<string, string> {
  const manifests = unit.objects.map((object) => manifestOf(object, unit));
  const parts = new Map(objectFiles(manifests, layout));
  if (unit.charts.length > 0) parts.set('charts.yaml', emitTyped(...unit.charts.flatMap(chartObjects)));
  return parts;
}

function manifestOf({ manifest }: ObjectModel, unit: UnitModel) {
  return annotated(
    manifest,
    ...(isProtected(manifest) ? [ANNOTATIONS.fluxKeep] : []),
    ...(unit.runOnce ? [ANNOTATIONS.fluxOnce] : []),
  );
}

/** A chart is two objects, both in the namespace of the release: where it comes from and how it is installed. */
function chartObjects(chart: ChartReference): readonly [OciRepository | HelmRepository, HelmRelease] {
  const { release, namespace, repository, digest } = chart;
  const isOci = repository.startsWith('oci://');
  const metadata = { name: release, namespace };
  const crds = chart.skipCrds ? 'Skip' : 'CreateReplace';
  // The default strategy uninstalls a failed release, and with it CRDs that are templates of the chart.
  const strategy = { name: 'RetryOnFailure', retryInterval: '1m' } as const;
  return [
    isOci
      ? ociRepository(chart, metadata)
      : {
          apiVersion: 'source.toolkit.fluxcd.io/v1',
          kind: 'HelmRepository',
          metadata,
          spec: { url: repository, interval: '1h' },
        },
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { ...metadata, ...(digest === undefined || isOci ? {} : { annotations: { [DIGEST]: digest } }) },
      spec: {
        ...(isOci
          ? { chartRef: { kind: 'OCIRepository', name: release } }
          : {
              chart: {
                spec: {
                  chart: chart.chart,
                  version: chart.version,
                  sourceRef: { kind: 'HelmRepository', name: release },
                },
              },
            }),
        releaseName: release,
        interval: '1h',
        timeout: '10m',
        install: { crds, strategy },
        upgrade: { crds, strategy },
        values: chart.values,
      },
    },
  ];
}

function ociRepository(
  { repository, chart, version, digest }: ChartReference,
  metadata: { name: string; namespace: string },
): OciRepository {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata,
    spec: {
      url: `${repository}/${chart}`,
      interval: '1h',
      // With both, the digest decides and the tag tells people the version.
      ref: { tag: version, ...(digest === undefined ? {} : { digest }) },
      layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
    },
  };
}

function readme(name: string, clusters: readonly string[], options: GitOpsOptions): string {
  const bootstrap = clusters.map(
    (cluster) =>
      `    flux bootstrap git --url=${options.repoUrl} --branch=${options.revision ?? 'main'} --path=${pathInRepository(options, 'clusters', cluster)}`,
  );
  return `# ${name} for Flux

Generated by cdk8s-ai. In each cluster, once:

${bootstrap.join('\n')}

Everything else follows, in the order of \`dependsOn\`.

- A job runs when somebody starts it: \`flux resume kustomization UNIT\`. It is never started again nor deleted by Flux.
- A unit that leaves the tree is deleted, except its namespaces, volume claims, CustomResourceDefinitions and jobs.
- Flux deletes units that leave the tree together all at once. To take a cluster down in the reverse order,
  \`flux suspend kustomization flux-system\`, then \`flux delete kustomization UNIT\`, those first that no other depends on.
- When Flux says \`no matches for kind\` of a kind that is there, restart its kustomize-controller: a chart defined the kind
  while Flux was learning what there is (https://github.com/fluxcd/kustomize-controller/issues/1680).
`;
}
