import { AiCluster, aws, Platform, Scheduler, Tenant, TrainingQueue } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';

function scene() {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const h100 = cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4, maxNodes: 8 });
  const objects = (kind: string) =>
    platform
      .model()
      .clusters.flatMap((one) => one.units)
      .flatMap((unit) => unit.objects.map((object) => object.manifest))
      .filter((manifest) => manifest.kind === kind);
  return { platform, cluster, h100, objects };
}

describe('a tenant', () => {
  test('counts its GPUs under the one prefix that the API server counts', () => {
    const { cluster, h100, objects } = scene();
    new Tenant(cluster, 'vision', { quota: [h100.gpus(16), h100.gpus(16)] });
    expect(objects('ResourceQuota')[0]?.['spec']).toEqual({ hard: { pods: '1000', 'requests.nvidia.com/gpu': '32' } });
  });

  test('is a restricted namespace with a closed network that its own pods, DNS and Prometheus pass', () => {
    const { cluster, h100, objects } = scene();
    new Tenant(cluster, 'vision', { quota: [h100.gpus(16)] });
    const namespace = objects('Namespace').find((one) => one.metadata.name === 'vision');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(objects('NetworkPolicy').map((one) => one.metadata.name)).toEqual([
      'allow-dns',
      'allow-same-namespace',
      'default-deny',
      'allow-monitoring',
    ]);
  });

  test('refuses an overcommit that would leave part of a pool to nobody', () => {
    const { cluster, h100 } = scene();
    expect(() => new Tenant(cluster, 'vision', { quota: [h100.gpus(8)], overcommit: 0.5 })).toThrow(/TENANT-001/);
  });

  test('gives its members no way to change their own quota', () => {
    const { cluster, h100, objects } = scene();
    new Tenant(cluster, 'vision', { quota: [h100.gpus(16)], groups: ['b', 'a'] });
    const rules = objects('Role')[0]?.['rules'] as readonly {
      resources: readonly string[];
      verbs: readonly string[];
    }[];
    const verbs = rules.filter((rule) => rule.resources.includes('resourcequotas')).flatMap((rule) => rule.verbs);
    expect(verbs).toEqual(['get', 'list', 'watch']);
    expect(objects('RoleBinding')[0]?.['subjects']).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  });
});

describe('a queue', () => {
  test('has the sum of its amounts by resource name, and its guarantee as its share when none is given', () => {
    const { cluster, h100, objects } = scene();
    const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(32)] });
    new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano(), guarantee: [h100.gpus(8)] });
    expect(objects('Queue')[0]).toMatchObject({
      metadata: { name: 'vision-pretrain' },
      spec: {
        guarantee: { resource: { 'nvidia.com/gpu': '8' } },
        deserved: { 'nvidia.com/gpu': '8' },
        reclaimable: true,
      },
    });
  });

  test('below another queue has its back end and comes after it', () => {
    const { platform, cluster, h100 } = scene();
    const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(32)] });
    const parent = new TrainingQueue(vision, 'all', { scheduler: Scheduler.volcano(), guarantee: [h100.gpus(16)] });
    const child = new TrainingQueue(parent, 'pretrain', { guarantee: [h100.gpus(8)] });
    expect(child.queue).toMatchObject({ name: 'vision-all-pretrain', parent: 'vision-all', scheduler: 'volcano' });
    const unit = platform.model().clusters[0]?.units.find((one) => one.id === 'queue-vision-all-pretrain');
    expect(unit?.dependsOn).toContain('queue-vision-all');
  });

  test('needs a back end, and not another than its parent', () => {
    const { cluster } = scene();
    expect(() => new TrainingQueue(cluster, 'shared', {})).toThrow(/QUEUE-001 at east\/shared/);
    const parent = new TrainingQueue(cluster, 'all', { scheduler: Scheduler.volcano() });
    expect(() => new TrainingQueue(parent, 'other', { scheduler: Scheduler.kubernetes() })).toThrow(/QUEUE-001/);
  });
});
