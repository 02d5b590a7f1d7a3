import { Config, secret } from '@pulumi/pulumi';
import { AiCluster, Capacity, gcp, Platform, Sharing, Tenant } from 'cdk8s-ai';
import { gcpResources } from 'cdk8s-ai/gcp';
import { deployInfrastructure } from 'cdk8s-ai/pulumi';

const platform = new Platform({ name: 'gke' });
const cluster = new AiCluster(platform, 'east', {
  cloud: gcp({
    project: 'acme-ml',
    region: 'us-central1',
    allowedCidrs: ['192.0.2.0/24'],
    services: ['objectStore', 'fileSystem', 'database', 'registry'],
  }),
  kubernetesVersion: '1.35',
  systemPool: { taints: [{ key: 'system', value: 'true', effect: 'PreferNoSchedule' }] },
});
const h200 = cluster.addGpuNodePool('h200', {
  instanceType: 'a3-ultragpu-8g',
  minNodes: 2,
  fabric: 'required',
  capacity: Capacity.reservation('h200-q3'),
  zone: 'us-central1-b',
});
cluster.addGpuNodePool('b200', {
  instanceType: 'a4-highgpu-8g',
  minNodes: 0,
  maxNodes: 16,
  capacity: Capacity.flexStart(72),
});
cluster.addGpuNodePool('gb200', { instanceType: 'a4x-highgpu-4g', minNodes: 18, fabric: 'required' });
const h100 = cluster.addGpuNodePool('h100', {
  instanceType: 'a3-megagpu-8g',
  minNodes: 2,
  maxNodes: 8,
  fabric: 'required',
  taints: [{ key: 'team', value: 'vision', effect: 'NoExecute' }],
});
cluster.addGpuNodePool('l4', {
  instanceType: 'g2-standard-16',
  minNodes: 1,
  maxNodes: 20,
  capacity: Capacity.spot(),
  sharing: Sharing.timeSlicing(4),
  taints: [{ key: 'team', value: 'apps', effect: 'NoExecute' }],
});
cluster.addGpuNodePool('a100', {
  instanceType: 'a2-ultragpu-8g',
  minNodes: 0,
  maxNodes: 8,
  capacity: Capacity.queued(),
});
new Tenant(cluster, 'vision', { quota: [h200.gpus(16), h100.gpus(16)] });

const deletionProtection = new Config().getBoolean('deletionProtection') ?? true;
const administrators = { platform: 'group:platform@example.com' };
export const { clusters, bindings } = deployInfrastructure(platform.verifiedModel(), {
  gcp: gcpResources({
    deletionProtection,
    administrators,
    secretsKey: 'projects/acme-ml/keys/gke',
    databasePassword: secret('correct-horse-battery'),
  }),
});
