import {
  AiCluster,
  Duration,
  existing,
  Framework,
  Platform,
  Ref,
  Scheduler,
  SharedDataset,
  type SharedDatasetProps,
  Storage,
  Tenant,
  TrainingJob,
  type TrainingJobProps,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';
import { bindPlatform } from '../../lib/render/bindings.ts';

const settings: SharedDatasetProps = {
  storage: Storage.juiceFs({ secretName: 'juicefs-vision' }),
  capacityGiB: 500,
  cacheGiB: 800,
  cachePath: '/raid/juicefs',
};

function lab() {
  const platform = new Platform({ name: 'lab', registries: ['registry.example.com'] });
  const cluster = new AiCluster(platform, 'hall', { cloud: existing(), kubernetesVersion: '1.35' });
  const dgx = cluster.addGpuNodePool('dgx', {
    instanceType: 'dgx-h100',
    minNodes: 2,
    labels: { rack: 'a' },
    taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }],
  });
  const vision = new Tenant(cluster, 'vision', { quota: [dgx.gpus(16)] });
  const model = () => {
    const [only] = platform.model().clusters;
    if (only === undefined) throw new Error('one cluster');
    return only;
  };
  const job = (props: Partial<TrainingJobProps>) => {
    const queue = new TrainingQueue(vision, 'train', { scheduler: Scheduler.volcano() });
    new TrainingJob(queue, 'resnet', {
      framework: Framework.pytorch(),
      pool: dgx,
      workers: 2,
      gpusPerWorker: 8,
      image: 'registry.example.com/resnet@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
      ...props,
    });
    const unit = model().units.find(({ kind }) => kind === 'job');
    const [template] = (unit?.objects ?? []).flatMap(({ manifest }) => podTemplatesOf(manifest));
    if (unit === undefined || template === undefined) throw new Error('a job');
    return { unit, spec: template.spec, worker: at(template.spec, 'containers', 0) };
  };
  return { platform, cluster, vision, model, job };
}

const objects = (scene: ReturnType<typeof lab>, unit: string) =>
  scene
    .model()
    .units.find(({ id }) => id === unit)
    ?.objects.map(({ manifest }) => manifest);

describe('a dataset', () => {
  test('is a claim that many nodes can mount, of a class of its own that keeps its data', () => {
    const scene = lab();
    new SharedDataset(scene.vision, 'imagenet', settings);
    const [storageClass, claim] = objects(scene, 'dataset-vision-imagenet') ?? [];
    expect(storageClass).toMatchObject({
      kind: 'StorageClass',
      metadata: { name: 'juicefs-vision-imagenet' },
      provisioner: 'csi.juicefs.com',
      reclaimPolicy: 'Retain',
      parameters: { pathPattern: 'vision/imagenet' },
    });
    expect(claim).toMatchObject({
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'imagenet', namespace: 'vision' },
      spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '500Gi' } } },
    });
  });

  test('refers to its credentials, which no tenant can read, for every use that the driver makes of them', () => {
    const scene = lab();
    new SharedDataset(scene.vision, 'imagenet', settings);
    const [storageClass] = objects(scene, 'dataset-vision-imagenet') ?? [];
    for (const use of ['provisioner', 'node-publish', 'controller-expand']) {
      expect(at(storageClass, 'parameters', `csi.storage.k8s.io/${use}-secret-name`)).toBe('juicefs-vision');
      expect(at(storageClass, 'parameters', `csi.storage.k8s.io/${use}-secret-namespace`)).toBe('juicefs');
    }
  });

  test('brings the driver, and waits for it and for its namespace', () => {
    const scene = lab();
    new SharedDataset(scene.vision, 'imagenet', settings);
    expect(scene.model().components.find(({ id }) => id === 'juicefs-csi-driver')).toMatchObject({
      neededBy: ['hall/vision/imagenet'],
    });
    expect(scene.model().units.find(({ id }) => id === 'dataset-vision-imagenet')?.dependsOn).toEqual([
      'juicefs-csi-driver',
      'tenant-vision',
    ]);
  });

  test('may be a folder that is there already', () => {
    const scene = lab();
    new SharedDataset(scene.vision, 'imagenet', {
      ...settings,
      storage: Storage.juiceFs({ secretName: 's', secretNamespace: 'kube-system', folder: 'shared/imagenet-2012' }),
    });
    const [storageClass] = objects(scene, 'dataset-vision-imagenet') ?? [];
    expect(at(storageClass, 'parameters')).toMatchObject({
      pathPattern: 'shared/imagenet-2012',
      'csi.storage.k8s.io/node-publish-secret-namespace': 'kube-system',
    });
  });

  test('may take its bucket from a deployment', () => {
    const scene = lab();
    const bucket = Ref.string('hall/bucketName');
    new SharedDataset(scene.vision, 'imagenet', { ...settings, storage: Storage.juiceFs({ secretName: 's', bucket }) });
    const [cluster] = bindPlatform(scene.platform.model(), {
      'hall/bucketName': 'https://store.example.com/data',
    }).clusters;
    const chart = cluster?.units.find(({ id }) => id === 'juicefs-csi-driver')?.charts[0];
    expect(at(chart?.values, 'globalConfig', 'mountPodPatch', 0, 'mountOptions')).toContain(
      'bucket=https://store.example.com/data',
    );
  });

  test.each<[Partial<SharedDatasetProps>, RegExp]>([
    [{ capacityGiB: 0 }, /capacityGiB is 0/],
    [{ cacheGiB: 1.5 }, /cacheGiB is 1.5/],
    [{ cachePath: 'raid' }, /cachePath 'raid'/],
    [{ cachePath: '/raid/../etc' }, /cachePath/],
    [{ cachePath: '/raid:/boot' }, /cachePath/],
    [{ storage: Storage.juiceFs({ secretName: 's', folder: '/vision' }) }, /folder '\/vision'/],
    [{ storage: Storage.juiceFs({ secretName: 's', folder: 'a/../b' }) }, /folder/],
  ])('is refused with %j', (props, message) => {
    expect(() => new SharedDataset(lab().vision, 'imagenet', { ...settings, ...props })).toThrow(message);
  });
});

describe('a job with a dataset', () => {
  test('reads it where DATASET_DIR says, after the cache of its node was filled by an ordinary user', () => {
    const scene = lab();
    const dataset = new SharedDataset(scene.vision, 'imagenet', settings);
    const { unit, spec, worker } = scene.job({ dataset });
    expect(objectsIn(at(worker, 'volumeMounts'))).toContainEqual({
      name: 'dataset',
      mountPath: '/data/imagenet',
      mountPropagation: 'HostToContainer',
      readOnly: true,
    });
    expect(objectsIn(at(worker, 'env'))).toContainEqual({ name: 'DATASET_DIR', value: '/data/imagenet' });
    expect(objectsIn(spec['initContainers'])).toMatchObject([
      { command: ['juicefs', 'warmup', '/data/imagenet'], securityContext: { capabilities: { drop: ['ALL'] } } },
    ]);
    expect(unit.dependsOn).toContain('dataset-vision-imagenet');
    expect(scene.platform.check().findings).toEqual([]);
  });

  test('is not kept waiting for a dataset that is larger than its cache', () => {
    const scene = lab();
    const dataset = new SharedDataset(scene.vision, 'imagenet', { ...settings, capacityGiB: 50_000 });
    expect(scene.job({ dataset }).spec).not.toHaveProperty('initContainers');
  });

  test('is kept waiting when the dataset says so', () => {
    const scene = lab();
    const dataset = new SharedDataset(scene.vision, 'imagenet', { ...settings, capacityGiB: 50_000, warmUp: true });
    expect(scene.job({ dataset }).spec).toHaveProperty('initContainers');
  });

  test('saves its progress in a dataset, or in any claim', () => {
    const scene = lab();
    const claim = new SharedDataset(scene.vision, 'saved', settings);
    const { spec, worker } = scene.job({ checkpoint: { every: Duration.minutes(5), claim } });
    expect(objectsIn(spec['volumes'])).toContainEqual({
      name: 'checkpoints',
      persistentVolumeClaim: { claimName: 'saved' },
    });
    expect(objectsIn(at(worker, 'volumeMounts')).find(({ name }) => name === 'checkpoints')).not.toHaveProperty(
      'readOnly',
    );
    const other = lab().job({ checkpoint: { every: Duration.minutes(5), claim: 'by-hand' } });
    expect(objectsIn(other.spec['volumes'])).toContainEqual({
      name: 'checkpoints',
      persistentVolumeClaim: { claimName: 'by-hand' },
    });
  });

  test('leaves room on its node for the pods that mount its datasets', () => {
    const cores = (mounted: number) => {
      const scene = lab();
      const [dataset, claim] = ['a', 'b'].map((id) => new SharedDataset(scene.vision, id, settings));
      const { worker } = scene.job({
        ...(mounted > 0 && dataset !== undefined ? { dataset } : {}),
        ...(mounted > 1 && claim !== undefined ? { checkpoint: { every: Duration.minutes(5), claim } } : {}),
      });
      expect(scene.platform.check().findings).toEqual([]);
      return Number(at(worker, 'resources', 'requests', 'cpu'));
    };
    expect([cores(0) - cores(1), cores(1) - cores(2)]).toEqual([1, 1]);
  });

  test('cannot mount the dataset of another tenant', () => {
    const scene = lab();
    const speech = new Tenant(scene.cluster, 'speech', { quota: [] });
    const dataset = new SharedDataset(speech, 'voices', settings);
    expect(() => scene.job({ dataset })).toThrow(/JOB-004 at hall\/vision\/train\/resnet.*'speech'/);
  });
});
