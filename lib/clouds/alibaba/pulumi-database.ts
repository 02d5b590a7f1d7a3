import { getAccountOutput } from '@pulumi/alicloud/getAccount.js';
import { Account } from '@pulumi/alicloud/rds/account.js';
import { BackupPolicy } from '@pulumi/alicloud/rds/backupPolicy.js';
import { Database } from '@pulumi/alicloud/rds/database.js';
import { Instance } from '@pulumi/alicloud/rds/instance.js';
import * as pulumi from '@pulumi/pulumi';
import type { AlibabaContext } from './pulumi-context.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Size in GB that metadata starts with and may grow to, and the share of it in percent that has to stay free. */
const STORAGE = { first: 50, most: 500, free: 20 };
/** Days for which the database can be put back to any moment. */
const BACKUP_DAYS = 14;
const EVERY_DAY = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/**
 * PostgreSQL for metadata with two servers, in two zones where the cluster has them, reached within the network alone. It
 * stands in the cluster's network, so a deletion cannot leave it behind as it is: it leaves its backups.
 */
export function makeDatabase(context: AlibabaContext, { key, network }: ServiceBasis): MadeService<'database'> {
  const { cluster, name, options, place, settings, tags } = context;
  const isProtected = options.deletionProtection ?? true;
  const [zoneId = '', zoneIdSlaveA = zoneId] = network.zoneIds;
  const [first = '', second = first] = network.nodeSwitchIds;
  const account = getAccountOutput({ provider: place.provider }).id;
  const instance = new Instance(
    name('database'),
    {
      instanceName: `${cluster.name}-metadata`,
      engine: 'PostgreSQL',
      engineVersion: '15.0',
      category: 'HighAvailability',
      // 2 vCPU, 4 GiB.
      instanceType: 'pg.n2.2c.2m',
      instanceChargeType: 'Postpaid',
      dbInstanceStorageType: 'cloud_essd',
      instanceStorage: STORAGE.first,
      storageAutoScale: 'Enable',
      storageThreshold: STORAGE.free,
      storageUpperBound: STORAGE.most,
      encryptionKey: key,
      roleArn: pulumi.interpolate`acs:ram::${account}:role/aliyunrdsinstanceencryptiondefaultrole`,
      zoneId,
      zoneIdSlaveA,
      vswitchId: pulumi.interpolate`${first},${second}`,
      securityIps: [settings.vpcCidr],
      sslAction: 'Open',
      deletionProtection: isProtected,
      tags,
    },
    { ...place, protect: isProtected },
  );
  new BackupPolicy(
    name('database'),
    {
      instanceId: instance.id,
      preferredBackupPeriods: EVERY_DAY,
      backupRetentionPeriod: BACKUP_DAYS,
      enableBackupLog: true,
      logBackupRetentionPeriod: BACKUP_DAYS,
      releasedKeepPolicy: 'All',
    },
    place,
  );
  const user = new Account(
    name('database'),
    {
      dbInstanceId: instance.id,
      accountName: 'metadata',
      accountType: 'Super',
      accountPassword: pulumi.secret(options.databasePassword ?? ''),
    },
    place,
  );
  const database = new Database(
    name('database'),
    { instanceId: instance.id, dataBaseName: 'metadata', characterSet: 'UTF8,C,en_US.utf8' },
    place,
  );
  return { refs: { databaseHost: instance.connectionString }, ready: [user, database] };
}
