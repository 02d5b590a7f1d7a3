// Training on Alibaba Cloud: A100 machines with eRDMA from a private pool, and A10 spot machines whose GPUs services share.
// Checkpoints go to a bucket, which each team reaches by a role of its own.
import {
  AiCluster,
  alibaba,
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

export const platform = new Platform({ name: 'retail', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'hangzhou', {
  cloud: alibaba({
    region: 'cn-hangzhou',
    zones: ['cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-j'],
    services: ['objectStore'],
  }),
  kubernetesVersion: '1.35',
});

const a100 = cluster.addGpuNodePool('a100', {
  instanceType: 'ecs.ebmgn7ex.32xlarge',
  minNodes: 4,
  fabric: 'required',
  capacity: Capacity.reservation('eap-bp67acfmxazb4p'),
  zone: 'cn-hangzhou-i',
});
const a10 = cluster.addGpuNodePool('a10', {
  instanceType: 'ecs.gn7i-c32g1.8xlarge',
  minNodes: 0,
  maxNodes: 8,
  capacity: Capacity.spot(9),
  sharing: Sharing.timeSlicing(4),
});

const ranking = new Tenant(cluster, 'ranking', { quota: [a100.gpus(32)] });
new Tenant(cluster, 'search', { quota: [a10.shares(32)] });

const nightly = new TrainingQueue(ranking, 'nightly', {
  scheduler: Scheduler.volcano(),
  deserved: [a100.gpus(32)],
});

new TrainingJob(nightly, 'recommender', {
  framework: Framework.pytorch(),
  pool: a100,
  workers: 4,
  gpusPerWorker: 8,
  image:
    'registry.example.com/ranking/recommender@sha256:1e3d5c7b9a0f2e4d6c8b0a1f3e5d7c9b1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d',
  command: ['torchrun', 'train.py'],
  env: { CHECKPOINTS: `oss://${cluster.ref('bucketName')}/${ranking.namespace}/checkpoints` },
  checkpoint: { every: Duration.minutes(15) },
});
