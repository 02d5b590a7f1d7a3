import { Chart, Size } from 'cdk8s';
import { AiCluster, aws, Platform, type PlatformModel, Tenant } from 'cdk8s-ai';
import { runOnPool } from 'cdk8s-ai/plus';
import * as plus27 from 'cdk8s-plus-27';
import * as plus34 from 'cdk8s-plus-34';
import { describe, expect, test } from 'vitest';

/** The manifest of the one Deployment of the platform. */
function deploymentOf(model: PlatformModel) {
  const object = model.clusters
    .flatMap((cluster) => cluster.units)
    .flatMap((unit) => unit.objects)
    .find((one) => one.manifest.kind === 'Deployment');
  if (object === undefined) throw new Error('no Deployment');
  return object.manifest;
}

function scene() {
  const platform = new Platform({ name: 'research', registries: ['registry.example.com'] });
  const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const l4 = cluster.addGpuNodePool('l4', {
    instanceType: 'g6.4xlarge',
    minNodes: 2,
    taints: [{ key: 'team', value: 'apps', effect: 'NoSchedule' }],
  });
  const apps = new Tenant(cluster, 'apps', { quota: [l4.gpus(2)] });
  return { platform, l4, chart: new Chart(apps, 'demo', { namespace: apps.namespace }) };
}

describe.each([
  ['cdk8s-plus-27', plus27.Deployment],
  ['the newest cdk8s-plus', plus34.Deployment],
] as const)('a Deployment of %s on a pool', (_, Deployment) => {
  test('selects and tolerates the pool, asks for its GPUs and passes every rule', () => {
    const { platform, l4, chart } = scene();
    const web = new Deployment(chart, 'web', {
      replicas: 1,
      containers: [{ image: `registry.example.com/web@sha256:${'5b'.repeat(32)}` }],
    });
    runOnPool(web, l4, { gpus: 1 });
    expect(platform.check().findings).toEqual([]);
    expect(deploymentOf(platform.model())['spec']).toMatchObject({
      template: {
        spec: {
          tolerations: [
            { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
            { key: 'team', operator: 'Exists', effect: 'NoSchedule' },
          ],
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'cdk8s-ai.dev/pool', operator: 'In', values: ['l4'] }] },
                ],
              },
            },
          },
          containers: [{ resources: { limits: { 'nvidia.com/gpu': '1' }, requests: { 'nvidia.com/gpu': '1' } } }],
        },
      },
    });
  });

  test('keeps the limits that the container has, whichever they are', () => {
    for (const resources of [
      {},
      { memory: { limit: Size.gibibytes(2) } },
      { cpu: { request: plus27.Cpu.millis(500) } },
    ]) {
      const { platform, l4, chart } = scene();
      const web = new Deployment(chart, 'web', {
        replicas: 1,
        containers: [{ image: `registry.example.com/web@sha256:${'5b'.repeat(32)}`, resources }],
      });
      runOnPool(web, l4, { gpus: 1 });
      expect(JSON.stringify(deploymentOf(platform.model()))).toContain('"nvidia.com/gpu":"1"');
    }
  });

  test('refuses a workload without containers', () => {
    const { l4, chart } = scene();
    const web = new Deployment(chart, 'web', { replicas: 1 });
    expect(() => runOnPool(web, l4, { gpus: 1 })).toThrow(/PLUS-001 at east\/apps\/demo\/web/);
  });
});
