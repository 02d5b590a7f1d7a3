import { PrivateDnsZoneGroup } from '@pulumi/azure-native/network/privateDnsZoneGroup.js';
import { PrivateEndpoint } from '@pulumi/azure-native/network/privateEndpoint.js';
import { PrivateZone } from '@pulumi/azure-native/privatedns/privateZone.js';
import { VirtualNetworkLink } from '@pulumi/azure-native/privatedns/virtualNetworkLink.js';
import type * as pulumi from '@pulumi/pulumi';
import type { AzureContext } from './pulumi-context.ts';
import type { ServiceBasis } from './pulumi-services.ts';

/** What an endpoint leads to. */
export interface EndpointTarget {
  readonly id: pulumi.Output<string>;
  /** Which of the interfaces of the target, as Azure calls them. */
  readonly interface: string;
  /** Zone in which its names are, once they are private. */
  readonly zone: string;
}

/**
 * An address in the cluster's network for a service that stands outside of it, so that it can stay when the network goes.
 *
 * @see https://learn.microsoft.com/azure/private-link/private-endpoint-dns
 */
export function makeEndpoint(
  { cluster, location, name, place, tags }: AzureContext,
  { group, network }: ServiceBasis,
  part: string,
  target: EndpointTarget,
): PrivateDnsZoneGroup {
  const common = { resourceGroupName: group.name, tags };
  const zone = new PrivateZone(name(part), { ...common, privateZoneName: target.zone, location: 'global' }, place);
  const link = new VirtualNetworkLink(
    name(part),
    {
      ...common,
      privateZoneName: zone.name,
      virtualNetworkLinkName: cluster.name,
      location: 'global',
      virtualNetwork: { id: network.vnet.id },
      registrationEnabled: false,
    },
    place,
  );
  const endpoint = new PrivateEndpoint(
    name(part),
    {
      ...common,
      privateEndpointName: `${cluster.name}-${part}`,
      location,
      subnet: { id: network.nodes.id },
      privateLinkServiceConnections: [{ name: part, privateLinkServiceId: target.id, groupIds: [target.interface] }],
    },
    place,
  );
  return new PrivateDnsZoneGroup(
    name(part),
    {
      resourceGroupName: group.name,
      privateEndpointName: endpoint.name,
      privateDnsZoneGroupName: 'default',
      privateDnsZoneConfigs: [{ name: part, privateDnsZoneId: zone.id }],
    },
    { ...place, dependsOn: [link] },
  );
}
