import * as pulumi from '@pulumi/pulumi';
import { AiCluster, type DataService, gcp, Platform } from 'cdk8s-ai';
import { type GcpOptions, gcpResources } from 'cdk8s-ai/gcp';
import { deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { type Registered, run } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { needs, ofType, one } from './registered.ts';

const ALL: readonly DataService[] = ['objectStore', 'fileSystem', 'database', 'registry'];
const KEY = 'id-east/data';

function program(services: readonly DataService[], options: GcpOptions = { databasePassword: 'hunter2' }) {
  const platform = new Platform({ name: 'p' });
  const cloud = gcp({ project: 'acme-ml', region: 'us-central1', services });
  new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  return deploy(withoutSchemas(platform.model()), { gcp: gcpResources(options) });
}

const resourcesOf = async (services: readonly DataService[], options?: GcpOptions) =>
  (await run('up', () => program(services, options))).resources;

/** The resources of the modules, but not who may use them. */
const ofModules = (resources: readonly Registered[], ...modules: readonly string[]) =>
  resources.filter(({ type }) => modules.some((module) => type.startsWith(`gcp:${module}/`)));

describe('services for data', () => {
  test('are not made unless they are asked for, and no key without them', async () => {
    const made = (resources: readonly Registered[]) =>
      ofModules(resources, 'storage', 'filestore', 'sql', 'artifactregistry', 'kms').map(({ type }) => type);
    expect(made(await resourcesOf([]))).toEqual([]);
    expect(made(await resourcesOf(['registry'])).sort()).toEqual([
      'gcp:artifactregistry/repository:Repository',
      'gcp:kms/cryptoKey:CryptoKey',
      'gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember',
      'gcp:kms/keyRing:KeyRing',
    ]);
  });

  test('are the same in a preview, and whatever their order and number in the program', async () => {
    const urns = (resources: readonly Registered[]) => resources.map(({ urn }) => urn).sort();
    const expected = urns(await resourcesOf(ALL));
    expect(urns((await run('preview', () => program(ALL))).resources)).toEqual(expected);
    expect(urns(await resourcesOf([...ALL, ...ALL].reverse()))).toEqual(expected);
  });

  test('are protected and stay in the project, with their key and the network that they stand in', async () => {
    const resources = await resourcesOf(ALL);
    const kept = ofModules(resources, 'storage', 'filestore', 'sql', 'artifactregistry', 'kms', 'servicenetworking');
    expect(kept).toHaveLength(13);
    for (const { name, protect, retainOnDelete } of kept)
      expect({ name, protect, retainOnDelete }).toEqual({ name, protect: true, retainOnDelete: true });
    expect(one(resources, 'Network', 'east/network').retainOnDelete).toBe(true);
    expect(one(await resourcesOf(['objectStore']), 'Network', 'east/network').retainOnDelete).toBe(false);
  });

  test('give up their protection together with the cluster', async () => {
    const resources = await resourcesOf(ALL, { databasePassword: 'hunter2', deletionProtection: false });
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
    const { inputs } = one(resources, 'DatabaseInstance', 'east/database');
    expect(inputs).toMatchObject({ deletionProtection: false, settings: { deletionProtectionEnabled: false } });
    expect(one(resources, 'Instance', 'east/file-system').inputs['deletionProtectionEnabled']).toBe(false);
  });

  test('are encrypted with one key, which the agent of each may use before it is made', async () => {
    const resources = await resourcesOf(ALL);
    expect(one(resources, 'Bucket', 'east/bucket').inputs).toMatchObject({ encryption: { defaultKmsKeyName: KEY } });
    expect(one(resources, 'Instance', 'east/file-system').inputs['kmsKeyName']).toBe(KEY);
    expect(one(resources, 'DatabaseInstance', 'east/database').inputs['encryptionKeyName']).toBe(KEY);
    expect(one(resources, 'Repository', 'east/registry').inputs['kmsKeyName']).toBe(KEY);
    expect(needs(one(resources, 'DatabaseInstance', 'east/database'))).toContain('east/key-database');
    expect(ofType(resources, 'CryptoKeyIAMMember').map(({ inputs }) => inputs['member'])).toEqual([
      'serviceAccount:agent-of-sqladmin.googleapis.com',
      'serviceAccount:agent-of-file.googleapis.com',
      'serviceAccount:agent-of-storage',
      'serviceAccount:agent-of-artifactregistry.googleapis.com',
    ]);
  });

  test('have their APIs switched on', async () => {
    const apis = ofType(await resourcesOf(['database', 'fileSystem']), 'Service').map(({ name }) => name);
    expect(apis).toEqual(
      ['compute', 'container', 'iam', 'cloudkms', 'servicenetworking', 'sqladmin', 'file'].map(
        (api) => `east/api-${api}`,
      ),
    );
  });

  test('give their references', async () => {
    const { result } = await run('up', () => program(ALL));
    const values = await new Promise((resolve) => pulumi.output(result.bindings).apply(resolve));
    expect(values).toMatchObject({
      'east/bucketName': 'acme-ml-east-data',
      'east/fileSystemId': 'id-east/file-system',
      'east/fileSystemHost': '10.9.0.2',
      'east/fileSystemPath': '/data',
      'east/databaseHost': '10.9.1.2',
      'east/repositoryUrl': 'us-central1-docker.pkg.dev/acme-ml/east',
    });
  });
});

describe('the database', () => {
  test('is in two zones, has no public address, and can be put back to any moment of a week', async () => {
    const resources = await resourcesOf(['database']);
    expect(one(resources, 'DatabaseInstance', 'east/database').inputs['settings']).toMatchObject({
      availabilityType: 'REGIONAL',
      ipConfiguration: { ipv4Enabled: false, privateNetwork: 'id-east/network', sslMode: 'ENCRYPTED_ONLY' },
      backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true, transactionLogRetentionDays: 7 },
    });
    expect(needs(one(resources, 'DatabaseInstance', 'east/database'))).toContain('east/google-services');
  });

  test('has the password that the deployment was given, as a secret', async () => {
    const user = one(await resourcesOf(['database']), 'User', 'east/database');
    expect(user.inputs).toMatchObject({ name: 'metadata', password: 'hunter2' });
    expect(user.secrets).toEqual(['password']);
  });

  test('is refused without one', () => {
    expect(() => program(['database'], {})).toThrow(
      /CLOUD-011 at east: the database needs a password, and gcp makes none\n.*gcpResources\(\{ databasePassword:/,
    );
  });
});

test('the file system is in several zones, and the nodes mount it with its driver', async () => {
  const resources = await resourcesOf(['fileSystem']);
  expect(one(resources, 'Instance', 'east/file-system').inputs).toMatchObject({
    location: 'us-central1',
    tier: 'REGIONAL',
    fileShares: { name: 'data', nfsExportOptions: [{ ipRanges: ['10.0.0.0/20'], accessMode: 'READ_WRITE' }] },
  });
  const addons = (all: readonly Registered[]) => one(all, 'Cluster', 'east/cluster').inputs['addonsConfig'];
  expect(addons(resources)).toMatchObject({ gcpFilestoreCsiDriverConfig: { enabled: true } });
  expect(addons(await resourcesOf(['registry']))).not.toHaveProperty('gcpFilestoreCsiDriverConfig');
});
