// Training on Google Kubernetes Engine: H200 nodes with RoCE, whose interfaces the workers claim, H100 nodes with
// GPUDirect-TCPXO, nodes by the run for experiments, and L4 GPUs that notebooks share. Checkpoints go to a bucket beside the
// cluster.
import {
  AiCluster,
  Capacity,
  Duration,
  Framework,
  gcp,
  NcclTest,
  Platform,
  Scheduler,
  Sharing,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';

export const platform = new Platform({ name: 'genomics', registries: ['us-central1-docker.pkg.dev/acme-genomics'] });

const cluster = new AiCluster(platform, 'central', {
  cloud: gcp({ project: 'acme-genomics', region: 'us-central1', zones: 3, services: ['objectStore', 'registry'] }),
  kubernetesVersion: '1.35',
});

const h200 = cluster.addGpuNodePool('h200', {
  instanceType: 'a3-ultragpu-8g',
  minNodes: 2,
  maxNodes: 8,
  fabric: 'required',
});
// A network of its own for each of the eight interfaces of a node.
const h100 = cluster.addGpuNodePool('h100', {
  instanceType: 'a3-megagpu-8g',
  minNodes: 2,
  maxNodes: 4,
  fabric: 'required',
});
// No nodes until a job waits for them, at a discount, and for a day at most.
const burst = cluster.addGpuNodePool('burst', {
  instanceType: 'a2-ultragpu-8g',
  minNodes: 0,
  maxNodes: 4,
  capacity: Capacity.flexStart(24),
});
const l4 = cluster.addGpuNodePool('l4', {
  instanceType: 'g2-standard-16',
  minNodes: 1,
  maxNodes: 6,
  sharing: Sharing.timeSlicing(4),
});

const folding = new Tenant(cluster, 'folding', { quota: [h200.gpus(64)] });
const docking = new Tenant(cluster, 'docking', { quota: [h100.gpus(32)], podSecurity: 'privileged' });
platform.waive({
  rule: 'SEC-001',
  path: 'central/docking',
  reason: 'GPUDirect-TCPXO runs a daemon beside each worker that is root and sees folders of the node',
  expires: '2027-12-31',
});
const variants = new Tenant(cluster, 'variants', { quota: [burst.gpus(32), l4.shares(24)] });

const pretrain = new TrainingQueue(folding, 'pretrain', {
  scheduler: Scheduler.volcano(),
  guarantee: [h200.gpus(16)],
  capability: [h200.gpus(64)],
});
new TrainingQueue(variants, 'explore', { scheduler: Scheduler.volcano(), deserved: [burst.gpus(32)] });

new TrainingJob(pretrain, 'evoformer', {
  framework: Framework.pytorch(),
  pool: h200,
  workers: 4,
  minWorkers: 2,
  gpusPerWorker: 8,
  image:
    'us-central1-docker.pkg.dev/acme-genomics/central/evoformer@sha256:5b1c7d9e3f2a4860b5c7d9e1f3a2b4c6d8e0f1a3b5c7d9e2f4a6b8c0d1e3f5a7',
  command: ['torchrun', 'train.py'],
  env: { CHECKPOINTS: `gs://${cluster.ref('bucketName')}/${folding.namespace}/checkpoints` },
  checkpoint: { every: Duration.minutes(10) },
});

const screen = new TrainingQueue(docking, 'screen', { scheduler: Scheduler.volcano(), guarantee: [h100.gpus(16)] });
new NcclTest(screen, 'fabric', { pool: h100 });
