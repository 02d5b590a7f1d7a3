import { NatGateway } from '@pulumi/azure-native/network/natGateway.js';
import { PublicIPAddress } from '@pulumi/azure-native/network/publicIPAddress.js';
import { Subnet } from '@pulumi/azure-native/network/subnet.js';
import { VirtualNetwork } from '@pulumi/azure-native/network/virtualNetwork.js';
import type { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { parseCidr, partOf } from '../cidr.ts';
import type { AzureContext } from './pulumi-context.ts';

/** The network of one cluster. */
export interface AzureNetwork {
  readonly vnet: VirtualNetwork;
  /** The subnet of all nodes. */
  readonly nodes: Subnet;
  /** The address from which the nodes reach the internet. */
  readonly address: PublicIPAddress;
}

/** A network of its own; what leaves it goes through one gateway with an address that stays. */
export function makeNetwork(
  { cluster, location, name, place, settings, tags }: AzureContext,
  group: ResourceGroup,
): AzureNetwork {
  const common = { resourceGroupName: group.name, location, tags };
  const address = new PublicIPAddress(
    name('nat'),
    {
      ...common,
      publicIpAddressName: `${cluster.name}-nat`,
      sku: { name: 'Standard' },
      publicIPAllocationMethod: 'Static',
    },
    place,
  );
  const nat = new NatGateway(
    name('nat'),
    {
      ...common,
      natGatewayName: `${cluster.name}-nat`,
      sku: { name: 'Standard' },
      publicIpAddresses: [{ id: address.id }],
    },
    place,
  );
  const vnet = new VirtualNetwork(
    name('vnet'),
    { ...common, virtualNetworkName: cluster.name, addressSpace: { addressPrefixes: [settings.vnetCidr] } },
    place,
  );
  const range = parseCidr(settings.vnetCidr) ?? { base: 0, prefix: 0 };
  // A resource of its own, and not a part of the network as well: the two would undo each other.
  const nodes = new Subnet(
    name('nodes'),
    {
      resourceGroupName: group.name,
      virtualNetworkName: vnet.name,
      subnetName: 'nodes',
      addressPrefix: partOf(range, range.prefix + 1, 0),
      natGateway: { id: nat.id },
      defaultOutboundAccess: false,
    },
    place,
  );
  return { vnet, nodes, address };
}
