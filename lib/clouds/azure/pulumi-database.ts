import { Database } from '@pulumi/azure-native/dbforpostgresql/database.js';
import { Server } from '@pulumi/azure-native/dbforpostgresql/server.js';
import * as pulumi from '@pulumi/pulumi';
import { worldwideName } from './physical-name.ts';
import type { AzureContext } from './pulumi-context.ts';
import { makeEndpoint } from './pulumi-endpoint.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Size in GB that metadata starts with; it grows by itself. */
const STORAGE_GB = 64;
/** Days for which the database can be put back to any moment. */
const BACKUP_DAYS = 14;

/** PostgreSQL for metadata with a second server, in another zone where there is one, reached within the network alone. */
export function makeDatabase(context: AzureContext, basis: ServiceBasis): MadeService<'database'> {
  const { keep, location, name, options, settings, tags } = context;
  const { data, key } = basis;
  const server = new Server(
    name('database'),
    {
      resourceGroupName: data.name,
      serverName: worldwideName(context),
      location,
      version: '17',
      sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
      storage: { storageSizeGB: STORAGE_GB, autoGrow: 'Enabled' },
      backup: { backupRetentionDays: BACKUP_DAYS, geoRedundantBackup: 'Disabled' },
      highAvailability: { mode: settings.zones.length > 1 ? 'ZoneRedundant' : 'SameZone' },
      administratorLogin: 'metadata',
      administratorLoginPassword: pulumi.secret(options.databasePassword ?? ''),
      authConfig: { passwordAuth: 'Enabled', activeDirectoryAuth: 'Disabled' },
      network: { publicNetworkAccess: 'Disabled' },
      identity: { type: 'UserAssigned', userAssignedIdentities: key.identity.id.apply((id) => ({ [id]: {} })) },
      dataEncryption: {
        type: 'AzureKeyVault',
        primaryKeyURI: key.uri,
        primaryUserAssignedIdentityId: key.identity.id,
      },
      tags,
    },
    { ...keep, dependsOn: [...key.ready], ignoreChanges: ['storage.storageSizeGB'] },
  );
  const database = new Database(
    name('database'),
    {
      resourceGroupName: data.name,
      serverName: server.name,
      databaseName: 'metadata',
      charset: 'UTF8',
      collation: 'en_US.utf8',
    },
    keep,
  );
  const endpoint = makeEndpoint(context, basis, 'database', {
    id: server.id,
    interface: 'postgresqlServer',
    zone: 'privatelink.postgres.database.azure.com',
  });
  return { refs: { databaseHost: server.fullyQualifiedDomainName }, ready: [database, endpoint] };
}
