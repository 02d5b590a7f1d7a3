// The smallest platform: a cluster that the team already has, one pool, one team, Kubernetes' own gang scheduling.
import { AiCluster, existing, Framework, Platform, Scheduler, Tenant, TrainingJob, TrainingQueue } from 'cdk8s-ai';

export const platform = new Platform({ name: 'lab', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'basement', {
  cloud: existing(),
  kubernetesVersion: '1.37',
  featureGates: ['GenericWorkload'],
  // What the cluster has already is declared, not installed a second time.
  components: { 'kube-prometheus-stack': { installed: true } },
});

const dgx = cluster.addGpuNodePool('dgx', {
  instanceType: 'dgx-h100',
  minNodes: 2,
  labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
  taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
});

const research = new Tenant(cluster, 'research', { quota: [dgx.gpus(16)] });
const gangs = new TrainingQueue(research, 'gangs', { scheduler: Scheduler.kubernetes() });

new TrainingJob(gangs, 'tiny-llm', {
  framework: Framework.pytorch(),
  pool: dgx,
  workers: 2,
  gpusPerWorker: 8,
  image:
    'registry.example.com/research/tiny-llm:1.4.0@sha256:6b0f2d4e8a1c3957f6d8b0a2c4e6183950b7d9f1a3c5e7092b4d6f8a0c2e4b61',
  command: ['torchrun', 'train.py'],
});
