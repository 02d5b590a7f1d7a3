// Serving on Amazon EKS: a language model on whole L40S GPUs that grows with its load and tries a new version on a tenth
// of the requests, small models that share L4 GPUs, and one that goes down to nothing at night.
import { AiCluster, aws, Callers, Duration, InferenceService, Platform, Runtime, Sharing, Tenant } from 'cdk8s-ai';

export const platform = new Platform({ name: 'serving', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'west', {
  cloud: aws({ region: 'us-west-2', services: ['objectStore'] }),
  kubernetesVersion: '1.35',
});

const l40s = cluster.addGpuNodePool('l40s', {
  instanceType: 'g6e.12xlarge',
  minNodes: 1,
  maxNodes: 4,
  // A replica stays on one node, so nothing goes from node to node.
  fabric: 'none',
});
const l4 = cluster.addGpuNodePool('l4', {
  instanceType: 'g6.4xlarge',
  minNodes: 1,
  maxNodes: 4,
  sharing: Sharing.timeSlicing(4),
});

const chat = new Tenant(cluster, 'chat', { quota: [l40s.gpus(12)] });
const vision = new Tenant(cluster, 'vision', { quota: [l4.shares(12)] });

/** Each tenant reads and writes what is under its own name in the bucket. */
const models = (tenant: Tenant) => `s3://${cluster.ref('bucketName')}/${tenant.namespace}/models`;

new InferenceService(chat, 'assistant', {
  model: `${models(chat)}/assistant/7`,
  canary: { model: `${models(chat)}/assistant/8`, percent: 10 },
  runtime: Runtime.vllm({ args: ['--max-model-len=8192'] }),
  pool: l40s,
  gpusPerReplica: 2,
  // Keys of the Secret 'assistant-clients', made by the team, as clients of OpenAI's API send them.
  callers: Callers.apiKeys('assistant-clients'),
  scale: { min: 2, max: 5, cpuPercent: 60 },
  loadTime: Duration.minutes(20),
});

new InferenceService(vision, 'classifier', {
  model: `${models(vision)}/classifier/3`,
  runtime: Runtime.triton(),
  pool: l4,
  callers: Callers.tokens({
    issuer: 'https://login.example.com',
    jwksUri: 'https://login.example.com/keys',
    audiences: ['vision'],
  }),
  scale: { min: 2, max: 8 },
});

new InferenceService(vision, 'captions', {
  model: `${models(vision)}/captions/1`,
  runtime: Runtime.custom({
    image:
      'registry.example.com/vision/captions@sha256:5b0d7c1f9e3a2846b7d5c3e1f90a8b6c4d2e0f1a3b5c7d9e8f6a4b2c0d1e3f5a',
    readyPath: '/ready',
    livePath: '/alive',
  }),
  pool: l4,
  mode: 'knative',
  scale: { min: 0, max: 4, concurrency: 4 },
  canaryPercent: 20,
  loadTime: Duration.minutes(2),
});
