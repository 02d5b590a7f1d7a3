import * as pulumi from '@pulumi/pulumi';
import { AiCluster, type AwsProps, aws, Platform, Tenant } from 'cdk8s-ai';
import { type AwsOptions, awsResources } from 'cdk8s-ai/aws';
import { deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { type Registered, run } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';

const ALL = ['objectStore', 'fileSystem', 'database', 'registry'] as const;

function program(services: AwsProps['services'], options?: AwsOptions) {
  const platform = new Platform({ name: 'p' });
  const cloud = aws({ region: 'us-east-1', ...(services === undefined ? {} : { services }) });
  const cluster = new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  for (const name of ['speech', 'vision']) new Tenant(cluster, name, { quota: [] });
  return deploy(withoutSchemas(platform.model()), { aws: awsResources(options) });
}

const resourcesOf = async (services: AwsProps['services'], options?: AwsOptions) =>
  (await run('up', () => program(services, options))).resources;

const ofModules = (resources: readonly Registered[], ...modules: readonly string[]) =>
  resources.filter(({ type }) => modules.some((module) => type.startsWith(`aws:${module}/`)));

function one(resources: readonly Registered[], type: string, name: string): Registered {
  const [found, ...rest] = resources.filter((each) => each.type.endsWith(`:${type}`) && each.name === name);
  if (found === undefined || rest.length > 0) throw new Error(`not one ${type} is called ${name}`);
  return found;
}

/** What a security group lets in. */
const openings = (resources: readonly Registered[], name: string) =>
  one(resources, 'SecurityGroup', name).inputs['ingress'];
const toNodes = (port: number) => ({
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  securityGroups: ['sg-east/cluster'],
});

describe('services for data', () => {
  test('are not made unless they are asked for', async () => {
    expect(ofModules(await resourcesOf(undefined), 's3', 'efs', 'rds', 'ecr')).toEqual([]);
    const types = ofModules(await resourcesOf(['registry']), 's3', 'efs', 'rds', 'ecr').map(({ type }) => type);
    expect(types).toEqual(['aws:ecr/repository:Repository']);
  });

  test('are the same in a preview, and whatever their order and number in the program', async () => {
    const urns = (resources: readonly Registered[]) => resources.map(({ urn }) => urn).sort();
    const expected = urns(await resourcesOf(ALL));
    expect(urns((await run('preview', () => program(ALL))).resources)).toEqual(expected);
    expect(urns(await resourcesOf([...ALL, ...ALL].reverse()))).toEqual(expected);
  });

  test('are protected, and what can stay in the account stays', async () => {
    const resources = await resourcesOf(ALL);
    const data = [...ofModules(resources, 's3', 'ecr'), one(resources, 'FileSystem', 'east/file-system')];
    const key = one(resources, 'Key', 'east/data');
    for (const { name, protect, retainOnDelete } of [...data, key])
      expect({ name, protect, retainOnDelete }).toEqual({ name, protect: true, retainOnDelete: true });
    const database = one(resources, 'Instance', 'east/database');
    expect(database).toMatchObject({ protect: true, retainOnDelete: false });
    expect(database.inputs).toMatchObject({ deletionProtection: true, skipFinalSnapshot: false });
  });

  test('give up their protection together with the cluster, and the database leaves a snapshot', async () => {
    const resources = await resourcesOf(ALL, { deletionProtection: false });
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
    expect(one(resources, 'Bucket', 'east/bucket').retainOnDelete).toBe(true);
    expect(one(resources, 'Instance', 'east/database').inputs).toMatchObject({
      deletionProtection: false,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: 'east-metadata-final',
    });
  });

  test('are encrypted with one key', async () => {
    const resources = await resourcesOf(ALL);
    const key = 'arn:aws:test:::east/data';
    expect(one(resources, 'BucketServerSideEncryptionConfiguration', 'east/bucket').inputs).toMatchObject({
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key } }],
    });
    expect(one(resources, 'FileSystem', 'east/file-system').inputs).toMatchObject({ encrypted: true, kmsKeyId: key });
    expect(one(resources, 'Instance', 'east/database').inputs).toMatchObject({ storageEncrypted: true, kmsKeyId: key });
    expect(one(resources, 'Repository', 'east/registry').inputs).toMatchObject({
      encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: key }],
    });
  });

  test('give their references, and only when they are there', async () => {
    const { result } = await run('up', () => program(ALL));
    const values = await new Promise((resolve) => pulumi.output(result.bindings).apply(resolve));
    expect(values).toMatchObject({
      'east/bucketName': 'east-bucket-1a2b',
      'east/fileSystemId': 'id-east/file-system',
      'east/fileSystemHost': 'east-file-system.efs.example.com',
      'east/fileSystemPath': '/',
      'east/databaseHost': 'east-database.rds.example.com',
      'east/databaseSecretArn': 'arn:aws:secretsmanager:::east/database',
      'east/repositoryUrl': 'registry.example.com/east/registry',
    });
    const { result: without } = await run('up', () => program(undefined));
    expect(Object.keys(without.bindings)).not.toContain('east/bucketName');
  });

  test('that are not there are named with what to write when something refers to them', () => {
    const cluster = (services: AwsProps['services'] = []) =>
      new AiCluster(new Platform({ name: 'p' }), 'east', {
        cloud: aws({ region: 'us-east-1', services }),
        kubernetesVersion: '1.35',
      });
    expect(() => cluster().ref('databaseHost')).toThrow(
      /REF-005 at east: aws offers no reference 'databaseHost'\n.*aws\(\{ services: \['database'\] \}\)/,
    );
    expect(cluster(['database']).ref('databaseHost').id).toBe('east/databaseHost');
  });
});

describe('the bucket', () => {
  test('is private, refuses plain text, and keeps what is overwritten for a while', async () => {
    const resources = await resourcesOf(['objectStore']);
    expect(one(resources, 'Bucket', 'east/bucket').inputs).toEqual({
      bucketPrefix: 'east-data-',
      forceDestroy: false,
    });
    expect(one(resources, 'BucketPublicAccessBlock', 'east/bucket').inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(one(resources, 'BucketPolicy', 'east/bucket').inputs['policy']).toMatch(
      /"Deny".*"aws:SecureTransport":"false"/,
    );
    expect(one(resources, 'BucketVersioning', 'east/bucket').inputs).toMatchObject({
      versioningConfiguration: { status: 'Enabled' },
    });
    expect(one(resources, 'BucketLifecycleConfiguration', 'east/bucket').inputs).toMatchObject({
      rules: [{ status: 'Enabled', noncurrentVersionExpiration: { noncurrentDays: 30 } }],
    });
  });

  test('shows the jobs of each tenant what is below its own prefix and nothing else', async () => {
    const resources = await resourcesOf(['objectStore']);
    expect(one(resources, 'PodIdentityAssociation', 'east/tenant-vision').inputs).toMatchObject({
      namespace: 'vision',
      serviceAccount: 'workload',
      roleArn: 'arn:aws:test:::east/tenant-vision',
    });
    const { Statement } = JSON.parse(String(one(resources, 'RolePolicy', 'east/tenant-vision').inputs['policy'])) as {
      Statement: object[];
    };
    expect(Statement).toMatchObject([
      { Action: ['s3:ListBucket'], Condition: { StringLike: { 's3:prefix': 'vision/*' } } },
      { Resource: 'arn:aws:test:::east/bucket/vision/*' },
      { Resource: 'arn:aws:test:::east/data' },
    ]);
    expect(JSON.stringify(Statement)).not.toContain('speech');
  });

  test('is open to them before their jobs start', async () => {
    const resources = await resourcesOf(['objectStore']);
    const provider = resources.find(({ type }) => type === 'pulumi:providers:kubernetes');
    expect(provider?.dependencies).toContain(one(resources, 'PodIdentityAssociation', 'east/tenant-vision').urn);
  });
});

test('the file system is reached in every zone, by the nodes alone, with a driver on the system pool', async () => {
  const resources = await resourcesOf(['fileSystem']);
  const targets = resources.filter(({ type }) => type.endsWith(':MountTarget'));
  expect(targets.map(({ inputs }) => inputs['subnetId'])).toEqual([
    'id-east/private-1',
    'id-east/private-2',
    'id-east/private-3',
  ]);
  expect(openings(resources, 'east/file-system')).toEqual([toNodes(2049)]);
  expect(one(resources, 'Addon', 'east/aws-efs-csi-driver').inputs['configurationValues']).toBe(
    JSON.stringify({ controller: { nodeSelector: { 'cdk8s-ai.dev/pool': 'system' }, tolerations: [] } }),
  );
});

test('the database is in two zones of the private network, reached by the nodes alone, with a password nobody typed', async () => {
  const resources = await resourcesOf(['database']);
  const { inputs } = one(resources, 'Instance', 'east/database');
  expect(inputs).toMatchObject({ engine: 'postgres', multiAz: true, manageMasterUserPassword: true });
  expect(Object.keys(inputs)).not.toContain('password');
  expect(one(resources, 'SubnetGroup', 'east/database').inputs['subnetIds']).toHaveLength(3);
  expect(openings(resources, 'east/database')).toEqual([toNodes(5432)]);
});

test('the registry keeps its tags and looks into what is pushed', async () => {
  expect(one(await resourcesOf(['registry']), 'Repository', 'east/registry').inputs).toMatchObject({
    name: 'east',
    imageTagMutability: 'IMMUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
  });
});
