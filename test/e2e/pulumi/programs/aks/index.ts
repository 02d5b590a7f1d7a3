import { Config, secret } from '@pulumi/pulumi';
import { AiCluster, azure, Capacity, Platform, Rdma, Sharing, Tenant } from 'cdk8s-ai';
import { azureResources } from 'cdk8s-ai/azure';
import { deployInfrastructure } from 'cdk8s-ai/pulumi';

const subscriptionId = '00000000-0000-4000-8000-000000000000';
const reservations = `/subscriptions/${subscriptionId}/resourceGroups/capacity/providers/Microsoft.Compute/capacityReservationGroups/h100`;

const platform = new Platform({ name: 'aks' });
const cluster = new AiCluster(platform, 'east', {
  cloud: azure({
    subscriptionId,
    location: 'eastus2',
    allowedCidrs: ['192.0.2.0/24'],
    services: ['objectStore', 'fileSystem', 'database', 'registry'],
  }),
  kubernetesVersion: '1.35',
  systemPool: { taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }] },
});
const h100 = cluster.addGpuNodePool('h100', {
  instanceType: 'Standard_ND96isr_H100_v5',
  minNodes: 2,
  fabric: 'required',
  rdma: Rdma.shared({ driver: 'operator', lockedMemory: 'unlimited' }),
  capacity: Capacity.reservation(reservations),
  zone: '2',
});
cluster.addGpuNodePool('a100', {
  instanceType: 'Standard_NC24ads_A100_v4',
  minNodes: 0,
  maxNodes: 8,
  capacity: Capacity.spot(1.5),
  sharing: Sharing.mig({ '1g.10gb': 7 }),
  taints: [{ key: 'team', value: 'apps', effect: 'NoExecute' }],
});
cluster.addGpuNodePool('t4', { instanceType: 'Standard_NC16as_T4_v3', minNodes: 1, maxNodes: 4 });
new Tenant(cluster, 'vision', { quota: [h100.gpus(16)] });

const deletionProtection = new Config().getBoolean('deletionProtection') ?? true;
const administrators = { platform: '11111111-0000-4000-8000-000000000000' };
export const { clusters, bindings } = deployInfrastructure(platform.verifiedModel(), {
  azure: azureResources({
    deletionProtection,
    administrators,
    login: 'workloadidentity',
    databasePassword: secret('correct-horse-battery'),
  }),
});
