import { Eip } from '@pulumi/aws/ec2/eip.js';
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js';
import { NatGateway } from '@pulumi/aws/ec2/natGateway.js';
import { Route } from '@pulumi/aws/ec2/route.js';
import { RouteTable } from '@pulumi/aws/ec2/routeTable.js';
import { RouteTableAssociation } from '@pulumi/aws/ec2/routeTableAssociation.js';
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { Subnet } from '@pulumi/aws/ec2/subnet.js';
import { Vpc } from '@pulumi/aws/ec2/vpc.js';
import { VpcEndpoint } from '@pulumi/aws/ec2/vpcEndpoint.js';
import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import { getAvailabilityZonesOutput } from '@pulumi/aws/getAvailabilityZones.js';
import * as pulumi from '@pulumi/pulumi';
import { cloudProblem } from '../problems.ts';
import { nthZone } from '../zones.ts';
import { zoneAddresses } from './address-plan.ts';
import type { AwsContext } from './pulumi-context.ts';

/** The network of one cluster. */
export interface AwsNetwork {
  readonly vpc: Vpc;
  /** The subnets for nodes and pods, one a zone. */
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** The subnet of a zone, or of the first one. */
  subnetIdIn(zone: string | undefined): pulumi.Output<string>;
  /** What must be there before a node can fetch an image. */
  readonly egress: readonly pulumi.Resource[];
}

interface Zone {
  readonly subnet: Subnet;
  readonly routeTable: RouteTable;
  readonly egress: readonly pulumi.Resource[];
}

/** A private and a public subnet in each zone, each zone with its own way out, so that none depends on another. */
export function makeNetwork(context: AwsContext): AwsNetwork {
  const { cluster, name, place, region, settings } = context;
  const tags = { Name: cluster.name };
  const vpc = new Vpc(
    name('vpc'),
    { cidrBlock: settings.vpcCidr, enableDnsHostnames: true, enableDnsSupport: true, tags },
    place,
  );
  const gateway = new InternetGateway(name('internet'), { vpcId: vpc.id, tags }, place);
  const publicRoutes = new RouteTable(name('public'), { vpcId: vpc.id, tags: { Name: name('public') } }, place);
  const toInternet = new Route(
    name('public-internet'),
    { routeTableId: publicRoutes.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
    place,
  );
  const zones = zoneNamesOf(context).map((zone, index) =>
    makeZone(context, vpc, publicRoutes, toInternet, zone, index),
  );
  // Checkpoints and datasets go to S3 past the NAT gateways, which bill by the byte.
  new VpcEndpoint(
    name('s3'),
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: zones.map(({ routeTable }) => routeTable.id),
      tags: { Name: name('s3') },
    },
    place,
  );
  const subnets = zones.map(({ subnet }) => subnet);
  const subnetIds = subnets.map(({ id }) => id);
  return {
    vpc,
    subnetIds,
    subnetIdIn: (zone) =>
      pulumi
        .all([pulumi.all(subnets.map((one) => one.availabilityZone)), pulumi.all(subnetIds)])
        .apply(([names, ids]) => {
          const id = ids[zone === undefined ? 0 : names.indexOf(zone)];
          if (id !== undefined) return id;
          const what = `zone '${zone}' is not among those of the cluster: ${names.join(', ')}`;
          throw cloudProblem('zone', cluster.path, what, 'Name it in aws({ zones: [...] }).');
        }),
    egress: zones.flatMap(({ egress }) => egress),
  };
}

/** A security group that lets the nodes of the cluster, and nobody else, reach a service on its port. */
export function admitNodes(
  { cluster, name, place }: AwsContext,
  { vpc }: AwsNetwork,
  eks: Cluster,
  part: string,
  port: number,
): SecurityGroup {
  const physicalName = `${cluster.name}-${part}`;
  const nodes = [eks.vpcConfig.clusterSecurityGroupId];
  return new SecurityGroup(
    name(part),
    {
      name: physicalName,
      description: `Nodes of ${cluster.name} to its ${part}`,
      vpcId: vpc.id,
      ingress: [{ protocol: 'tcp', fromPort: port, toPort: port, securityGroups: nodes }],
      tags: { Name: physicalName },
    },
    place,
  );
}

function makeZone(
  { name, place, settings }: AwsContext,
  vpc: Vpc,
  publicRoutes: RouteTable,
  toInternet: Route,
  availabilityZone: pulumi.Input<string>,
  index: number,
): Zone {
  const { publicCidr, privateCidr } = zoneAddresses(settings.vpcCidr, index);
  // The region's list of zones may change; a subnet never moves for it.
  const stay = typeof settings.zones === 'number' ? { ...place, ignoreChanges: ['availabilityZone'] } : place;
  const [outside, inside] = [name(`public-${index + 1}`), name(`private-${index + 1}`)];
  const publicSubnet = new Subnet(
    outside,
    { vpcId: vpc.id, cidrBlock: publicCidr, availabilityZone, tags: { Name: outside, 'kubernetes.io/role/elb': '1' } },
    stay,
  );
  const privateSubnet = new Subnet(
    inside,
    {
      vpcId: vpc.id,
      cidrBlock: privateCidr,
      availabilityZone,
      tags: { Name: inside, 'kubernetes.io/role/internal-elb': '1' },
    },
    stay,
  );
  new RouteTableAssociation(outside, { subnetId: publicSubnet.id, routeTableId: publicRoutes.id }, place);
  const address = new Eip(name(`nat-${index + 1}`), { domain: 'vpc', tags: { Name: name(`nat-${index + 1}`) } }, place);
  const nat = new NatGateway(
    name(`nat-${index + 1}`),
    { subnetId: publicSubnet.id, allocationId: address.id, tags: { Name: name(`nat-${index + 1}`) } },
    { ...place, dependsOn: [toInternet] },
  );
  const routeTable = new RouteTable(inside, { vpcId: vpc.id, tags: { Name: inside } }, place);
  const route = new Route(
    inside,
    { routeTableId: routeTable.id, destinationCidrBlock: '0.0.0.0/0', natGatewayId: nat.id },
    place,
  );
  const association = new RouteTableAssociation(
    inside,
    { subnetId: privateSubnet.id, routeTableId: routeTable.id },
    place,
  );
  return { subnet: privateSubnet, routeTable, egress: [route, association] };
}

/** The zones by name. Their number is known when planning; which they are, the region may have to say. */
function zoneNamesOf({ cluster, region, settings, place }: AwsContext): readonly pulumi.Input<string>[] {
  const { zones } = settings;
  if (typeof zones !== 'number') return zones;
  // Local and wavelength zones are opted into; ordinary ones are not.
  const filters = [{ name: 'opt-in-status', values: ['opt-in-not-required'] }];
  const { names } = getAvailabilityZonesOutput({ filters }, { provider: place.provider });
  return Array.from({ length: zones }, (_, index) =>
    names.apply((known) => nthZone(known, index, { path: cluster.path, region, zones })),
  );
}
