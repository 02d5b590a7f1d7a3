import { Chart } from 'cdk8s';
import { AiCluster, aws, existing, Platform, SharedDataset, Sharing, Storage, Tenant } from 'cdk8s-ai';
import { mountDataset, runOnPool } from 'cdk8s-ai/plus';
import * as plus27 from 'cdk8s-plus-27';
import * as plus34 from 'cdk8s-plus-34';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

function scene() {
  const platform = new Platform({ name: 'lab', registries: ['registry.example.com'] });
  const cluster = new AiCluster(platform, 'hall', { cloud: existing(), kubernetesVersion: '1.35' });
  const mig = cluster.addGpuNodePool('mig', {
    instanceType: 'dgx-a100-640',
    minNodes: 1,
    labels: { 'nvidia.com/mig.config': 'mig' },
    taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }],
    sharing: Sharing.mig({ '1g.10gb': 7 }),
  });
  const apps = new Tenant(cluster, 'apps', { quota: [mig.slices('1g.10gb', 14)] });
  const dataset = new SharedDataset(apps, 'models', {
    storage: Storage.juiceFs({ secretName: 's' }),
    capacityGiB: 100,
    cacheGiB: 100,
    cachePath: '/raid',
  });
  const podSpec = () => {
    const [template] = platform
      .model()
      .clusters.flatMap(({ units }) => units.flatMap(({ objects }) => objects))
      .flatMap(({ manifest }) => podTemplatesOf(manifest));
    if (template === undefined) throw new Error('no pods');
    return template.spec;
  };
  return { platform, mig, dataset, podSpec, chart: new Chart(apps, 'demo', { namespace: apps.namespace }) };
}

describe.each([
  ['cdk8s-plus-27', plus27.Deployment],
  ['the newest cdk8s-plus', plus34.Deployment],
] as const)('a Deployment of %s', (_, Deployment) => {
  const containers = [{ image: `registry.example.com/web@sha256:${'5b'.repeat(32)}` }];

  test('reads a dataset and runs on slices of a pool', () => {
    const { platform, mig, dataset, podSpec, chart } = scene();
    const web = new Deployment(chart, 'web', { replicas: 1, containers });
    runOnPool(web, mig, { gpus: mig.slices('1g.10gb', 1) });
    mountDataset(web, dataset);
    expect(podSpec()['volumes']).toMatchObject([{ name: 'models', persistentVolumeClaim: { claimName: 'models' } }]);
    expect(at(podSpec(), 'containers', 0, 'volumeMounts')).toMatchObject([
      { name: 'models', mountPath: '/data/models', readOnly: true, mountPropagation: 'HostToContainer' },
    ]);
    expect(at(podSpec(), 'containers', 0, 'resources', 'limits', 'nvidia.com/mig-1g.10gb')).toBe('1');
    expect(platform.check().findings).toEqual([]);
  });

  test('writes to a dataset, where it is told to', () => {
    const { dataset, podSpec, chart } = scene();
    mountDataset(new Deployment(chart, 'web', { containers }), dataset, { path: '/models', readOnly: false });
    expect(objectsIn(at(podSpec(), 'containers', 0, 'volumeMounts'))[0]).toMatchObject({
      mountPath: '/models',
      readOnly: false,
    });
  });

  test('cannot take an amount of another pool, nor mount into a container that it has not', () => {
    const { dataset, mig, chart } = scene();
    const platform = new Platform({ name: 'other' });
    const east = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
    const l4 = east.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1 });
    const web = new Deployment(chart, 'web', { containers });
    expect(() => runOnPool(web, mig, { gpus: l4.gpus(1) })).toThrow(/PLUS-002 at hall\/apps\/demo\/web.*'l4'/);
    expect(() => mountDataset(web, dataset, { container: 1 })).toThrow(/PLUS-001/);
  });
});
