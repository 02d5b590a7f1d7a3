import { Instance } from '@pulumi/gcp/filestore/instance.js';
import * as pulumi from '@pulumi/pulumi';
import type { GcpContext } from './pulumi-context.ts';
import { agentOf, keyFor } from './pulumi-key.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** The least that a share of this tier has. */
const CAPACITY_GIB = 1024;
const SHARE = 'data';

/** A share that is in several zones, and that the nodes of every zone mount, and nobody else. */
export function makeFileSystem(context: GcpContext, { apis, key, network }: ServiceBasis): MadeService<'fileSystem'> {
  const { cluster, keep, name, options, region, settings } = context;
  const agent = agentOf(context, 'file', apis);
  const instance = new Instance(
    name('file-system'),
    {
      name: `${cluster.name}-data`,
      location: region,
      // Google's cheaper tiers take no key of ours.
      tier: 'REGIONAL',
      protocol: 'NFS_V4_1',
      fileShares: {
        name: SHARE,
        capacityGb: CAPACITY_GIB,
        nfsExportOptions: [{ ipRanges: [settings.nodeCidr], accessMode: 'READ_WRITE', squashMode: 'NO_ROOT_SQUASH' }],
      },
      networks: [{ network: network.network.name, modes: ['MODE_IPV4'], connectMode: 'DIRECT_PEERING' }],
      kmsKeyName: keyFor(context, key, 'file-system', agent),
      deletionProtectionEnabled: options.deletionProtection ?? true,
    },
    // Google looks for free addresses beside those of the cluster.
    { ...keep, dependsOn: [network.subnetwork] },
  );
  return {
    refs: {
      fileSystemId: instance.id,
      fileSystemHost: instance.networks.apply((networks) => networks[0]?.ipAddresses?.[0] ?? ''),
      fileSystemPath: pulumi.output(`/${SHARE}`),
    },
    ready: [instance],
  };
}
