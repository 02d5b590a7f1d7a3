import { AiCluster, Framework, gcp, Platform, Scheduler, Tenant, TrainingJob, TrainingQueue } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

/** A job on GKE, whose accelerator networks are given out by resource claims. */
function onGke(gpusPerWorker: number, fabric: 'auto' | 'required' = 'auto') {
  const platform = new Platform({ name: 'research', registries: ['registry.example.com'] });
  const cluster = new AiCluster(platform, 'east', {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1' }),
    kubernetesVersion: '1.35',
  });
  const h200 = cluster.addGpuNodePool('h200', { instanceType: 'a3-ultragpu-8g', minNodes: 4, maxNodes: 4, fabric });
  const queue = new TrainingQueue(new Tenant(cluster, 'vision', { quota: [h200.gpus(32)] }), 'train', {
    scheduler: Scheduler.volcano(),
  });
  new TrainingJob(queue, 'llm', {
    framework: Framework.pytorch(),
    pool: h200,
    workers: 4,
    gpusPerWorker,
    image: 'registry.example.com/llm@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  });
  const [model] = platform.model().clusters;
  const job = model?.units.find(({ kind }) => kind === 'job');
  const manifests = (job?.objects ?? []).map(({ manifest }) => manifest);
  const [template] = manifests.flatMap(podTemplatesOf);
  return { platform, model, manifests, spec: template?.spec };
}

describe('interfaces that are given out by claims', () => {
  test('are claimed together with the GPUs of each worker', () => {
    const { platform, manifests, spec } = onGke(4, 'required');
    expect(manifests.find(({ kind }) => kind === 'ResourceClaimTemplate')).toMatchObject({
      apiVersion: 'resource.k8s.io/v1',
      metadata: { name: 'llm-fabric', namespace: 'vision' },
      spec: {
        spec: {
          devices: { requests: [{ exactly: { deviceClassName: 'mrdma.google.com', count: 4 } }] },
        },
      },
    });
    expect(at(spec, 'resourceClaims')).toEqual([{ name: 'fabric', resourceClaimTemplateName: 'llm-fabric' }]);
    expect(at(spec, 'containers', 0, 'resources', 'claims')).toEqual([{ name: 'fabric' }]);
    expect(platform.check().errors).toBe(0);
  });

  test('leave the choice of the transport to the plugin of the cloud', () => {
    const names = objectsIn(at(onGke(8, 'required').spec, 'containers', 0, 'env')).map(({ name }) => name);
    expect(names).not.toContain('NCCL_NET');
  });

  test('make Volcano look at claims, which it would not do by itself', () => {
    const { model } = onGke(8);
    expect(model?.volcanoConfig?.tiers.flat().find(({ name }) => name === 'predicates')?.arguments).toEqual({
      'predicate.DynamicResourceAllocationEnable': true,
    });
    expect(JSON.stringify(model?.components.find(({ id }) => id === 'volcano')?.values)).toContain(
      'predicate.DynamicResourceAllocationEnable: true',
    );
  });
});
