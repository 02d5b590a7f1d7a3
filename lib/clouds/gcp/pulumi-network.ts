import { getZonesOutput } from '@pulumi/gcp/compute/getZones.js';
import { Network } from '@pulumi/gcp/compute/network.js';
import { Router } from '@pulumi/gcp/compute/router.js';
import { RouterNat } from '@pulumi/gcp/compute/routerNat.js';
import { Subnetwork } from '@pulumi/gcp/compute/subnetwork.js';
import type * as pulumi from '@pulumi/pulumi';
import type { DataService } from '../cloud.ts';
import { nthZone } from '../zones.ts';
import type { GcpContext } from './pulumi-context.ts';

/** The network of one cluster. */
export interface GcpNetwork {
  readonly network: Network;
  readonly subnetwork: Subnetwork;
  /** Names of the ranges for pods and services. */
  readonly ranges: { readonly pods: string; readonly services: string };
  /** The zones by name, as many as the cluster has. */
  readonly zones: readonly pulumi.Input<string>[];
  /** What must be there before a node can fetch an image. */
  readonly egress: readonly pulumi.Resource[];
}

/** Largest packet that the network carries whole, for traffic between GPUs. */
const MTU = 8896;
const RANGES = { pods: 'pods', services: 'services' };
/** What is reached through a network of Google's own; Google deletes no network that is connected with one. */
const IN_NETWORK: ReadonlySet<DataService> = new Set(['database', 'fileSystem']);

/** A network of its own without addresses on the internet; what leaves it goes through one gateway for the region. */
export function makeNetwork(context: GcpContext, after: readonly pulumi.Resource[]): GcpNetwork {
  const { cluster, name, place, region, settings } = context;
  const network = new Network(
    name('network'),
    { name: cluster.name, autoCreateSubnetworks: false, mtu: MTU },
    { ...place, dependsOn: [...after], retainOnDelete: settings.services.some((service) => IN_NETWORK.has(service)) },
  );
  const subnetwork = new Subnetwork(
    name('nodes'),
    {
      name: `${cluster.name}-nodes`,
      network: network.id,
      region,
      ipCidrRange: settings.nodeCidr,
      secondaryIpRanges: [
        { rangeName: RANGES.pods, ipCidrRange: settings.podCidr },
        { rangeName: RANGES.services, ipCidrRange: settings.serviceCidr },
      ],
      // Images, datasets and checkpoints are reached past the gateway, which bills by the byte.
      privateIpGoogleAccess: true,
    },
    place,
  );
  const router = new Router(name('router'), { name: cluster.name, network: network.id, region }, place);
  const nat = new RouterNat(
    name('nat'),
    {
      name: cluster.name,
      router: router.name,
      region,
      natIpAllocateOption: 'AUTO_ONLY',
      sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
    },
    place,
  );
  return { network, subnetwork, ranges: RANGES, zones: zoneNamesOf(context, after), egress: [nat] };
}

/** The zones by name. Their number is known when planning; which they are, the region may have to say. */
function zoneNamesOf(context: GcpContext, after: readonly pulumi.Resource[]): readonly pulumi.Input<string>[] {
  const { cluster, region, project, settings, place } = context;
  const { zones } = settings;
  if (typeof zones !== 'number') return zones;
  const { names } = getZonesOutput(
    { project, region, status: 'UP' },
    { provider: place.provider, dependsOn: [...after] },
  );
  return Array.from({ length: zones }, (_, index) =>
    names.apply((known) => nthZone(known, index, { path: cluster.path, region, zones })),
  );
}
