import { LaunchTemplate, type LaunchTemplateArgs } from '@pulumi/aws/ec2/launchTemplate.js';
import { PlacementGroup } from '@pulumi/aws/ec2/placementGroup.js';
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import type { PoolModel } from '../../model/platform-model.ts';
import { networkInterfaces } from './efa.ts';
import type { AwsContext } from './pulumi-context.ts';
import type { AwsNetwork } from './pulumi-network.ts';

/** Size of the root disk in GiB, which holds the images: an operator's are small, a training framework's 10 to 20 GiB. */
const DISK_GIB = { system: 100, gpu: 300 };

/** What the nodes of the system pool are launched from. */
export function systemTemplate(context: AwsContext): LaunchTemplate {
  return new LaunchTemplate(context.name('system'), baseTemplate(context, 'system', DISK_GIB.system), context.place);
}

/** What the nodes of a GPU pool are launched from. */
export function gpuTemplate(
  context: AwsContext,
  surroundings: { readonly cluster: Cluster; readonly network: AwsNetwork },
  pool: PoolModel,
): LaunchTemplate {
  const { name, place } = context;
  return new LaunchTemplate(
    name(pool.name),
    {
      ...baseTemplate(context, pool.name, DISK_GIB.gpu),
      ...reserved(pool),
      ...(pool.fabric.kind === 'efa' ? efa(context, surroundings, pool) : {}),
    },
    place,
  );
}

/** Session tokens for the metadata service, out of reach for pods; an encrypted root disk. */
function baseTemplate({ cluster }: AwsContext, poolName: string, volumeSize: number): LaunchTemplateArgs {
  const nodeName = `${cluster.name}-${poolName}`;
  return {
    name: nodeName,
    updateDefaultVersion: true,
    metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      {
        deviceName: '/dev/xvda',
        ebs: { volumeSize, volumeType: 'gp3', encrypted: 'true', deleteOnTermination: 'true' },
      },
    ],
    tagSpecifications: [{ resourceType: 'instance', tags: { Name: nodeName } }],
  };
}

/** The reservation or block that the nodes come from. Nothing is ever bought here. */
function reserved({ capacity, instanceType }: PoolModel): LaunchTemplateArgs {
  if (capacity.kind !== 'reservation' && capacity.kind !== 'block') return {};
  const capacityReservationSpecification = { capacityReservationTarget: { capacityReservationId: capacity.id } };
  if (capacity.kind === 'reservation') return { capacityReservationSpecification };
  return { capacityReservationSpecification, instanceType, instanceMarketOptions: { marketType: 'capacity-block' } };
}

/** The adapters of each node, a security group within which they may say anything, and nodes close to each other. */
function efa(
  { name, place, cluster }: AwsContext,
  { cluster: eks, network }: { readonly cluster: Cluster; readonly network: AwsNetwork },
  pool: PoolModel,
): LaunchTemplateArgs {
  const all = { protocol: '-1', fromPort: 0, toPort: 0, self: true };
  const physicalName = `${cluster.name}-${pool.name}-efa`;
  const group = new SecurityGroup(
    name(`${pool.name}-efa`),
    {
      name: physicalName,
      description: `Elastic Fabric Adapter of pool ${pool.name}`,
      vpcId: network.vpc.id,
      ingress: [all],
      egress: [all],
      tags: { Name: physicalName },
    },
    place,
  );
  // With interfaces in the template EKS adds nothing of its own, so its group has to be named as well.
  const securityGroups = [eks.vpcConfig.clusterSecurityGroupId, group.id];
  const interfaces = networkInterfaces(pool.instanceType, pool.fabric.perNode).map((one) => ({
    ...one,
    securityGroups,
    deleteOnTermination: 'true',
  }));
  // Reserved nodes are where they are reserved, and a group would refuse them.
  const isFree = pool.capacity.kind === 'onDemand' || pool.capacity.kind === 'spot';
  if (!isFree) return { networkInterfaces: interfaces };
  const placement = new PlacementGroup(
    name(pool.name),
    { name: `${cluster.name}-${pool.name}`, strategy: 'cluster' },
    place,
  );
  return { networkInterfaces: interfaces, placement: { groupName: placement.name } };
}
