import { Config, runtime } from '@pulumi/pulumi';
import { AiCluster, aws, Capacity, Platform, Tenant } from 'cdk8s-ai';
import { awsResources } from 'cdk8s-ai/aws';
import { deployInfrastructure } from 'cdk8s-ai/pulumi';

const platform = new Platform({ name: 'eks' });
const cluster = new AiCluster(platform, 'east', {
  cloud: aws({ region: 'us-east-1', services: ['objectStore', 'fileSystem', 'database', 'registry'] }),
  kubernetesVersion: '1.35',
  systemPool: { taints: [{ key: 'system', effect: 'NoSchedule' }] },
});
const h100 = cluster.addGpuNodePool('h100', {
  instanceType: 'p5.48xlarge',
  minNodes: 2,
  fabric: 'required',
  capacity: Capacity.block('cr-0block'),
  zone: 'us-east-1b',
});
cluster.addGpuNodePool('l4', {
  instanceType: 'g6.4xlarge',
  minNodes: 1,
  capacity: Capacity.reservation('cr-0reserved'),
  zone: 'us-east-1a',
});
cluster.addGpuNodePool('spare', { instanceType: 'g6e.12xlarge', minNodes: 0, maxNodes: 8, capacity: Capacity.spot() });
new Tenant(cluster, 'vision', { quota: [h100.gpus(16)] });

// Whatever the library makes of a resource, the program has the last word.
runtime.registerResourceTransform(({ type, name, props, opts }) => {
  if (type !== 'aws:eks/nodeGroup:NodeGroup' || name !== 'east/h100') return undefined;
  return { props: { ...props, updateConfig: { maxUnavailable: 1 } }, opts };
});

const deletionProtection = new Config().getBoolean('deletionProtection') ?? true;
const administrators = { platform: 'arn:aws:iam::123456789012:role/platform' };
export const { clusters, bindings } = deployInfrastructure(platform.verifiedModel(), {
  aws: awsResources({ deletionProtection, administrators }),
});
