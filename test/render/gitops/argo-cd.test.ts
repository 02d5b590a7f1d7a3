import { describe, expect, test } from 'vitest';
import { at } from '../../../lib/model/json.ts';
import type { PlatformModel } from '../../../lib/model/platform-model.ts';
import { examplePlatform } from '../../../lib/policies/examples.ts';
import { chart, object, objects, smallPlatform, unit, withUnit } from './small-platform.ts';
import { argoCdTree, objectsInFolder, objectsOf, readArgoCd } from './tree.ts';

const options = { repoUrl: 'https://git.example.com/platform.git' };
const files = argoCdTree(smallPlatform, options);
const tree = readArgoCd(files);

function found(id: string) {
  const one = tree.find((candidate) => candidate.id === id);
  if (one === undefined) throw new Error(`no ${id}`);
  return one;
}

const waves = () =>
  Object.fromEntries(
    objectsInFolder(files, 'clusters/east').map(({ metadata }) => [
      metadata.name,
      metadata.annotations?.['argocd.argoproj.io/sync-wave'],
    ]),
  );

describe('waves', () => {
  test('follow the levels of the graph, and what nothing waits for comes last', () => {
    expect(waves()).toEqual({
      'east-cert-manager-crds': '0',
      'east-volcano': '0',
      'east-cert-manager': '1',
      'east-queue-research': '1',
      'east-tenant-vision': '0',
      'east-app-web': '2',
      'east-tenant-speech': '2',
      'east-queue-pretrain': '2',
    });
  });

  test('have no place for jobs, which a root of their own lists', () => {
    expect(found('job-resnet').owner.metadata.annotations).toBeUndefined();
    expect(objectsOf(files, 'bootstrap/roots.yaml').map(({ metadata }) => metadata.name)).toEqual([
      'east',
      'east-jobs',
    ]);
  });

  test('wait because the ConfigMap gives Applications a health check again', () => {
    const [config] = objectsOf(files, 'bootstrap/argocd-cm.yaml');
    expect(config?.metadata).toMatchObject({ name: 'argocd-cm', namespace: 'argocd' });
    expect(Object.keys(config?.['data'] ?? {})).toContain('resource.customizations.health.argoproj.io_Application');
  });
});

describe('an Application', () => {
  test('leads to the cluster by name, applies on the server side, heals, prunes and tries again', () => {
    expect(found('tenant-vision').owner).toMatchObject({
      metadata: {
        name: 'east-tenant-vision',
        namespace: 'argocd',
        finalizers: ['resources-finalizer.argocd.argoproj.io/foreground'],
      },
      spec: {
        project: 'example',
        destination: { name: 'east', namespace: 'vision' },
        source: { repoURL: options.repoUrl, targetRevision: 'main', path: 'units/east/tenant-vision' },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ['ServerSideApply=true'],
          retry: { refresh: true },
        },
      },
    });
  });

  test('takes a chart from its repository with the values in place', () => {
    expect(at(found('cert-manager').owner, 'spec', 'sources', 0)).toEqual({
      repoURL: 'quay.io/jetstack/charts',
      chart: 'cert-manager',
      targetRevision: 'v1.21.1',
      helm: { releaseName: 'cert-manager', skipCrds: true, valuesObject: { crds: { enabled: false } } },
    });
    expect(at(found('volcano').owner, 'spec', 'sources', 0)).toMatchObject({
      repoURL: 'https://volcano-sh.github.io/helm-charts',
      helm: { releaseName: 'volcano' },
    });
    expect(at(found('volcano').owner, 'spec', 'sources', 0, 'helm', 'skipCrds')).toBeUndefined();
  });

  test('overlooks certificates that operators write, and nothing else', () => {
    expect(at(found('cert-manager-crds').owner, 'spec', 'ignoreDifferences')).toEqual([
      {
        group: 'apiextensions.k8s.io',
        kind: 'CustomResourceDefinition',
        jqPathExpressions: ['.spec.conversion.webhook.clientConfig.caBundle'],
      },
    ]);
    expect(at(found('volcano').owner, 'spec', 'ignoreDifferences')).toHaveLength(3);
    expect(at(found('tenant-vision').owner, 'spec', 'ignoreDifferences')).toBeUndefined();
  });

  test('of CRDs leaves them behind when it goes', () => {
    expect(found('cert-manager-crds').owner.metadata['finalizers']).toBeUndefined();
  });

  test('of a job is synced by hand and leaves the job behind when it goes', () => {
    const { owner, objects } = found('job-resnet');
    expect(at(owner, 'spec', 'syncPolicy', 'automated')).toBeUndefined();
    expect(owner.metadata['finalizers']).toBeUndefined();
    expect(objects[0]?.metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' });
  });

  test('does not hold others back while a claim waits for its first consumer', () => {
    const claim = found('tenant-vision').objects.find(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claim?.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/ignore-healthcheck': 'true' });
  });

  test('with charts for two namespaces is refused', () => {
    const model = withUnit('volcano', { charts: [chart(), chart({ release: 'other', namespace: 'elsewhere' })] });
    expect(() => argoCdTree(model, options)).toThrow(
      'GITOPS-004 at example/east/volcano: its charts go to the namespaces volcano-system, elsewhere',
    );
  });

  test('with the name of another is refused, though the clusters differ', () => {
    const cluster = (name: string, id: string) =>
      ({ ...examplePlatform({ name, units: [unit(id, objects(object('ConfigMap', 'c', { namespace: 'default' })))] }) })
        .clusters;
    const model: PlatformModel = { ...smallPlatform, clusters: [...cluster('east', 'a-b'), ...cluster('east-a', 'b')] };
    expect(() => argoCdTree(model, options)).toThrow(
      "GITOPS-002 at example: two Argo CD Applications would be named 'east-a-b'",
    );
  });
});

describe('the projects', () => {
  const [own, bootstrap] = objectsOf(files, 'bootstrap/projects.yaml');

  test('allow the repositories, namespaces and cluster-wide kinds that the platform uses', () => {
    expect(own?.['spec']).toMatchObject({
      sourceRepos: [
        'https://git.example.com/platform.git',
        'https://volcano-sh.github.io/helm-charts',
        'quay.io/jetstack/charts',
      ],
      destinations: [
        { name: 'east' },
        ...['cert-manager', 'kube-system', 'vision', 'volcano-system'].map((namespace) => ({
          name: 'east',
          namespace,
        })),
      ],
    });
    const kinds = at(own, 'spec', 'clusterResourceWhitelist');
    expect(kinds).toContainEqual({ group: '', kind: 'Namespace' });
    expect(kinds).toContainEqual({ group: 'scheduling.volcano.sh', kind: 'Queue' });
    expect(kinds).toContainEqual({ group: 'cert-manager.io', kind: 'ClusterIssuer' });
    expect(kinds).not.toContainEqual({ group: 'cert-manager.io', kind: 'Certificate' });
  });

  test('let only the roots make Applications, and the roots nothing else', () => {
    expect(bootstrap).toMatchObject({
      metadata: { name: 'example-bootstrap' },
      spec: {
        destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'argocd' }],
        namespaceResourceWhitelist: [{ group: 'argoproj.io', kind: 'Application' }],
      },
    });
    expect(objectsOf(files, 'bootstrap/roots.yaml').map((root) => at(root, 'spec', 'project'))).toEqual([
      'example-bootstrap',
      'example-bootstrap',
    ]);
    expect(JSON.stringify(at(own, 'spec', 'destinations'))).not.toContain('argocd');
  });

  test('of a platform without charts allow no kind that only charts make', () => {
    const plain = argoCdTree(examplePlatform({ units: [unit('t', objects(object('Namespace', 'vision')))] }), options);
    expect(at(objectsOf(plain, 'bootstrap/projects.yaml')[0], 'spec', 'clusterResourceWhitelist')).toEqual([
      { group: '', kind: 'Namespace' },
    ]);
  });
});
