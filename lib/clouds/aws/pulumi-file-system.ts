import { FileSystem } from '@pulumi/aws/efs/fileSystem.js';
import { MountTarget } from '@pulumi/aws/efs/mountTarget.js';
import * as pulumi from '@pulumi/pulumi';
import { tolerationFor } from '../../model/kubernetes.ts';
import { makeAddon } from './pulumi-addons.ts';
import type { AwsContext } from './pulumi-context.ts';
import { admitNodes } from './pulumi-network.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

const NFS_PORT = 2049;

/** A file system that the nodes of every zone reach without leaving it, and the driver that mounts it. */
export function makeFileSystem(context: AwsContext, basis: ServiceBasis): MadeService<'fileSystem'> {
  const { keep, name, place } = context;
  const { cluster, key, network, systemPool } = basis;
  const fileSystem = new FileSystem(
    name('file-system'),
    { encrypted: true, kmsKeyId: key.arn, throughputMode: 'elastic', tags: { Name: name('file-system') } },
    keep,
  );
  const group = admitNodes(context, network, cluster, 'file-system', NFS_PORT);
  const targets = network.subnetIds.map(
    (subnetId, index) =>
      new MountTarget(
        name(`file-system-${index + 1}`),
        { fileSystemId: fileSystem.id, subnetId, securityGroups: [group.id] },
        place,
      ),
  );
  const { labels, taints } = context.cluster.systemPool;
  const driver = makeAddon(context, cluster, 'aws-efs-csi-driver', {
    identity: { serviceAccount: 'efs-csi-controller-sa', policy: 'service-role/AmazonEFSCSIDriverPolicy' },
    values: { controller: { nodeSelector: labels, tolerations: taints.map(tolerationFor) } },
    after: [systemPool],
  });
  return {
    refs: {
      fileSystemId: fileSystem.id,
      fileSystemHost: fileSystem.dnsName,
      fileSystemPath: pulumi.output('/'),
    },
    ready: [...targets, driver],
  };
}
