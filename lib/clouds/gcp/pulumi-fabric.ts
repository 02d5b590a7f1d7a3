import { Firewall } from '@pulumi/gcp/compute/firewall.js';
import { Network } from '@pulumi/gcp/compute/network.js';
import { Subnetwork } from '@pulumi/gcp/compute/subnetwork.js';
import type * as pulumi from '@pulumi/pulumi';
import { vpcOf } from '../../model/tcpxo.ts';
import { fabricSubnets } from './fabric-networks.ts';
import type { GcpContext } from './pulumi-context.ts';

/** A network beside that of the cluster, for the traffic between GPUs alone. */
export interface FabricNetwork {
  readonly network: Network;
  readonly subnetwork: Subnetwork;
  /** Lets its nodes talk to each other. */
  readonly opening: pulumi.Resource;
}

/**
 * Largest packet that Google names for these networks.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/gpu-bandwidth-gpudirect-tcpx
 */
const MTU = 8244;

/** One network for each interface of nodes with GPUDirect-TCPXO: interfaces of one machine are in networks of their own. */
export function makeFabricNetworks(
  context: GcpContext,
  after: readonly pulumi.Resource[],
): ReadonlyMap<string, FabricNetwork> {
  const { cluster, name, place, region, settings } = context;
  return new Map(
    fabricSubnets(cluster, settings.fabricCidr).map(({ network: fabric, cidr }) => {
      const vpc = vpcOf(cluster.name, fabric);
      const network = new Network(
        name(fabric),
        { name: vpc, autoCreateSubnetworks: false, mtu: MTU },
        { ...place, dependsOn: [...after] },
      );
      const subnetwork = new Subnetwork(
        name(fabric),
        { name: vpc, network: network.id, region, ipCidrRange: cidr },
        place,
      );
      const opening = new Firewall(
        name(fabric),
        {
          name: vpc,
          network: network.id,
          direction: 'INGRESS',
          sourceRanges: [cidr],
          allows: [{ protocol: 'tcp' }, { protocol: 'udp' }, { protocol: 'icmp' }],
        },
        place,
      );
      return [fabric, { network, subnetwork, opening }] as const;
    }),
  );
}
