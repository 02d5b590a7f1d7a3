import { Subnet } from '@pulumi/aws/ec2/subnet.js';
import { Vpc } from '@pulumi/aws/ec2/vpc.js';
import { Cluster } from '@pulumi/aws/eks/cluster.js';
import { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js';
import { getAvailabilityZonesOutput } from '@pulumi/aws/getAvailabilityZones.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js';
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js';
import { Secret } from '@pulumi/kubernetes/core/v1/secret.js';
import { Release } from '@pulumi/kubernetes/helm/v3/release.js';
import { Provider } from '@pulumi/kubernetes/provider.js';
import * as pulumi from '@pulumi/pulumi';

const config = new pulumi.Config();
const nodes = config.getNumber('nodes') ?? 2;
const zones = getAvailabilityZonesOutput({ state: 'available' });

const vpc = new Vpc('network', { cidrBlock: '10.0.0.0/16', enableDnsHostnames: true });
const subnets = [0, 1].map(
  (index) =>
    new Subnet(`subnet-${index}`, {
      vpcId: vpc.id,
      cidrBlock: `10.0.${index}.0/24`,
      availabilityZone: zones.names.apply((names) => names[index] ?? 'none'),
    }),
);
const assumeRolePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
const role = new Role('nodes', { name: 'gpu-nodes', assumeRolePolicy });
const cluster = new Cluster('cluster', {
  name: 'east',
  roleArn: role.arn,
  version: '1.35',
  vpcConfig: { subnetIds: subnets.map((subnet) => subnet.id), endpointPrivateAccess: true },
});
const pool = new NodeGroup('h100', {
  clusterName: cluster.name,
  nodeRoleArn: role.arn,
  subnetIds: subnets.map((subnet) => subnet.id),
  instanceTypes: ['p5.48xlarge'],
  capacityType: 'ON_DEMAND',
  scalingConfig: { minSize: nodes, maxSize: nodes, desiredSize: nodes },
  taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
});

const kubeconfig = pulumi.jsonStringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'east',
  contexts: [{ name: 'east', context: { cluster: 'east', user: 'east' } }],
  clusters: [
    {
      name: 'east',
      cluster: { server: cluster.endpoint, 'certificate-authority-data': cluster.certificateAuthority.data },
    },
  ],
  users: [
    {
      name: 'east',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'aws',
          args: ['eks', 'get-token', '--cluster-name', cluster.name],
        },
      },
    },
  ],
});
const provider = new Provider('east', { kubeconfig, clusterIdentifier: 'east' });
const namespace = new Namespace('vision', { metadata: { name: 'vision' } }, { provider, deletedWith: cluster });
const inNamespace = { provider, dependsOn: [namespace], deletedWith: cluster };
new ConfigMap('facts', { metadata: { name: 'facts', namespace: 'vision' }, data: { vpc: vpc.id } }, inNamespace);
new Secret(
  'registry',
  { metadata: { name: 'registry', namespace: 'vision' }, stringData: { password: config.requireSecret('password') } },
  inNamespace,
);
new Release(
  'operator',
  {
    name: 'operator',
    namespace: 'vision',
    chart: 'gpu-operator',
    version: 'v26.3.0',
    repositoryOpts: { repo: 'https://helm.ngc.nvidia.com/nvidia' },
    values: { driver: { enabled: false } },
  },
  { ...inNamespace, dependsOn: [namespace, pool] },
);

export const vpcId = vpc.id;
export const issuer = cluster.identities.apply((identities) => identities[0]?.oidcs[0]?.issuer);
export const password = config.requireSecret('password');
