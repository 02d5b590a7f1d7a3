import {
  AiCluster,
  azure,
  Capacity,
  Duration,
  Framework,
  InferenceService,
  Platform,
  Runtime,
  Scheduler,
  Tenant,
  TrainingJob,
  type TrainingJobProps,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { TRAINING_PODS } from '../../lib/model/conventions.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';
import { taint020 } from '../../lib/policies/taint-020.ts';

/** A platform with one pool of spot nodes. */
function onSpot() {
  const platform = new Platform({ name: 'lab' });
  const cloud = azure({ subscriptionId: '00000000-0000-4000-8000-000000000000', location: 'eastus2' });
  const cluster = new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  const a100 = cluster.addGpuNodePool('a100', {
    instanceType: 'Standard_NC24ads_A100_v4',
    minNodes: 0,
    maxNodes: 4,
    capacity: Capacity.spot(2),
  });
  const vision = new Tenant(cluster, 'vision', { quota: [a100.gpus(4)] });
  const train = (props: Partial<TrainingJobProps> = {}) =>
    new TrainingJob(new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano() }), 'resnet', {
      framework: Framework.pytorch(),
      pool: a100,
      workers: 2,
      gpusPerWorker: 1,
      image: 'registry.example.com/resnet:1',
      ...props,
    });
  const serve = (interruptible: boolean) =>
    new InferenceService(vision, 'classifier', {
      model: 's3://models/classifier',
      runtime: Runtime.triton(),
      pool: a100,
      scale: { min: 1 },
      interruptible,
    });
  return { platform, train, serve };
}

describe('what constructs say and rules read', () => {
  test('a job with a checkpoint may be interrupted, one without is kept off spot nodes', () => {
    const saved = onSpot();
    saved.train({ checkpoint: { every: Duration.minutes(10) } });
    expect(taint020.check(saved.platform.model())).toEqual([]);
    const lost = onSpot();
    lost.train();
    expect(taint020.check(lost.platform.model())).toMatchObject([{ outcome: 'fail' }]);
  });

  test('a service says itself whether it may be interrupted', () => {
    const [yes, no] = [onSpot(), onSpot()];
    yes.serve(true);
    no.serve(false);
    expect(taint020.check(yes.platform.model())).toEqual([]);
    expect(taint020.check(no.platform.model())).toMatchObject([{ outcome: 'fail' }]);
  });

  test('the upgrade of a driver waits for the pods of jobs by a label that they have', () => {
    const { platform, train } = onSpot();
    train();
    const [key = '', value] = TRAINING_PODS.split('=');
    const manifests = platform
      .model()
      .clusters.flatMap(({ units }) => units.flatMap(({ objects }) => objects.map(({ manifest }) => manifest)));
    const labels = manifests.flatMap(podTemplatesOf).map((template) => template.labels[key]);
    expect(labels).toEqual([value]);
  });
});
