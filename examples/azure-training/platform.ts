// Training on Azure Kubernetes Service: H100 nodes on demand, and A100 spot nodes cut into slices for development. Each team
// reaches its own container of a storage account by an identity of its own.
import {
  AiCluster,
  azure,
  Capacity,
  Duration,
  Framework,
  Platform,
  Scheduler,
  Sharing,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';

export const platform = new Platform({ name: 'robotics', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'east', {
  cloud: azure({
    subscriptionId: '00000000-0000-4000-8000-000000000000',
    location: 'eastus2',
    services: ['objectStore', 'registry'],
  }),
  kubernetesVersion: '1.35',
});

const h100 = cluster.addGpuNodePool('h100', {
  instanceType: 'Standard_NC80adis_H100_v5',
  minNodes: 4,
  maxNodes: 16,
});
// Taken back at short notice, and never more than two dollars an hour.
const dev = cluster.addGpuNodePool('dev', {
  instanceType: 'Standard_NC24ads_A100_v4',
  minNodes: 0,
  maxNodes: 4,
  capacity: Capacity.spot(2),
  sharing: Sharing.mig({ '1g.10gb': 7 }),
});

const grasping = new Tenant(cluster, 'grasping', { quota: [h100.gpus(16), dev.slices('1g.10gb', 14)] });
const driving = new Tenant(cluster, 'driving', { quota: [h100.gpus(16), dev.slices('1g.10gb', 14)] });

const imitation = new TrainingQueue(grasping, 'imitation', {
  scheduler: Scheduler.volcano(),
  guarantee: [h100.gpus(4)],
  capability: [h100.gpus(16)],
});
new TrainingQueue(driving, 'planner', {
  scheduler: Scheduler.volcano(),
  guarantee: [h100.gpus(4)],
  capability: [h100.gpus(16)],
});

new TrainingJob(imitation, 'policy', {
  framework: Framework.pytorch(),
  pool: h100,
  workers: 4,
  gpusPerWorker: 2,
  image: 'registry.example.com/grasping/policy@sha256:9c2e4a6b8d0f1e3c5a7b9d1f3e5c7a9b1d3f5e7c9a1b3d5f7e9c1a3b5d7f9e1c',
  command: ['torchrun', 'train.py'],
  env: {
    CHECKPOINTS: `https://${cluster.ref('bucketName')}.blob.core.windows.net/tenant-${grasping.namespace}/checkpoints`,
  },
  checkpoint: { every: Duration.minutes(10) },
});
