import * as pulumi from '@pulumi/pulumi';
import { AiCluster, type AzureProps, azure, type DataService, Platform } from 'cdk8s-ai';
import { type AzureOptions, azureResources } from 'cdk8s-ai/azure';
import { deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { type Registered, run } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { needs, one } from './registered.ts';

const ALL: readonly DataService[] = ['objectStore', 'fileSystem', 'database', 'registry'];
const DATA = ['storage', 'dbforpostgresql', 'containerregistry', 'keyvault'];

function program(
  services: readonly DataService[],
  options: AzureOptions = { databasePassword: 'hunter2' },
  cloud: Partial<AzureProps> = {},
) {
  const platform = new Platform({ name: 'p' });
  new AiCluster(platform, 'east', {
    cloud: azure({ subscriptionId: 'sub', location: 'eastus2', services, ...cloud }),
    kubernetesVersion: '1.35',
  });
  return deploy(withoutSchemas(platform.model()), { azure: azureResources(options) });
}

const resourcesOf = async (...wish: Parameters<typeof program>) => (await run('up', () => program(...wish))).resources;

const ofModules = (resources: readonly Registered[], modules: readonly string[]) =>
  resources.filter(({ type }) => modules.some((module) => type.startsWith(`azure-native:${module}:`)));

describe('services for data', () => {
  test('are not made unless they are asked for, and no key without them', async () => {
    expect(ofModules(await resourcesOf([]), DATA)).toEqual([]);
    expect(ofModules(await resourcesOf(['registry']), DATA).map(({ type }) => type)).toEqual([
      'azure-native:keyvault:Vault',
      'azure-native:keyvault:Key',
      'azure-native:containerregistry:Registry',
    ]);
  });

  test('are the same in a preview, and whatever their order and number in the program', async () => {
    const urns = (resources: readonly Registered[]) => resources.map(({ urn }) => urn).sort();
    const expected = urns(await resourcesOf(ALL));
    expect(urns((await run('preview', () => program(ALL))).resources)).toEqual(expected);
    expect(urns(await resourcesOf([...ALL, ...ALL].reverse()))).toEqual(expected);
  });

  test('are protected and stay in the subscription, with their key and who may use it', async () => {
    const resources = await resourcesOf(ALL);
    const access = ['UserAssignedIdentity', 'RoleAssignment'].map((type) => one(resources, type, 'east/data'));
    for (const { name, protect, retainOnDelete } of [...ofModules(resources, DATA), ...access])
      expect({ name, protect, retainOnDelete }).toEqual({ name, protect: true, retainOnDelete: true });
    for (const { inputs } of [...ofModules(resources, DATA), access[0]].filter((each) => each !== undefined))
      expect(inputs['resourceGroupName']).toBe('east-eastus2-data');
  });

  test('give up their protection together with the cluster', async () => {
    const resources = await resourcesOf(ALL, { databasePassword: 'hunter2', deletionProtection: false });
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
    expect(one(resources, 'Server', 'east/database').retainOnDelete).toBe(true);
  });

  test('are encrypted with one key, which they may use before they are made', async () => {
    const resources = await resourcesOf(ALL);
    const [bucket, files] = ['east/bucket', 'east/file-system'].map((name) => one(resources, 'StorageAccount', name));
    for (const account of [bucket, files]) {
      expect(account?.inputs['encryption']).toEqual({
        keySource: 'Microsoft.Keyvault',
        keyVaultProperties: { keyName: 'data', keyVaultUri: 'https://vault.example.com' },
        encryptionIdentity: { encryptionUserAssignedIdentity: 'id-east/data' },
      });
    }
    const database = one(resources, 'Server', 'east/database');
    expect(database.inputs).toMatchObject({
      identity: { userAssignedIdentities: { 'id-east/data': {} } },
      dataEncryption: { primaryKeyURI: 'https://vault.example.com/data' },
    });
    const registry = one(resources, 'Registry', 'east/registry');
    expect(registry.inputs['encryption']).toMatchObject({
      keyVaultProperties: { identity: 'client-of-east/data', keyIdentifier: 'https://vault.example.com/data' },
    });
    const role = one(resources, 'RoleAssignment', 'east/data');
    expect(role.inputs).toMatchObject({ scope: 'id-east/data', principalId: 'principal-of-east/data' });
    for (const each of [bucket, files, database, registry]) expect(each?.dependencies).toContain(role.urn);
  });

  test('have a key that nobody destroys at once, and that nobody but services of Azure reaches', async () => {
    expect(one(await resourcesOf(['registry']), 'Vault', 'east/data').inputs['properties']).toMatchObject({
      enablePurgeProtection: true,
      softDeleteRetentionInDays: 90,
      networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' },
    });
  });

  test('give their references', async () => {
    const { result } = await run('up', () => program(ALL));
    const values = await new Promise((resolve) => pulumi.output(result.bindings).apply(resolve));
    expect(values).toMatchObject({
      'east/fileSystemId': 'id-east/file-system',
      'east/fileSystemHost': expect.stringMatching(/^east[0-9a-f]{8}\.file\.core\.windows\.net$/),
      'east/fileSystemPath': expect.stringMatching(/^\/east[0-9a-f]{8}\/data$/),
      'east/databaseHost': expect.stringMatching(/^east[0-9a-f]{8}\.postgres\.example\.com$/),
    });
  });

  test('have names that Azure takes, even if that of the cluster begins with a digit', async () => {
    const platform = new Platform({ name: 'p' });
    const cloud = azure({ subscriptionId: 'sub', location: 'eastus2', services: ['registry'] });
    new AiCluster(platform, '2nd-of-many-clusters', { cloud, kubernetesVersion: '1.35' });
    const { resources } = await run('up', () => deploy(withoutSchemas(platform.model()), { azure: azureResources() }));
    const vault = one(resources, 'Vault', '2nd-of-many-clusters/data');
    expect(vault.inputs['vaultName']).toMatch(/^c2ndofmanycluste[0-9a-f]{8}$/);
  });

  test('have two storage accounts with names of their own', async () => {
    const resources = await resourcesOf(ALL);
    const names = ['east/bucket', 'east/file-system'].map(
      (name) => one(resources, 'StorageAccount', name).inputs['accountName'],
    );
    expect(new Set(names).size).toBe(2);
  });
});

describe('the database', () => {
  test('has a second server in another zone, no public address, and can be put back to any moment of two weeks', async () => {
    expect(one(await resourcesOf(['database']), 'Server', 'east/database').inputs).toMatchObject({
      highAvailability: { mode: 'ZoneRedundant' },
      network: { publicNetworkAccess: 'Disabled' },
      backup: { backupRetentionDays: 14 },
    });
    const { inputs } = one(await resourcesOf(['database'], undefined, { zones: [] }), 'Server', 'east/database');
    expect(inputs['highAvailability']).toMatchObject({ mode: 'SameZone' });
  });

  test('has an address in the network, found by its own name', async () => {
    const resources = await resourcesOf(['database']);
    expect(one(resources, 'PrivateEndpoint', 'east/database').inputs).toMatchObject({
      subnet: { id: 'id-east/nodes' },
      privateLinkServiceConnections: [{ privateLinkServiceId: 'id-east/database', groupIds: ['postgresqlServer'] }],
    });
    const zone = 'privatelink.postgres.database.azure.com';
    expect(one(resources, 'PrivateZone', 'east/database').inputs['privateZoneName']).toBe(zone);
    expect(needs(one(resources, 'PrivateDnsZoneGroup', 'east/database'))).toContain('east/database');
  });

  test('has the password that the deployment was given, as a secret', async () => {
    const server = one(await resourcesOf(['database']), 'Server', 'east/database');
    expect(server.inputs).toMatchObject({ administratorLogin: 'metadata', administratorLoginPassword: 'hunter2' });
    expect(server.secrets).toEqual(['administratorLoginPassword']);
  });

  test('is refused without one', () => {
    expect(() => program(['database'], {})).toThrow(
      /CLOUD-011 at east: the database needs a password, and azure makes none\n.*azureResources\(\{ databasePassword:/,
    );
  });
});

test('the file system is mounted over NFS, from within the network alone', async () => {
  const resources = await resourcesOf(['fileSystem']);
  expect(one(resources, 'StorageAccount', 'east/file-system').inputs).toMatchObject({
    kind: 'FileStorage',
    sku: { name: 'Premium_ZRS' },
    publicNetworkAccess: 'Disabled',
    allowSharedKeyAccess: false,
  });
  expect(one(resources, 'FileShare', 'east/file-system').inputs).toMatchObject({ enabledProtocols: 'NFS' });
  expect(one(resources, 'PrivateEndpoint', 'east/file-system').inputs).toMatchObject({
    privateLinkServiceConnections: [{ groupIds: ['file'] }],
  });
});
