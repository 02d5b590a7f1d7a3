import { EipAddress } from '@pulumi/alicloud/ecs/eipAddress.js';
import { EipAssociation } from '@pulumi/alicloud/ecs/eipAssociation.js';
import { getZonesOutput } from '@pulumi/alicloud/getZones.js';
import { NatGateway } from '@pulumi/alicloud/vpc/natGateway.js';
import { Network } from '@pulumi/alicloud/vpc/network.js';
import { SnatEntry } from '@pulumi/alicloud/vpc/snatEntry.js';
import { Switch } from '@pulumi/alicloud/vpc/switch.js';
import * as pulumi from '@pulumi/pulumi';
import { cloudProblem } from '../problems.ts';
import { nthZone } from '../zones.ts';
import { zoneAddresses } from './address-plan.ts';
import type { AlibabaContext } from './pulumi-context.ts';

/** The network of one cluster. */
export interface AlibabaNetwork {
  readonly vpc: Network;
  /** The switches for nodes, one a zone. */
  readonly nodeSwitchIds: readonly pulumi.Output<string>[];
  /** The zones of these switches. */
  readonly zoneIds: readonly pulumi.Output<string>[];
  /** The switches for pods, one a zone. */
  readonly podSwitchIds: readonly pulumi.Output<string>[];
  /** The switch for nodes of a zone, or of the first one. */
  nodeSwitchIdIn(zone: string | undefined): pulumi.Output<string>;
  /** What must be there before a node can fetch an image. */
  readonly egress: readonly pulumi.Resource[];
}

/** Most that the way out carries, in Mbit/s; it is billed by the byte. */
const EGRESS_MBPS = '200';

/** A network of its own with switches for nodes and pods in each zone; what leaves it goes through one gateway. */
export function makeNetwork(context: AlibabaContext): AlibabaNetwork {
  const { cluster, name, place, settings, tags } = context;
  const vpc = new Network(name('vpc'), { vpcName: cluster.name, cidrBlock: settings.vpcCidr, tags }, place);
  const zones = zoneNamesOf(context);
  const nodes = zones.map((zone, index) => makeSwitch(context, vpc, 'nodes', zone, index));
  const pods = zones.map((zone, index) => makeSwitch(context, vpc, 'pods', zone, index));
  return {
    vpc,
    nodeSwitchIds: nodes.map(({ id }) => id),
    zoneIds: nodes.map(({ zoneId }) => zoneId),
    podSwitchIds: pods.map(({ id }) => id),
    nodeSwitchIdIn: (zone) =>
      pulumi
        .all([pulumi.all(nodes.map((one) => one.zoneId)), pulumi.all(nodes.map(({ id }) => id))])
        .apply(([names, ids]) => {
          const id = ids[zone === undefined ? 0 : names.indexOf(zone)];
          if (id !== undefined) return id;
          const what = `zone '${zone}' is not among those of the cluster: ${names.join(', ')}`;
          throw cloudProblem('zone', cluster.path, what, 'Name it in alibaba({ zones: [...] }).');
        }),
    egress: makeEgress(context, vpc, [...nodes, ...pods]),
  };
}

function makeSwitch(
  { cluster, name, place, settings, tags }: AlibabaContext,
  vpc: Network,
  what: 'nodes' | 'pods',
  zoneId: pulumi.Input<string>,
  index: number,
): Switch {
  const { nodeCidr, podCidr } = zoneAddresses(settings.vpcCidr, index);
  // The region's list of zones may change; a switch never moves for it.
  const stay = typeof settings.zones === 'number' ? { ...place, ignoreChanges: ['zoneId'] } : place;
  return new Switch(
    name(`${what}-${index + 1}`),
    {
      vpcId: vpc.id,
      vswitchName: `${cluster.name}-${what}-${index + 1}`,
      cidrBlock: what === 'nodes' ? nodeCidr : podCidr,
      zoneId,
      tags,
    },
    stay,
  );
}

/** One gateway with one address, for the traffic of every switch. */
function makeEgress(
  { cluster, name, place, tags }: AlibabaContext,
  vpc: Network,
  switches: readonly Switch[],
): readonly pulumi.Resource[] {
  const natName = `${cluster.name}-nat`;
  const vswitchId = switches[0]?.id ?? '';
  const nat = new NatGateway(
    name('nat'),
    { vpcId: vpc.id, vswitchId, natGatewayName: natName, natType: 'Enhanced', paymentType: 'PayAsYouGo', tags },
    place,
  );
  const address = new EipAddress(
    name('nat'),
    {
      addressName: natName,
      internetChargeType: 'PayByTraffic',
      bandwidth: EGRESS_MBPS,
      paymentType: 'PayAsYouGo',
      tags,
    },
    place,
  );
  const association = new EipAssociation(
    name('nat'),
    { allocationId: address.id, instanceId: nat.id, instanceType: 'Nat' },
    place,
  );
  return switches.map(
    ({ id: sourceVswitchId }, index) =>
      new SnatEntry(
        name(`nat-${index + 1}`),
        { snatTableId: nat.snatTableIds, snatIp: address.ipAddress, sourceVswitchId },
        { ...place, dependsOn: [association] },
      ),
  );
}

/** The zones by name. Their number is known when planning; which they are, the region may have to say. */
function zoneNamesOf({ cluster, region, settings, place }: AlibabaContext): readonly pulumi.Input<string>[] {
  const { zones } = settings;
  if (typeof zones !== 'number') return zones;
  const { ids } = getZonesOutput({ availableResourceCreation: 'VSwitch' }, { provider: place.provider });
  return Array.from({ length: zones }, (_, index) =>
    ids.apply((known) => nthZone(known, index, { path: cluster.path, region, zones })),
  );
}
