import { Config, secret } from '@pulumi/pulumi';
import { AiCluster, alibaba, Capacity, Platform, Sharing, Tenant } from 'cdk8s-ai';
import { alibabaResources } from 'cdk8s-ai/alibaba';
import { deployInfrastructure } from 'cdk8s-ai/pulumi';

const platform = new Platform({ name: 'ack' });
const cluster = new AiCluster(platform, 'east', {
  cloud: alibaba({ region: 'cn-hangzhou', services: ['objectStore', 'fileSystem', 'database'] }),
  kubernetesVersion: '1.35',
  systemPool: { taints: [{ key: 'system', value: 'true', effect: 'NoSchedule' }] },
});
const a100 = cluster.addGpuNodePool('a100', {
  instanceType: 'ecs.ebmgn7ex.32xlarge',
  minNodes: 2,
  fabric: 'required',
  capacity: Capacity.reservation('eap-0a100'),
  zone: 'cn-hangzhou-h',
});
cluster.addGpuNodePool('a10', {
  instanceType: 'ecs.gn7i-c32g1.8xlarge',
  minNodes: 0,
  maxNodes: 8,
  capacity: Capacity.spot(12.5),
  sharing: Sharing.timeSlicing(4),
  taints: [{ key: 'team', effect: 'NoExecute' }],
});
cluster.addGpuNodePool('t4', { instanceType: 'ecs.gn6i-c16g1.4xlarge', minNodes: 1, capacity: Capacity.spot() });
new Tenant(cluster, 'vision', { quota: [a100.gpus(16)] });

const deletionProtection = new Config().getBoolean('deletionProtection') ?? true;
const administrators = { platform: '20001' };
export const { clusters, bindings } = deployInfrastructure(platform.verifiedModel(), {
  alibaba: alibabaResources({
    deletionProtection,
    administrators,
    secretsKey: 'key-0secrets',
    databasePassword: secret('correct-horse-battery'),
  }),
});
