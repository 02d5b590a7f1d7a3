import { Instance } from '@pulumi/aws/rds/instance.js';
import { SubnetGroup } from '@pulumi/aws/rds/subnetGroup.js';
import type { AwsContext } from './pulumi-context.ts';
import { admitNodes } from './pulumi-network.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

const POSTGRES_PORT = 5432;
/** Size in GiB that metadata starts with and may grow to. */
const STORAGE_GIB = { first: 50, most: 500 };
/** Days for which the database can be put back to any moment. */
const BACKUP_DAYS = 14;

/**
 * PostgreSQL for metadata in two zones. Its password is made, kept and rotated by AWS, so that no state file has it. It
 * stands in the cluster's network, so a deletion cannot leave it behind as it is: it leaves a snapshot.
 */
export function makeDatabase(context: AwsContext, { cluster, key, network }: ServiceBasis): MadeService<'database'> {
  const { name, options, place } = context;
  const physicalName = `${context.cluster.name}-metadata`;
  const subnets = new SubnetGroup(name('database'), { name: physicalName, subnetIds: [...network.subnetIds] }, place);
  const group = admitNodes(context, network, cluster, 'database', POSTGRES_PORT);
  const isProtected = options.deletionProtection ?? true;
  const database = new Instance(
    name('database'),
    {
      identifier: physicalName,
      engine: 'postgres',
      engineVersion: '17',
      instanceClass: 'db.t4g.medium',
      allocatedStorage: STORAGE_GIB.first,
      maxAllocatedStorage: STORAGE_GIB.most,
      storageType: 'gp3',
      storageEncrypted: true,
      kmsKeyId: key.arn,
      dbName: 'metadata',
      username: 'metadata',
      manageMasterUserPassword: true,
      multiAz: true,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [group.id],
      backupRetentionPeriod: BACKUP_DAYS,
      deletionProtection: isProtected,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: `${physicalName}-final`,
    },
    { ...place, protect: isProtected },
  );
  return {
    refs: {
      databaseHost: database.address,
      databaseSecretArn: database.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn ?? ''),
    },
  };
}
