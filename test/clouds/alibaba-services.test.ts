import * as pulumi from '@pulumi/pulumi';
import { AiCluster, type AlibabaProps, type AlibabaService, alibaba, Platform, Tenant } from 'cdk8s-ai';
import { type AlibabaOptions, alibabaResources } from 'cdk8s-ai/alibaba';
import { deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { type Registered, run } from '../render/pulumi-engine.ts';
import { ofType, one } from './registered.ts';

const ALL: readonly AlibabaService[] = ['objectStore', 'fileSystem', 'database'];
const PASSWORD: AlibabaOptions = { databasePassword: 'hunter2' };

function program(
  services: readonly AlibabaService[],
  options: AlibabaOptions = PASSWORD,
  cloud: Partial<AlibabaProps> = {},
) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: alibaba({ region: 'cn-hangzhou', services, ...cloud }),
    kubernetesVersion: '1.35',
  });
  new Tenant(cluster, 'vision', { quota: [] });
  return deploy(platform.model(), { alibaba: alibabaResources(options) });
}

const resourcesOf = async (...wish: Parameters<typeof program>) => (await run('up', () => program(...wish))).resources;

const ofModules = (resources: readonly Registered[], ...modules: readonly string[]) =>
  resources.filter(({ type }) => modules.some((module) => type.startsWith(`alicloud:${module}/`)));

describe('services for data', () => {
  test('are not made unless they are asked for, and no key without one that takes it', async () => {
    const made = async (services: readonly AlibabaService[]) =>
      ofModules(await resourcesOf(services), 'oss', 'nas', 'rds', 'kms').map(({ type }) => type);
    expect(await made([])).toEqual([]);
    expect(await made(['fileSystem'])).not.toContain('alicloud:kms/key:Key');
    expect(await made(['objectStore'])).toEqual([
      'alicloud:kms/key:Key',
      'alicloud:oss/bucket:Bucket',
      'alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock',
    ]);
  });

  test('are the same in a preview, and whatever their order and number in the program', async () => {
    const urns = (resources: readonly Registered[]) => resources.map(({ urn }) => urn).sort();
    const expected = urns(await resourcesOf(ALL));
    expect(urns((await run('preview', () => program(ALL))).resources)).toEqual(expected);
    expect(urns(await resourcesOf([...ALL, ...ALL].reverse()))).toEqual(expected);
  });

  test('are protected, and what can stay in the account stays', async () => {
    const resources = await resourcesOf(ALL);
    const kept = [...ofModules(resources, 'oss', 'kms'), one(resources, 'FileSystem', 'east/file-system')];
    for (const { name, protect, retainOnDelete } of kept)
      expect({ name, protect, retainOnDelete }).toEqual({ name, protect: true, retainOnDelete: true });
    const database = one(resources, 'Instance', 'east/database');
    expect(database).toMatchObject({ protect: true, retainOnDelete: false });
    expect(database.inputs['deletionProtection']).toBe(true);
    expect(one(resources, 'BackupPolicy', 'east/database').inputs['releasedKeepPolicy']).toBe('All');
  });

  test('give up their protection together with the cluster', async () => {
    const resources = await resourcesOf(ALL, { ...PASSWORD, deletionProtection: false });
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
    expect(one(resources, 'Instance', 'east/database').inputs['deletionProtection']).toBe(false);
    expect(one(resources, 'Key', 'east/data').inputs['deletionProtection']).toBe('Disabled');
  });

  test('are encrypted with one key, and files with the key of NAS', async () => {
    const resources = await resourcesOf(ALL);
    expect(one(resources, 'Bucket', 'east/bucket').inputs).toMatchObject({
      serverSideEncryptionRule: { sseAlgorithm: 'KMS', kmsMasterKeyId: 'id-east/data' },
    });
    expect(one(resources, 'Instance', 'east/database').inputs).toMatchObject({
      encryptionKey: 'id-east/data',
      roleArn: 'acs:ram::1234567890123456:role/aliyunrdsinstanceencryptiondefaultrole',
    });
    expect(one(resources, 'FileSystem', 'east/file-system').inputs['encryptType']).toBe(1);
    expect(String(one(resources, 'Policy', 'east/tenant-vision').inputs['policyDocument'])).toContain(
      '{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":["acs:kms:*:*:key/id-east/data"]}',
    );
  });

  test('take the key that the deployment is given instead of enabling one', async () => {
    const resources = await resourcesOf(ALL, { ...PASSWORD, dataKey: 'key-0data' });
    expect(ofType(resources, 'Key')).toEqual([]);
    expect(one(resources, 'Instance', 'east/database').inputs['encryptionKey']).toBe('key-0data');
  });

  test('give their references', async () => {
    const { result } = await run('up', () => program(ALL));
    const values = await new Promise((resolve) => pulumi.output(result.bindings).apply(resolve));
    expect(values).toMatchObject({
      'east/bucketName': 'east-cn-hangzhou-1234567890123456',
      'east/fileSystemId': 'id-east/file-system',
      'east/fileSystemHost': 'east.nas.example.com',
      'east/fileSystemPath': '/',
      'east/databaseHost': 'east.pg.rds.example.com',
    });
  });
});

describe('the database', () => {
  test('has its servers in two zones, a switch in each, and is reached within the network alone', async () => {
    expect(one(await resourcesOf(['database']), 'Instance', 'east/database').inputs).toMatchObject({
      category: 'HighAvailability',
      instanceChargeType: 'Postpaid',
      zoneId: 'cn-hangzhou-g',
      zoneIdSlaveA: 'cn-hangzhou-h',
      vswitchId: 'id-east/nodes-1,id-east/nodes-2',
      securityIps: ['10.0.0.0/16'],
    });
  });

  test('has both in the zone of a cluster with one', async () => {
    const { inputs } = one(await resourcesOf(['database'], PASSWORD, { zones: 1 }), 'Instance', 'east/database');
    expect(inputs).toMatchObject({ zoneIdSlaveA: inputs['zoneId'], vswitchId: 'id-east/nodes-1,id-east/nodes-1' });
  });

  test('can be put back to any moment of two weeks', async () => {
    expect(one(await resourcesOf(['database']), 'BackupPolicy', 'east/database').inputs).toMatchObject({
      backupRetentionPeriod: 14,
      enableBackupLog: true,
      logBackupRetentionPeriod: 14,
    });
  });

  test('has the password that the deployment was given, as a secret', async () => {
    const user = one(await resourcesOf(['database']), 'Account', 'east/database');
    expect(user.inputs).toMatchObject({ accountName: 'metadata', accountPassword: 'hunter2' });
    expect(user.secrets).toEqual(['accountPassword']);
  });

  test('is refused without one', () => {
    expect(() => program(['database'], {})).toThrow(
      /CLOUD-011 at east: the database needs a password, and alibaba makes none\n.*alibabaResources\(\{ databasePassword:/,
    );
  });
});

test('the file system is mounted by the nodes of all zones, and by nobody else', async () => {
  const resources = await resourcesOf(['fileSystem']);
  // The nodes of all zones are in the first eighth of the network.
  expect(one(resources, 'AccessRule', 'east/file-system').inputs).toMatchObject({
    sourceCidrIp: '10.0.0.0/19',
    rwAccessType: 'RDWR',
  });
  expect(one(resources, 'MountTarget', 'east/file-system').inputs).toMatchObject({
    accessGroupName: 'nodes-of-east',
    vpcId: 'id-east/vpc',
  });
});
