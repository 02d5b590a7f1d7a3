// A team's own racks: training over RoCE with a function of every network card for each worker, a dataset on JuiceFS that
// every node caches, and older machines cut into MIG slices for inference.
import { ApiObject, Chart } from 'cdk8s';
import {
  AiCluster,
  Duration,
  existing,
  Framework,
  InferenceService,
  NcclTest,
  Platform,
  Rdma,
  Runtime,
  Scheduler,
  SharedDataset,
  Sharing,
  Storage,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { mountDataset, runOnPool } from 'cdk8s-ai/plus';
import { Deployment } from 'cdk8s-plus-27';

export const platform = new Platform({ name: 'factory', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'hall', { cloud: existing({ context: 'hall' }), kubernetesVersion: '1.35' });

const taints = [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }] as const;

const hgx = cluster.addGpuNodePool('hgx', {
  instanceType: 'hgx-h100-8',
  node: { cpu: 192, memoryGiB: 2048, localDiskGiB: 28_000 },
  minNodes: 8,
  labels: { 'factory.example.com/rack': 'training' },
  taints,
  fabric: 'required',
  rdma: Rdma.sriov({
    interfaces: ['ens1np0', 'ens2np0', 'ens3np0', 'ens4np0', 'ens5np0', 'ens6np0', 'ens7np0', 'ens8np0'],
    functions: 4,
    addresses: '10.64.0.0/16',
    // The container runtime of these nodes runs with LimitMEMLOCK=infinity, so workers need not be root.
    lockedMemory: 'unlimited',
  }),
});

const mig = cluster.addGpuNodePool('mig', {
  instanceType: 'dgx-a100-640',
  minNodes: 2,
  // The second label tells the GPU Operator how to cut the GPUs of these nodes.
  labels: { 'factory.example.com/rack': 'inference', 'nvidia.com/mig.config': 'mig' },
  taints,
  sharing: Sharing.mig({ '3g.40gb': 1, '1g.10gb': 3 }),
});

const vision = new Tenant(cluster, 'vision', {
  quota: [hgx.gpus(64), mig.slices('1g.10gb', 24), mig.slices('3g.40gb', 8)],
});

// Its credentials are in the Secret 'juicefs-vision' beside the driver, made by whoever runs the file system.
const storage = Storage.juiceFs({ secretName: 'juicefs-vision' });
const imagenet = new SharedDataset(vision, 'imagenet', {
  storage,
  capacityGiB: 500,
  cacheGiB: 800,
  cachePath: '/raid/juicefs',
});
const checkpoints = new SharedDataset(vision, 'checkpoints', {
  storage,
  capacityGiB: 20_000,
  cacheGiB: 400,
  cachePath: '/raid/juicefs',
});

const pretrain = new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano(), deserved: [hgx.gpus(64)] });

// Run it once before the first job: eight interfaces of 400 Gbit/s are 400 GB/s.
new NcclTest(pretrain, 'fabric', { pool: hgx, minGBs: 320 });

new TrainingJob(pretrain, 'resnet', {
  framework: Framework.pytorch(),
  pool: hgx,
  workers: 8,
  gpusPerWorker: 8,
  image: 'registry.example.com/vision/resnet@sha256:3f8a2c1e5d7b9046a1c3e5f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b',
  command: ['torchrun', 'train.py', '--epochs', '90'],
  dataset: imagenet,
  checkpoint: { every: Duration.minutes(15), claim: checkpoints },
});

// Served from where the team's jobs export it, on the larger slices.
new InferenceService(vision, 'detector', {
  model: `pvc://${checkpoints.dataset.name}/exported/detector`,
  runtime: Runtime.triton(),
  pool: mig,
  slicePerReplica: '3g.40gb',
  scale: { min: 2, max: 8 },
});

const demo = new Chart(vision, 'demo', { namespace: vision.namespace, disableResourceNameHashes: true });
const classifier = new Deployment(demo, 'classifier', {
  replicas: 2,
  containers: [
    {
      image:
        'registry.example.com/vision/classifier:1.4.0@sha256:0d3b5f7a9c1e2468b0d2f4a6c8e0193b5d7f9a1c3e5079b1d3f5a7c9e1b30d52',
      portNumber: 8080,
    },
  ],
});
new ApiObject(demo, 'budget', {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'classifier' },
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: classifier.matchLabels },
  },
});
runOnPool(classifier, mig, { gpus: mig.slices('1g.10gb', 1) });
mountDataset(classifier, imagenet);
