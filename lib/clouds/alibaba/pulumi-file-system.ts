import { AccessGroup } from '@pulumi/alicloud/nas/accessGroup.js';
import { AccessRule } from '@pulumi/alicloud/nas/accessRule.js';
import { FileSystem } from '@pulumi/alicloud/nas/fileSystem.js';
import { MountTarget } from '@pulumi/alicloud/nas/mountTarget.js';
import * as pulumi from '@pulumi/pulumi';
import { nodesCidr } from './address-plan.ts';
import type { AlibabaContext } from './pulumi-context.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Days for which a deleted file can be had back. */
const RECYCLE_DAYS = 30;
/** A general-purpose file system takes no key of ours: NAS encrypts it with its own. */
const KEY_OF_NAS = 1;

/** A file system that the nodes of every zone mount, and nobody else. The driver that mounts it comes with ACK. */
export function makeFileSystem(context: AlibabaContext, { network }: ServiceBasis): MadeService<'fileSystem'> {
  const { cluster, keep, name, place, settings, tags } = context;
  const fileSystem = new FileSystem(
    name('file-system'),
    {
      fileSystemType: 'standard',
      storageType: 'Performance',
      protocolType: 'NFS',
      description: `data-of-${cluster.name}`,
      encryptType: KEY_OF_NAS,
      recycleBin: { status: 'Enable', reservedDays: RECYCLE_DAYS },
      tags,
    },
    keep,
  );
  const group = new AccessGroup(
    name('file-system'),
    { accessGroupName: `nodes-of-${cluster.name}`, accessGroupType: 'Vpc', fileSystemType: 'standard' },
    place,
  );
  const accessGroupName = group.accessGroupName.apply((given) => given ?? '');
  const rule = new AccessRule(
    name('file-system'),
    {
      accessGroupName,
      fileSystemType: 'standard',
      sourceCidrIp: nodesCidr(settings.vpcCidr),
      rwAccessType: 'RDWR',
      userAccessType: 'no_squash',
      priority: 1,
    },
    place,
  );
  const target = new MountTarget(
    name('file-system'),
    {
      fileSystemId: fileSystem.id,
      accessGroupName,
      networkType: 'Vpc',
      vpcId: network.vpc.id,
      vswitchId: network.nodeSwitchIds[0] ?? '',
    },
    place,
  );
  return {
    refs: {
      fileSystemId: fileSystem.id,
      fileSystemHost: target.mountTargetDomain,
      fileSystemPath: pulumi.output('/'),
    },
    ready: [rule, target],
  };
}
