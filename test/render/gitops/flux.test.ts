import { describe, expect, test } from 'vitest';
import { at } from '../../../lib/model/json.ts';
import { smallPlatform } from './small-platform.ts';
import { fluxTree, objectsOf, readFlux } from './tree.ts';

const options = { repoUrl: 'https://git.example.com/platform.git', path: 'deploy' };
const files = fluxTree(smallPlatform, options);

function kustomization(id: string) {
  const [one] = objectsOf(files, `clusters/east/${id}.yaml`);
  if (one === undefined) throw new Error(`no ${id}`);
  return one;
}

describe('a Kustomization', () => {
  test('waits for those of the units it needs, and is ready when all that it holds is', () => {
    expect(kustomization('queue-pretrain')['spec']).toEqual({
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      path: './deploy/units/east/queue-pretrain',
      dependsOn: [{ name: 'queue-research' }, { name: 'volcano' }, { name: 'cert-manager-crds' }],
      retryInterval: '1m',
      interval: '10m',
      timeout: '5m',
      prune: true,
      wait: true,
      deletionPolicy: 'WaitForTermination',
    });
  });

  test('with custom resources waits for the CRDs of every component, because Flux may learn of a group only in part', () => {
    const needs = (id: string) => JSON.stringify(at(kustomization(id), 'spec', 'dependsOn') ?? []);
    expect(needs('queue-research')).toContain('cert-manager-crds');
    expect(needs('tenant-vision')).not.toContain('cert-manager-crds');
    expect(needs('volcano')).not.toContain('cert-manager-crds');
    expect(needs('cert-manager-crds')).toBe('[]');
  });

  test('waits longer for a chart than Helm does', () => {
    const [, release] = objectsOf(files, 'units/east/volcano/charts.yaml');
    expect(minutes(at(kustomization('volcano'), 'spec', 'timeout'))).toBeGreaterThan(
      minutes(at(release, 'spec', 'timeout')),
    );
  });

  test('of a job is suspended, prunes nothing, and applies the job only where it is not', () => {
    expect(kustomization('job-resnet')['spec']).toMatchObject({ suspend: true, prune: false });
    const [job] = objectsOf(files, 'units/east/job-resnet/objects.yaml');
    expect(job?.metadata.annotations).toEqual({ 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' });
  });

  test('does not hold others back while a claim waits for its first consumer', () => {
    expect(at(kustomization('tenant-vision'), 'spec', 'healthCheckExprs')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        failed: "status.phase == 'Lost'",
        current: "status.phase in ['Pending', 'Bound']",
      },
    ]);
    expect(at(kustomization('volcano'), 'spec', 'healthCheckExprs')).toBeUndefined();
  });

  test("applies nothing that lies below the folder of Flux's first Kustomization, which would apply it too", () => {
    for (const { owner } of readFlux(files, 'deploy')) expect(at(owner, 'spec', 'path')).not.toMatch(/clusters/);
    expect(
      [...files.keys()]
        .filter((path) => path.startsWith('clusters/'))
        .every((path) => /^clusters\/east\/[^/]+\.yaml$/.test(path)),
    ).toBe(true);
  });
});

describe('a chart', () => {
  test('of a registry is an OCIRepository pinned by digest', () => {
    const [source, release] = objectsOf(files, 'units/east/cert-manager/charts.yaml');
    expect(source).toMatchObject({
      kind: 'OCIRepository',
      metadata: { name: 'cert-manager', namespace: 'cert-manager' },
      spec: {
        url: 'oci://quay.io/jetstack/charts/cert-manager',
        ref: { tag: 'v1.21.1', digest: 'sha256:5678' },
        layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
      },
    });
    expect(release?.['spec']).toMatchObject({
      chartRef: { kind: 'OCIRepository', name: 'cert-manager' },
      values: { crds: { enabled: false } },
    });
  });

  test('of a repository is a HelmRepository and an exact version', () => {
    const [source, release] = objectsOf(files, 'units/east/volcano/charts.yaml');
    expect(source).toMatchObject({ kind: 'HelmRepository', spec: { url: 'https://volcano-sh.github.io/helm-charts' } });
    expect(at(release, 'spec', 'chart', 'spec')).toEqual({
      chart: 'volcano',
      version: '1.15.1',
      sourceRef: { kind: 'HelmRepository', name: 'volcano' },
    });
  });

  test('brings its CRDs and renews them, unless a unit carries them', () => {
    const crds = (id: string) => {
      const [, release] = objectsOf(files, `units/east/${id}/charts.yaml`);
      return [at(release, 'spec', 'install', 'crds'), at(release, 'spec', 'upgrade', 'crds')];
    };
    expect(crds('volcano')).toEqual(['CreateReplace', 'CreateReplace']);
    expect(crds('cert-manager')).toEqual(['Skip', 'Skip']);
  });

  test('that fails is tried again and never uninstalled', () => {
    const [, release] = objectsOf(files, 'units/east/volcano/charts.yaml');
    for (const action of ['install', 'upgrade']) {
      expect(at(release, 'spec', action, 'strategy', 'name')).toBe('RetryOnFailure');
      expect(at(release, 'spec', action, 'remediation')).toBeUndefined();
    }
  });
});

test('a folder of a unit lists its files for kustomize', () => {
  expect(objectsOf(files, 'units/east/volcano/kustomization.yaml')).toEqual([
    {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['objects.yaml', 'charts.yaml'],
    },
  ]);
});

test('the README says how each cluster is bootstrapped', () => {
  expect(files.get('README.md')).toContain(
    'flux bootstrap git --url=https://git.example.com/platform.git --branch=main --path=deploy/clusters/east',
  );
});

function minutes(duration: unknown): number {
  return Number(/^(\d+)m$/.exec(String(duration))?.[1]);
}
