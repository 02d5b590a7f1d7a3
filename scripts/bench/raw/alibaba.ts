// As examples/alibaba-training, with the classes of the SDK: one of each kind of resource.
import { AutoscalingConfig } from '@pulumi/alicloud/cs/autoscalingConfig.js';
import { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import { NodePool } from '@pulumi/alicloud/cs/nodePool.js';
import { EipAddress } from '@pulumi/alicloud/ecs/eipAddress.js';
import { EipAssociation } from '@pulumi/alicloud/ecs/eipAssociation.js';
import { Key } from '@pulumi/alicloud/kms/key.js';
import { Bucket } from '@pulumi/alicloud/oss/bucket.js';
import { BucketPublicAccessBlock } from '@pulumi/alicloud/oss/bucketPublicAccessBlock.js';
import { Provider } from '@pulumi/alicloud/provider.js';
import { Policy } from '@pulumi/alicloud/ram/policy.js';
import { Role } from '@pulumi/alicloud/ram/role.js';
import { RolePolicyAttachment } from '@pulumi/alicloud/ram/rolePolicyAttachment.js';
import { NatGateway } from '@pulumi/alicloud/vpc/natGateway.js';
import { Network } from '@pulumi/alicloud/vpc/network.js';
import { SnatEntry } from '@pulumi/alicloud/vpc/snatEntry.js';
import { Switch } from '@pulumi/alicloud/vpc/switch.js';
import { inCluster } from './in-cluster.ts';

const provider = new Provider('alibaba', { region: 'cn-hangzhou' });
const options = { provider };

const vpc = new Network('vpc', { cidrBlock: '10.0.0.0/16' }, options);
const nodes = new Switch('nodes', { vpcId: vpc.id, cidrBlock: '10.0.0.0/22', zoneId: 'cn-hangzhou-i' }, options);
const nat = new NatGateway('nat', { vpcId: vpc.id, vswitchId: nodes.id, natType: 'Enhanced' }, options);
const address = new EipAddress('nat', { internetChargeType: 'PayByTraffic', bandwidth: '200' }, options);
new EipAssociation('nat', { allocationId: address.id, instanceId: nat.id, instanceType: 'Nat' }, options);
const way = new SnatEntry(
  'nat',
  { snatTableId: nat.snatTableIds, snatIp: address.ipAddress, sourceVswitchId: nodes.id },
  options,
);
const cluster = new ManagedKubernetes(
  'cluster',
  {
    name: 'hangzhou',
    clusterSpec: 'ack.pro.small',
    vswitchIds: [nodes.id],
    podVswitchIds: [nodes.id],
    serviceCidr: '172.21.0.0/20',
    enableRrsa: true,
    addons: [{ name: 'terway-eniip' }, { name: 'csi-plugin' }],
    deletionProtection: true,
  },
  { ...options, dependsOn: [way] },
);
new NodePool(
  'a100',
  {
    clusterId: cluster.id,
    instanceTypes: ['ecs.ebmgn7e.32xlarge'],
    desiredSize: '4',
    vswitchIds: [nodes.id],
    privatePoolOptions: { privatePoolOptionsMatchCriteria: 'Target', privatePoolOptionsId: 'eap-bp67acfmxazb4p' },
    taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
    management: { enable: true, autoRepair: true, maxUnavailable: 1 },
  },
  options,
);
new AutoscalingConfig('autoscaler', { clusterId: cluster.id, scaleUpFromZero: true }, options);
new Key('data', { keySpec: 'Aliyun_AES_256', automaticRotation: 'Enabled', rotationInterval: '365d' }, options);
const bucket = new Bucket('data', { bucket: 'retail-data', redundancyType: 'ZRS' }, options);
new BucketPublicAccessBlock('data', { bucket: bucket.id, blockPublicAccess: true }, options);
const role = new Role('team', { roleName: 'hangzhou-team', assumeRolePolicyDocument: '{}' }, options);
const policy = new Policy('team', { policyName: 'hangzhou-team', policyDocument: '{}' }, options);
new RolePolicyAttachment('team', { roleName: role.id, policyName: policy.id, policyType: 'Custom' }, options);
inCluster(cluster.connections.apply(({ apiServerIntranet }) => JSON.stringify({ server: apiServerIntranet })));
