import {
  AiCluster,
  alibaba,
  aws,
  azure,
  type Cloud,
  existing,
  Framework,
  gcp,
  Platform,
  Scheduler,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at } from '../../lib/model/json.ts';
import { type Manifest, podTemplatesOf } from '../../lib/model/kubernetes.ts';

const services = ['objectStore'] as const;
const subscriptionId = '00000000-0000-4000-8000-000000000000';

/** A cloud with a bucket, and a machine type of it. */
const CLOUDS = {
  aws: [aws({ region: 'us-east-1', services }), 'g6.4xlarge'],
  gcp: [gcp({ project: 'acme-ml', region: 'us-central1', services }), 'g2-standard-16'],
  azure: [azure({ subscriptionId, location: 'eastus2', services }), 'Standard_NC24ads_A100_v4'],
  alibaba: [alibaba({ region: 'cn-hangzhou', services }), 'ecs.gn7i-c32g1.8xlarge'],
} as const satisfies Record<string, readonly [Cloud, string]>;

function objectsOn(cloud: Cloud, instanceType: string): readonly Manifest[] {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  const pool = cluster.addGpuNodePool('gpu', { instanceType, minNodes: 2 });
  const tenant = new Tenant(cluster, 'vision', { quota: [pool.gpus(2)] });
  const queue = new TrainingQueue(tenant, 'pretrain', { scheduler: Scheduler.volcano() });
  new TrainingJob(queue, 'resnet', {
    framework: Framework.pytorch(),
    pool,
    workers: 2,
    gpusPerWorker: 1,
    image: 'a:1',
  });
  return platform
    .model()
    .clusters.flatMap(({ units }) => units.flatMap(({ objects }) => objects.map((one) => one.manifest)));
}

const find = (objects: readonly Manifest[], kind: string, name: string) =>
  objects.find((one) => one.kind === kind && one.metadata.name === name);
const podOf = (objects: readonly Manifest[]) => objects.filter(({ kind }) => kind === 'Job').flatMap(podTemplatesOf)[0];

describe.each(Object.entries(CLOUDS))('on %s, with a bucket beside the cluster,', (_, [cloud, instanceType]) => {
  const objects = objectsOn(cloud, instanceType);

  test('the pods of a tenant reach public services over TLS and nothing private', () => {
    const egress = at(find(objects, 'NetworkPolicy', 'allow-cloud'), 'spec', 'egress');
    expect(at(egress, 0)).toEqual({
      to: [
        {
          ipBlock: {
            cidr: '0.0.0.0/0',
            except: ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
          },
        },
      ],
      ports: [{ protocol: 'TCP', port: 443 }],
    });
  });
});

test('credentials come from an address of the node on EKS and GKE, which is opened', () => {
  for (const [name, cidr] of [
    ['aws', '169.254.170.23/32'],
    ['gcp', '169.254.169.254/32'],
  ] as const) {
    const [cloud, instanceType] = CLOUDS[name];
    const policy = find(objectsOn(cloud, instanceType), 'NetworkPolicy', 'allow-cloud');
    expect(at(policy, 'spec', 'egress', 1)).toEqual({
      to: [{ ipBlock: { cidr } }],
      ports: [{ protocol: 'TCP', port: 80 }],
    });
  }
});

test('on AKS the service account refers to the identity of its tenant, and pods ask for it by a label', () => {
  const objects = objectsOn(...CLOUDS.azure);
  expect(find(objects, 'ServiceAccount', 'workload')?.metadata.annotations).toEqual({
    'azure.workload.identity/client-id': expect.stringContaining('east/clientId-vision'),
  });
  expect(podOf(objects)?.labels['azure.workload.identity/use']).toBe('true');
});

test('on ACK the service account names the role of its tenant, in a namespace that has pods take it', () => {
  const objects = objectsOn(...CLOUDS.alibaba);
  expect(find(objects, 'ServiceAccount', 'workload')?.metadata.annotations).toEqual({
    'pod-identity.alibabacloud.com/role-name': 'east-cn-hangzhou-tenant-vision',
  });
  expect(find(objects, 'Namespace', 'vision')?.metadata.labels).toMatchObject({
    'pod-identity.alibabacloud.com/injection': 'on',
  });
});

test('without a bucket, and on clusters that exist, pods reach nothing outside', () => {
  const bare = azure({ subscriptionId, location: 'eastus2' });
  const objects = objectsOn(bare, 'Standard_NC24ads_A100_v4');
  expect(find(objects, 'NetworkPolicy', 'allow-cloud')).toBeUndefined();
  expect(find(objects, 'ServiceAccount', 'workload')?.metadata.annotations).toBeUndefined();
  expect(existing().workloadAccess).toBeUndefined();
});
