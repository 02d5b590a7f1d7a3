// As examples/aws-h100-training, with the classes of the SDK: one of each kind of resource.
import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import { Eip } from '@pulumi/aws/ec2/eip.js';
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js';
import { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js';
import { NatGateway } from '@pulumi/aws/ec2/natGateway.js';
import { PlacementGroup } from '@pulumi/aws/ec2/placementGroup.js';
import { Route } from '@pulumi/aws/ec2/route.js';
import { RouteTable } from '@pulumi/aws/ec2/routeTable.js';
import { RouteTableAssociation } from '@pulumi/aws/ec2/routeTableAssociation.js';
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { Subnet } from '@pulumi/aws/ec2/subnet.js';
import { Vpc } from '@pulumi/aws/ec2/vpc.js';
import { VpcEndpoint } from '@pulumi/aws/ec2/vpcEndpoint.js';
import { Addon } from '@pulumi/aws/eks/addon.js';
import { Cluster } from '@pulumi/aws/eks/cluster.js';
import { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js';
import { PodIdentityAssociation } from '@pulumi/aws/eks/podIdentityAssociation.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js';
import { Key } from '@pulumi/aws/kms/key.js';
import { Provider } from '@pulumi/aws/provider.js';
import { Instance } from '@pulumi/aws/rds/instance.js';
import { SubnetGroup } from '@pulumi/aws/rds/subnetGroup.js';
import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketLifecycleConfiguration } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js';
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import { BucketServerSideEncryptionConfiguration } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js';
import { BucketVersioning } from '@pulumi/aws/s3/bucketVersioning.js';
import { Deployment } from '@pulumi/kubernetes/apps/v1/deployment.js';
import { HorizontalPodAutoscaler } from '@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js';
import { CronJob } from '@pulumi/kubernetes/batch/v1/cronJob.js';
import { Service } from '@pulumi/kubernetes/core/v1/service.js';
import { PodDisruptionBudget } from '@pulumi/kubernetes/policy/v1/podDisruptionBudget.js';
import { RoleBinding } from '@pulumi/kubernetes/rbac/v1/roleBinding.js';
import { inCluster } from './in-cluster.ts';

const provider = new Provider('aws', { region: 'us-east-1' });
const options = { provider };

const vpc = new Vpc('vpc', { cidrBlock: '10.0.0.0/16', enableDnsHostnames: true }, options);
const internet = new InternetGateway('internet', { vpcId: vpc.id }, options);
const subnet = new Subnet('nodes', { vpcId: vpc.id, cidrBlock: '10.0.32.0/19' }, options);
const address = new Eip('nat', { domain: 'vpc' }, options);
const nat = new NatGateway(
  'nat',
  { subnetId: subnet.id, allocationId: address.id },
  { ...options, dependsOn: [internet] },
);
const routes = new RouteTable('nodes', { vpcId: vpc.id }, options);
new Route('nodes', { routeTableId: routes.id, destinationCidrBlock: '0.0.0.0/0', natGatewayId: nat.id }, options);
new RouteTableAssociation('nodes', { subnetId: subnet.id, routeTableId: routes.id }, options);
new VpcEndpoint(
  's3',
  { vpcId: vpc.id, serviceName: 'com.amazonaws.us-east-1.s3', routeTableIds: [routes.id] },
  options,
);

const key = new Key('secrets', { enableKeyRotation: true }, options);
const logs = new LogGroup('logs', { name: '/aws/eks/east/cluster', retentionInDays: 90 }, options);
const role = new Role('cluster', { assumeRolePolicy: '{}' }, options);
const attachment = new RolePolicyAttachment(
  'cluster',
  { role: role.name, policyArn: 'arn:aws:iam::aws:policy/p' },
  options,
);
new RolePolicy('tenant', { role: role.name, policy: '{}' }, options);
const cluster = new Cluster(
  'cluster',
  {
    name: 'east',
    version: '1.35',
    roleArn: role.arn,
    vpcConfig: { subnetIds: [subnet.id], endpointPrivateAccess: true, endpointPublicAccess: false },
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
    encryptionConfig: { provider: { keyArn: key.arn }, resources: ['secrets'] },
    enabledClusterLogTypes: ['api', 'audit'],
    deletionProtection: true,
  },
  { ...options, dependsOn: [attachment, logs] },
);
const group = new SecurityGroup(
  'efa',
  { vpcId: vpc.id, ingress: [{ protocol: '-1', fromPort: 0, toPort: 0, self: true }] },
  options,
);
const placement = new PlacementGroup('h100', { strategy: 'cluster' }, options);
const template = new LaunchTemplate(
  'h100',
  {
    metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: 300, volumeType: 'gp3', encrypted: 'true' } }],
    networkInterfaces: [
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: 'interface', securityGroups: [group.id] },
    ],
    placement: { groupName: placement.name },
  },
  options,
);
new NodeGroup(
  'h100',
  {
    clusterName: cluster.name,
    nodeRoleArn: role.arn,
    amiType: 'AL2023_x86_64_NVIDIA',
    instanceTypes: ['p5.48xlarge'],
    subnetIds: [subnet.id],
    scalingConfig: { minSize: 4, maxSize: 16, desiredSize: 4 },
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
  },
  { ...options, ignoreChanges: ['scalingConfig.desiredSize'] },
);
new Addon('vpc-cni', { clusterName: cluster.name, addonName: 'vpc-cni' }, options);
new PodIdentityAssociation(
  'tenant',
  { clusterName: cluster.name, namespace: 'team', serviceAccount: 'workload', roleArn: role.arn },
  options,
);

const subnets = new SubnetGroup('metadata', { subnetIds: [subnet.id] }, options);
new Instance(
  'metadata',
  {
    engine: 'postgres',
    instanceClass: 'db.m7g.large',
    allocatedStorage: 100,
    dbSubnetGroupName: subnets.name,
    manageMasterUserPassword: true,
    storageEncrypted: true,
    deletionProtection: true,
  },
  options,
);
const bucket = new Bucket('data', { forceDestroy: false }, options);
const ofBucket = { bucket: bucket.id };
new BucketPublicAccessBlock('data', { ...ofBucket, blockPublicAcls: true, blockPublicPolicy: true }, options);
new BucketVersioning('data', { ...ofBucket, versioningConfiguration: { status: 'Enabled' } }, options);
new BucketServerSideEncryptionConfiguration(
  'data',
  {
    ...ofBucket,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn } }],
  },
  options,
);
new BucketLifecycleConfiguration(
  'data',
  { ...ofBucket, rules: [{ id: 'old', status: 'Enabled', noncurrentVersionExpiration: { noncurrentDays: 30 } }] },
  options,
);
new BucketPolicy('data', { ...ofBucket, policy: '{}' }, options);

const inside = inCluster(cluster.endpoint.apply((server) => JSON.stringify({ clusters: [{ cluster: { server } }] })));

const here = { provider: inside };
const metadata = { name: 'captions', namespace: 'apps' };
const labels = { app: 'captions' };
const spec = { containers: [{ name: 'main', image: 'registry.example.com/apps/captions:2.1.0' }] };
const podTemplate = { metadata: { labels }, spec };
new Deployment('captions', { metadata, spec: { selector: { matchLabels: labels }, template: podTemplate } }, here);
new Service('captions', { metadata, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } }, here);
new HorizontalPodAutoscaler(
  'captions',
  {
    metadata,
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'captions' }, maxReplicas: 9 },
  },
  here,
);
new PodDisruptionBudget('captions', { metadata, spec: { minAvailable: 1, selector: { matchLabels: labels } } }, here);
new CronJob(
  'backup',
  {
    metadata,
    spec: { schedule: '@daily', jobTemplate: { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } } },
  },
  here,
);
new RoleBinding(
  'team',
  {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'team' },
    subjects: [{ kind: 'Group', name: 'team', apiGroup: 'rbac.authorization.k8s.io' }],
  },
  here,
);
