import { Tag } from '@pulumi/aws/autoscaling/tag.js';
import type { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js';
import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Taint, TaintEffect } from '../../model/kubernetes.ts';
import type { CapacityModel, PoolModel, SystemPoolModel } from '../../model/platform-model.ts';
import { hashOf } from '../physical-names.ts';
import type { AwsContext } from './pulumi-context.ts';
import type { RoleWithPolicies } from './pulumi-identity.ts';
import { gpuTemplate, systemTemplate } from './pulumi-launch-template.ts';
import type { AwsNetwork } from './pulumi-network.ts';

/** What all pools of a cluster share. */
export interface NodeBasis {
  readonly cluster: Cluster;
  readonly network: AwsNetwork;
  readonly nodes: RoleWithPolicies;
  /** What must be there before the first node. */
  readonly before: readonly pulumi.Resource[];
}

const EFFECTS = {
  NoSchedule: 'NO_SCHEDULE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
} as const satisfies Record<TaintEffect, string>;

/** What a pool of another kind would be was refused when it was declared. */
const CAPACITY_TYPES: Readonly<Partial<Record<CapacityModel['kind'], string>>> = {
  onDemand: 'ON_DEMAND',
  reservation: 'ON_DEMAND',
  spot: 'SPOT',
  block: 'CAPACITY_BLOCK',
};

/** The nodes for operators, webhooks and monitoring, spread over the zones. */
export function makeSystemPool(context: AwsContext, basis: NodeBasis): NodeGroup {
  const pool = context.cluster.systemPool;
  return makeNodeGroup(context, basis, 'system', pool, systemTemplate(context), {
    amiType: pool.node.arch === 'arm64' ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD',
    subnetIds: basis.network.subnetIds,
    oneZone: undefined,
  });
}

/** A pool of nodes with GPUs. */
export function makeGpuPool(context: AwsContext, basis: NodeBasis, pool: PoolModel): NodeGroup {
  // Adapters reach each other only within a zone, and so does reserved capacity.
  const isInOneZone = pool.zone !== undefined || pool.fabric.kind !== 'none';
  const group = makeNodeGroup(context, basis, pool.name, pool, gpuTemplate(context, basis, pool), {
    amiType: pool.node.arch === 'arm64' ? 'AL2023_ARM_64_NVIDIA' : 'AL2023_x86_64_NVIDIA',
    subnetIds: isInOneZone ? [basis.network.subnetIdIn(pool.zone)] : basis.network.subnetIds,
    oneZone: isInOneZone ? (pool.zone ?? 'first') : undefined,
  });
  if (pool.minNodes === 0) tagForScaleFromZero(context, pool, group);
  return group;
}

interface Placement {
  readonly amiType: string;
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** The zone, where there is only one. */
  readonly oneZone: string | undefined;
}

function makeNodeGroup(
  { name, place, cluster: { kubernetesVersion } }: AwsContext,
  { cluster, nodes, before }: NodeBasis,
  poolName: string,
  pool: Pick<SystemPoolModel, 'instanceType' | 'minNodes' | 'maxNodes' | 'capacity' | 'labels' | 'taints'>,
  template: LaunchTemplate,
  { amiType, subnetIds, oneZone }: Placement,
): NodeGroup {
  const { instanceType, minNodes, maxNodes, capacity } = pool;
  const capacityType = CAPACITY_TYPES[capacity.kind];
  // The type stands in the template where it has to, and nowhere twice.
  const instanceTypes =
    instanceType === undefined || capacity.kind === 'block' ? {} : { instanceTypes: [instanceType] };
  return new NodeGroup(
    name(poolName),
    {
      clusterName: cluster.name,
      nodeGroupName: `${poolName}-${hashOf({ instanceType, amiType, capacityType, oneZone })}`,
      nodeRoleArn: nodes.role.arn,
      version: kubernetesVersion,
      amiType,
      capacityType,
      ...instanceTypes,
      subnetIds: [...subnetIds],
      scalingConfig: { minSize: minNodes, maxSize: maxNodes, desiredSize: minNodes },
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      labels: { ...pool.labels },
      taints: pool.taints.map(eksTaint),
    },
    {
      ...place,
      dependsOn: [...before, ...nodes.attachments],
      // Within its bounds an autoscaler owns the size once the pool is there.
      ...(maxNodes > minNodes ? { ignoreChanges: ['scalingConfig.desiredSize'] } : {}),
    },
  );
}

function eksTaint({ key, value, effect }: Taint) {
  return { key, ...(value === undefined ? {} : { value }), effect: EFFECTS[effect] };
}

/**
 * What cluster-autoscaler has to know of nodes when there is none to look at. EKS does not pass it on to the group.
 *
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
 */
function tagForScaleFromZero({ name, place }: AwsContext, pool: PoolModel, group: NodeGroup): void {
  const prefix = 'k8s.io/cluster-autoscaler/node-template';
  const hugePagesMiB = pool.allocatable?.hugePagesMiB;
  const tags = [
    ...Object.entries(pool.labels).map(([key, value]) => [`label/${key}`, value] as const),
    ...pool.taints.map(({ key, value = '', effect }) => [`taint/${key}`, `${value}:${effect}`] as const),
    ...Object.entries(pool.resources).map(([resource, count]) => [`resources/${resource}`, String(count)] as const),
    ...(hugePagesMiB === undefined ? [] : [['resources/hugepages-2Mi', `${hugePagesMiB}Mi`] as const]),
  ];
  const autoscalingGroupName = group.resources.apply((made) => made[0]?.autoscalingGroups[0]?.name ?? '');
  for (const [key, value] of tags) {
    new Tag(
      name(`${pool.name}/${key}`),
      { autoscalingGroupName, tag: { key: `${prefix}/${key}`, value, propagateAtLaunch: false } },
      place,
    );
  }
}
