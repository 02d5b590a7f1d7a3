import { GlobalAddress } from '@pulumi/gcp/compute/globalAddress.js';
import { Connection } from '@pulumi/gcp/servicenetworking/connection.js';
import { Database } from '@pulumi/gcp/sql/database.js';
import { DatabaseInstance } from '@pulumi/gcp/sql/databaseInstance.js';
import { User } from '@pulumi/gcp/sql/user.js';
import * as pulumi from '@pulumi/pulumi';
import type { GcpContext } from './pulumi-context.ts';
import { agentOf, keyFor } from './pulumi-key.ts';
import type { GcpNetwork } from './pulumi-network.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Size in GB that metadata starts with and may grow to. */
const STORAGE_GB = { first: 50, most: 500 };
/** Daily backups that are kept, and days for which the database can be put back to any moment, the most of this edition. */
const BACKUPS = { kept: 14, logDays: 7 };
/** Days for which a last backup stays when somebody deletes the database after all. */
const FINAL_BACKUP_DAYS = 365;
/** Length of the prefix of the range for services of Google that stand beside the network. */
const RANGE_PREFIX = 20;

/** PostgreSQL for metadata in two zones, reached within the network alone. */
export function makeDatabase(context: GcpContext, basis: ServiceBasis): MadeService<'database'> {
  const { cluster, keep, name, options, region } = context;
  const { apis, key, network } = basis;
  const isProtected = options.deletionProtection ?? true;
  const connection = connectServices(context, network);
  const agent = agentOf(context, 'sqladmin', apis);
  const instance = new DatabaseInstance(
    name('database'),
    {
      name: `${cluster.name}-metadata`,
      region,
      databaseVersion: 'POSTGRES_17',
      encryptionKeyName: keyFor(context, key, 'database', agent),
      settings: {
        edition: 'ENTERPRISE',
        tier: 'db-custom-2-4096',
        availabilityType: 'REGIONAL',
        diskType: 'PD_SSD',
        diskSize: STORAGE_GB.first,
        diskAutoresize: true,
        diskAutoresizeLimit: STORAGE_GB.most,
        ipConfiguration: { ipv4Enabled: false, privateNetwork: network.network.id, sslMode: 'ENCRYPTED_ONLY' },
        backupConfiguration: {
          enabled: true,
          location: region,
          pointInTimeRecoveryEnabled: true,
          transactionLogRetentionDays: BACKUPS.logDays,
          backupRetentionSettings: { retainedBackups: BACKUPS.kept, retentionUnit: 'COUNT' },
        },
        finalBackupConfig: { enabled: true, retentionDays: FINAL_BACKUP_DAYS },
        deletionProtectionEnabled: isProtected,
      },
      deletionProtection: isProtected,
    },
    // The disk grows by itself, and would have to be replaced to shrink again.
    { ...keep, dependsOn: [connection], ignoreChanges: ['settings.diskSize'] },
  );
  new Database(name('database'), { name: 'metadata', instance: instance.name }, keep);
  new User(
    name('database'),
    { name: 'metadata', instance: instance.name, password: pulumi.secret(options.databasePassword ?? '') },
    keep,
  );
  return { refs: { databaseHost: instance.privateIpAddress } };
}

/** Connects the network with the one in which Google runs its services. It stays, because they do. */
function connectServices({ cluster, keep, name }: GcpContext, { network, subnetwork }: GcpNetwork): Connection {
  const range = new GlobalAddress(
    name('google-services'),
    {
      name: `${cluster.name}-google-services`,
      purpose: 'VPC_PEERING',
      addressType: 'INTERNAL',
      prefixLength: RANGE_PREFIX,
      network: network.id,
    },
    // Google looks for free addresses beside those of the cluster.
    { ...keep, dependsOn: [subnetwork] },
  );
  return new Connection(
    name('google-services'),
    { network: network.id, service: 'servicenetworking.googleapis.com', reservedPeeringRanges: [range.name] },
    keep,
  );
}
