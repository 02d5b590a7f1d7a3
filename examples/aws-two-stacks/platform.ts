// Two teams, two stacks: the owners of the AWS account make the cluster and a bucket, the platform team what is in the
// cluster. The name of the bucket is known only after the first stack, so the second one and the files refer to it.
import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, aws, Duration, Framework, Platform, Scheduler, Tenant, TrainingJob, TrainingQueue } from 'cdk8s-ai';

export const platform = new Platform({ name: 'speech', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'west', {
  cloud: aws({ region: 'us-west-2', services: ['objectStore'] }),
  kubernetesVersion: '1.35',
});

// No nodes while nobody trains.
const l40s = cluster.addGpuNodePool('l40s', { instanceType: 'g6e.12xlarge', minNodes: 0, maxNodes: 8 });

const recognition = new Tenant(cluster, 'recognition', { quota: [l40s.gpus(32)] });
const checkpoints = `s3://${cluster.ref('bucketName')}/${recognition.namespace}/checkpoints`;

// What the team's own programs read to find their place in the bucket.
new ApiObject(new Chart(recognition, 'storage'), 'storage', {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'storage', namespace: recognition.namespace },
  data: { CHECKPOINTS: checkpoints },
});

const finetune = new TrainingQueue(recognition, 'finetune', {
  scheduler: Scheduler.volcano(),
  deserved: [l40s.gpus(32)],
});

new TrainingJob(finetune, 'whisper', {
  framework: Framework.pytorch(),
  pool: l40s,
  workers: 2,
  gpusPerWorker: 4,
  image: 'registry.example.com/speech/whisper@sha256:7d1e4b8f2a6c5930e1d7f4a2b8c6953071e2d4f6a8b0c1d3e5f7092b4d6f8a1c',
  command: ['torchrun', 'finetune.py'],
  env: { CHECKPOINTS: checkpoints },
  checkpoint: { every: Duration.minutes(10) },
});
