import {
  AiCluster,
  aws,
  Duration,
  existing,
  Framework,
  type Manifest,
  Platform,
  Scheduler,
  Tenant,
  TrainingJob,
  type TrainingJobProps,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

function onEks(props: Partial<TrainingJobProps> = {}) {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const h100 = cluster.addGpuNodePool('h100', {
    instanceType: 'p5.48xlarge',
    minNodes: 4,
    taints: [{ key: 'team', value: 'vision', effect: 'NoExecute' }],
  });
  const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(32)] });
  const queue = new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano() });
  const job = new TrainingJob(queue, 'resnet', {
    framework: Framework.pytorch(),
    pool: h100,
    workers: 4,
    gpusPerWorker: 8,
    image: 'registry.example.com/resnet:1',
    ...props,
  });
  return { platform, job, objects: jobObjects(platform) };
}

function jobObjects(platform: Platform): readonly Manifest[] {
  return platform
    .model()
    .clusters.flatMap((cluster) => cluster.units.filter((unit) => unit.kind === 'job'))
    .flatMap((unit) => unit.objects.map((object) => object.manifest));
}

function podOf(objects: readonly Manifest[]) {
  const [template] = objects.flatMap(podTemplatesOf);
  if (template === undefined) throw new Error('no pods');
  return template.spec;
}

describe('a job on Volcano', () => {
  test('is not moved by an autoscaler that wants to empty a node', () => {
    const [template] = onEks().objects.flatMap(podTemplatesOf);
    expect(template?.annotations).toEqual({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' });
  });

  test('is a gang of all its workers in its queue', () => {
    expect(onEks().objects[0]?.['spec']).toMatchObject({
      minAvailable: 4,
      queue: 'vision-pretrain',
      tasks: [{ replicas: 4, minAvailable: 4 }],
    });
  });

  test('may start with fewer workers when it says so', () => {
    expect(onEks({ minWorkers: 2 }).objects[0]?.['spec']).toMatchObject({
      minAvailable: 2,
      tasks: [{ replicas: 4, minAvailable: 2 }],
    });
  });

  test('starts again as a whole when a worker is taken, unless it goes on with fewer', () => {
    const restarts = (props: Partial<TrainingJobProps>) =>
      objectsIn(at(onEks(props).objects[0]?.['spec'], 'policies')).map(({ event }) => event);
    expect(restarts({})).toEqual(['PodEvicted', 'PodFailed']);
    expect(restarts({ minWorkers: 2 })).toEqual(['PodFailed']);
  });

  // Volcano fails a job with maxRetry 3 at its third restart, and reads 0 as 3.
  test.each([0, 3])('starts again %i times before Volcano gives it up', (maxRetries) => {
    expect(at(onEks({ maxRetries }).objects[0]?.['spec'], 'maxRetry')).toBe(maxRetries + 1);
  });

  test('takes selector, tolerations and devices from its pool', () => {
    const pod = podOf(onEks().objects);
    expect(pod['nodeSelector']).toEqual({ 'cdk8s-ai.dev/pool': 'h100' });
    expect(pod['tolerations']).toEqual([
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'team', operator: 'Exists', effect: 'NoExecute' },
    ]);
    expect(at(pod, 'containers', 0, 'resources', 'limits')).toMatchObject({
      'nvidia.com/gpu': '8',
      'vpc.amazonaws.com/efa': '32',
    });
  });

  test('takes its share of the fabric with its share of the GPUs, and none when it has one worker', () => {
    expect(
      at(podOf(onEks({ gpusPerWorker: 2 }).objects), 'containers', 0, 'resources', 'limits', 'vpc.amazonaws.com/efa'),
    ).toBe('8');
    expect(
      at(podOf(onEks({ workers: 1 }).objects), 'containers', 0, 'resources', 'limits', 'vpc.amazonaws.com/efa'),
    ).toBeUndefined();
  });

  test('takes the share of cores and memory that goes with its GPUs, unless it says what it needs', () => {
    const half = at(podOf(onEks({ gpusPerWorker: 4 }).objects), 'containers', 0, 'resources', 'requests');
    expect(half).toMatchObject({ cpu: '94', memory: '937Gi' });
    const own = at(
      podOf(onEks({ cpusPerWorker: 12, memoryGiBPerWorker: 100 }).objects),
      'containers',
      0,
      'resources',
      'requests',
    );
    expect(own).toMatchObject({ cpu: '12', memory: '100Gi' });
  });

  test('has shared memory within its memory, and time to write a checkpoint', () => {
    const pod = podOf(
      onEks({
        memoryGiBPerWorker: 16,
        checkpoint: { every: Duration.minutes(15), flush: Duration.minutes(5), claim: 'saved' },
      }).objects,
    );
    expect(objectsIn(pod['volumes'])).toContainEqual({
      name: 'shared-memory',
      emptyDir: { medium: 'Memory', sizeLimit: '4Gi' },
    });
    expect(objectsIn(pod['volumes'])).toContainEqual({
      name: 'checkpoints',
      persistentVolumeClaim: { claimName: 'saved' },
    });
    expect(pod['terminationGracePeriodSeconds']).toBe(300);
  });

  test('lives in a unit that runs once, after its queue, its tenant and whoever advertises its devices', () => {
    const unit = onEks()
      .platform.model()
      .clusters[0]?.units.find((one) => one.kind === 'job');
    expect(unit).toMatchObject({ id: 'job-vision-resnet', runOnce: true });
    expect(unit?.dependsOn).toEqual([
      'aws-efa-k8s-device-plugin',
      'gpu-operator',
      'queue-vision-pretrain',
      'tenant-vision',
      'volcano',
    ]);
  });

  test.each([
    [{ workers: 0 }, 'workers is 0'],
    [{ gpusPerWorker: 1.5 }, 'gpusPerWorker is 1.5'],
    [{ maxRetries: -1 }, 'maxRetries is -1'],
  ])('refuses %j', (props, message) => {
    expect(() => onEks(props)).toThrow(message);
  });
});

describe("a job on Kubernetes' own gang scheduling", () => {
  function native() {
    const platform = new Platform({ name: 'lab' });
    const cluster = new AiCluster(platform, 'lab', {
      cloud: existing(),
      kubernetesVersion: '1.37',
      featureGates: ['GenericWorkload'],
    });
    const dgx = cluster.addGpuNodePool('dgx', {
      instanceType: 'dgx-h100',
      minNodes: 2,
      labels: { rack: 'a' },
      taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }],
    });
    const team = new Tenant(cluster, 'team', { quota: [dgx.gpus(16)] });
    const queue = new TrainingQueue(team, 'gangs', { scheduler: Scheduler.kubernetes() });
    new TrainingJob(queue, 'llm', {
      framework: Framework.pytorch(),
      pool: dgx,
      workers: 2,
      gpusPerWorker: 8,
      image: 'registry.example.com/llm:1',
    });
    return platform;
  }

  test('is a PodGroup, the service by which workers find each other, and an indexed Job', () => {
    const objects = jobObjects(native());
    expect(objects.map((object) => object.kind)).toEqual(['PodGroup', 'Service', 'Job']);
    expect(at(objects[0]?.['spec'], 'schedulingPolicy', 'gang', 'minCount')).toBe(2);
    expect(objects[2]?.['spec']).toMatchObject({
      completionMode: 'Indexed',
      parallelism: 2,
      template: { spec: { schedulingGroup: { podGroupName: 'llm' }, subdomain: 'llm' } },
    });
  });

  test('brings no queue and no Volcano', () => {
    const [cluster] = native().model().clusters;
    expect(cluster?.components.map((component) => component.id)).not.toContain('volcano');
    expect(cluster?.units.filter((unit) => unit.kind === 'queue')).toEqual([]);
  });

  test('the workers are told their rank and the first one on both back ends', () => {
    const env = (objects: readonly Manifest[]) =>
      objectsIn(at(podOf(objects), 'containers', 0, 'env')).map((one) => one['name']);
    expect(env(jobObjects(native())).slice(0, 5)).toEqual(env(onEks().objects).slice(0, 5));
  });
});
