import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ChartReference, PlatformModel, UnitModel } from '../../../lib/model/platform-model.ts';
import { examplePlatform } from '../../../lib/policies/examples.ts';

/** A unit of the cluster `east`. */
export function unit(id: string, rest: Partial<UnitModel> = {}): UnitModel {
  return {
    id,
    kind: 'app',
    path: `example/east/${id}`,
    runOnce: false,
    dependsOn: [],
    charts: [],
    objects: [],
    ...rest,
  };
}

/** Objects as a unit holds them. */
export function objects(...manifests: readonly Manifest[]): Pick<UnitModel, 'objects'> {
  return { objects: manifests.map((manifest) => ({ path: `example/east/${manifest.metadata.name}`, manifest })) };
}

export function object(
  kind: string,
  name: string,
  rest: Partial<Manifest> & { namespace?: string; annotations?: Record<string, string> } = {},
): Manifest {
  const { namespace, annotations, ...others } = rest;
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...others,
  };
}

export function queue(name: string, spec: Record<string, string> = {}): Manifest {
  return object('Queue', name, { apiVersion: 'scheduling.volcano.sh/v1beta1', spec });
}

export function chart(rest: Partial<ChartReference> = {}): ChartReference {
  return {
    release: 'volcano',
    namespace: 'volcano-system',
    repository: 'https://volcano-sh.github.io/helm-charts',
    chart: 'volcano',
    version: '1.15.1',
    values: {},
    skipCrds: false,
    hooks: true,
    ...rest,
  };
}

function crd(plural: string, kind: string, scope: 'Cluster' | 'Namespaced'): Manifest {
  return object('CustomResourceDefinition', `${plural}.cert-manager.io`, {
    apiVersion: 'apiextensions.k8s.io/v1',
    spec: { group: 'cert-manager.io', scope, names: { kind } },
  });
}

/** CRDs in a unit and in a chart, charts of both kinds of repository, a tree of queues, a claim, a job. */
export const smallPlatform: PlatformModel = examplePlatform({
  units: [
    unit('cert-manager-crds', {
      kind: 'crds',
      ...objects(crd('certificates', 'Certificate', 'Namespaced'), crd('clusterissuers', 'ClusterIssuer', 'Cluster')),
    }),
    unit('tenant-vision', {
      kind: 'tenant',
      ...objects(
        object('Namespace', 'vision'),
        object('PersistentVolumeClaim', 'scratch', { namespace: 'vision' }),
        object('ConfigMap', 'settings', { namespace: 'vision', data: { answer: '42' } }),
      ),
    }),
    unit('tenant-speech', { kind: 'tenant', ...objects(object('Namespace', 'speech')) }),
    unit('volcano', {
      kind: 'component',
      charts: [chart({ digest: 'sha256:1234' })],
      ...objects(object('Namespace', 'volcano-system')),
    }),
    unit('cert-manager', {
      kind: 'component',
      dependsOn: ['cert-manager-crds'],
      charts: [
        chart({
          release: 'cert-manager',
          namespace: 'cert-manager',
          repository: 'oci://quay.io/jetstack/charts',
          chart: 'cert-manager',
          version: 'v1.21.1',
          digest: 'sha256:5678',
          values: { crds: { enabled: false } },
          skipCrds: true,
        }),
      ],
      ...objects(object('Namespace', 'cert-manager')),
    }),
    unit('queue-research', { kind: 'queue', dependsOn: ['volcano'], ...objects(queue('research')) }),
    unit('app-web', {
      dependsOn: ['cert-manager', 'cert-manager-crds', 'tenant-vision'],
      ...objects(object('Certificate', 'web', { apiVersion: 'cert-manager.io/v1', namespace: 'vision' })),
    }),
    unit('queue-pretrain', {
      kind: 'queue',
      dependsOn: ['queue-research', 'volcano'],
      ...objects(queue('pretrain', { parent: 'research' })),
    }),
    unit('job-resnet', {
      kind: 'job',
      runOnce: true,
      dependsOn: ['queue-pretrain', 'tenant-vision', 'volcano'],
      ...objects(
        object('Job', 'resnet', {
          apiVersion: 'batch.volcano.sh/v1alpha1',
          namespace: 'vision',
          spec: { queue: 'pretrain' },
        }),
      ),
    }),
  ],
});

/** The platform with one unit of its cluster changed. */
export function withUnit(id: string, change: Partial<UnitModel>): PlatformModel {
  const [cluster] = smallPlatform.clusters;
  return examplePlatform({ units: (cluster?.units ?? []).map((one) => (one.id === id ? { ...one, ...change } : one)) });
}
