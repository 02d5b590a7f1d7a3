// From training to serving on Amazon EKS: an H100 pool with Elastic Fabric Adapter on which two teams train and share by
// queues, a registry for what comes out of it, and a smaller L4 pool on which a third team serves it, beside a Deployment of
// its own, written with cdk8s-plus.
import { ApiObject, Chart } from 'cdk8s';
import {
  AiCluster,
  aws,
  Duration,
  Framework,
  InferenceService,
  ModelRegistry,
  Platform,
  Registry,
  Runtime,
  Scheduler,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { runOnPool } from 'cdk8s-ai/plus';
import { Deployment } from 'cdk8s-plus-27';

export const platform = new Platform({ name: 'research', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'east', {
  cloud: aws({ region: 'us-east-1', zones: 3, services: ['database', 'objectStore'] }),
  kubernetesVersion: '1.35',
});

const h100 = cluster.addGpuNodePool('h100', {
  instanceType: 'p5.48xlarge',
  minNodes: 4,
  maxNodes: 16,
  fabric: 'required',
});
const l4 = cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 20 });

const vision = new Tenant(cluster, 'vision', { quota: [h100.gpus(64)], groups: ['vision-engineers'] });
const speech = new Tenant(cluster, 'speech', { quota: [h100.gpus(64)] });
const apps = new Tenant(cluster, 'apps', { quota: [l4.gpus(16)] });

const pretrain = new TrainingQueue(vision, 'pretrain', {
  scheduler: Scheduler.volcano(),
  // Its own two nodes, which it gets back from whoever borrowed them; it may borrow up to eight.
  guarantee: [h100.gpus(16)],
  capability: [h100.gpus(64)],
});
new TrainingQueue(speech, 'pretrain', {
  scheduler: Scheduler.volcano(),
  guarantee: [h100.gpus(16)],
  capability: [h100.gpus(64)],
});

// On the database and in the bucket of the cloud. The Secret with the name and the password of its own database user is
// made by whoever runs the platform. The team that serves reads from it too.
const models = new ModelRegistry(vision, 'models', {
  backend: Registry.mlflow({ database: { secretName: 'models-database' } }),
  sharedWith: [apps],
});

// Train: each run logs to the registry, and the one that is good enough registers its model as a version of 'classifier'.
new TrainingJob(pretrain, 'resnet', {
  framework: Framework.pytorch(),
  pool: h100,
  workers: 4,
  // Two workers are enough to go on, so what was borrowed can be given back without stopping the job.
  minWorkers: 2,
  gpusPerWorker: 8,
  image: 'registry.example.com/vision/resnet@sha256:3f8a2c1e5d7b9046a1c3e5f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b',
  command: ['torchrun', 'train.py', '--epochs', '90'],
  checkpoint: { every: Duration.minutes(15) },
  registry: models,
});

// Serve: what the alias 'champion' stands for when a replica starts, in the layout of Triton.
new InferenceService(apps, 'classifier', {
  model: models.model('classifier', 'champion', { folder: 'artifacts/triton' }),
  runtime: Runtime.triton(),
  pool: l4,
  scale: { min: 2, max: 4 },
});

// Anything of cdk8s or cdk8s-plus fits beside our constructs; runOnPool gives it what the pool asks for.
const captions = new Chart(apps, 'captions', { namespace: apps.namespace, disableResourceNameHashes: true });
const web = new Deployment(captions, 'web', {
  replicas: 2,
  containers: [
    {
      image:
        'registry.example.com/apps/captions:2.1.0@sha256:8e1d3c5b7a9f0e2d4c6b8a0f1e3d5c7b9a0f2e4d6c8b0a1f3e5d7c9b1a0f2e4d',
      portNumber: 8080,
    },
  ],
});
runOnPool(web, l4, { gpus: 1 });
new ApiObject(captions, 'budget', {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: web.matchLabels } },
});
