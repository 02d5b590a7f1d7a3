// A pool as its cloud is told to make it, read back from the registered resources in the words of the model.

import type { Labels, Taint } from '../../lib/model/kubernetes.ts';
import type { CapacityModel } from '../../lib/model/platform-model.ts';
import type { Registered } from '../render/pulumi-engine.ts';
import { ofType, one } from './registered.ts';

/** What the nodes of a pool will be. */
export interface MadePool {
  readonly instanceType: unknown;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly capacity: CapacityModel;
  readonly zones: readonly unknown[];
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly driver: 'cloud' | 'operator';
  /** Interfaces of the fabric, where they are not simply part of the machine. */
  readonly interfaces?: number;
  /** GPUs, where the cloud is told their number. */
  readonly accelerators?: unknown;
  /** What an autoscaler is told of nodes when there is none to look at: labels, taints and extended resources. */
  readonly announced?: readonly string[];
}

type Reader = (resources: readonly Registered[], pool: string) => MadePool;

/** One reader for each cloud that makes pools. */
export const readers = { aws, gcp, azure, alibaba } satisfies Record<string, Reader>;

type Inputs = Readonly<Record<string, unknown>>;

function aws(resources: readonly Registered[], pool: string): MadePool {
  const { inputs } = one(resources, 'NodeGroup', `east/${pool}`);
  const template = one(resources, 'LaunchTemplate', `east/${pool}`).inputs as {
    readonly instanceType?: string;
    readonly capacityReservationSpecification?: {
      readonly capacityReservationTarget: { readonly capacityReservationId: string };
    };
    readonly networkInterfaces?: readonly { readonly interfaceType: string }[];
  };
  const {
    scalingConfig,
    instanceTypes,
    capacityType,
    subnetIds,
    taints,
    labels = {},
  } = inputs as {
    readonly labels?: Labels;
    readonly scalingConfig: { readonly minSize: number; readonly maxSize: number };
    readonly instanceTypes?: readonly string[];
    readonly capacityType: string;
    readonly subnetIds: readonly string[];
    readonly taints: readonly Spelt[];
  };
  const id = template.capacityReservationSpecification?.capacityReservationTarget.capacityReservationId;
  return {
    instanceType: instanceTypes?.[0] ?? template.instanceType,
    minNodes: scalingConfig.minSize,
    maxNodes: scalingConfig.maxSize,
    capacity: awsCapacity(capacityType, id),
    zones: ofType(resources, 'Subnet')
      .filter(({ name }) => subnetIds.includes(`id-${name}`))
      .map(({ inputs: subnet }) => subnet['availabilityZone']),
    labels,
    taints: taints.map(fromShouting),
    driver: 'cloud',
    announced: announced(resources, pool),
    interfaces: (template.networkInterfaces ?? []).filter(({ interfaceType }) => interfaceType.startsWith('efa'))
      .length,
  };
}

function announced(resources: readonly Registered[], pool: string): readonly string[] {
  return ofType(resources, 'Tag').flatMap(({ name, inputs }) => {
    const { key, value } = inputs['tag'] as { readonly key: string; readonly value: string };
    const about = /^k8s\.io\/cluster-autoscaler\/node-template\/(.+)$/.exec(key)?.[1];
    return name.startsWith(`east/${pool}/`) ? [`${about}=${value}`] : [];
  });
}

function awsCapacity(type: string, id: string | undefined): CapacityModel {
  if (type === 'SPOT') return { kind: 'spot' };
  if (id === undefined) return { kind: 'onDemand' };
  return { kind: type === 'CAPACITY_BLOCK' ? 'block' : 'reservation', id };
}

function gcp(resources: readonly Registered[], pool: string): MadePool {
  const { inputs } = one(resources, 'NodePool', `east/${pool}`);
  const { nodeConfig, nodeLocations, nodeCount, autoscaling, queuedProvisioning, networkConfig } = inputs as {
    readonly nodeConfig: GcpNodes;
    readonly nodeLocations: readonly string[];
    readonly nodeCount?: number;
    readonly autoscaling?: { readonly totalMinNodeCount: number; readonly totalMaxNodeCount: number };
    readonly queuedProvisioning?: Inputs;
    readonly networkConfig?: {
      readonly acceleratorNetworkProfile?: string;
      readonly additionalNodeNetworkConfigs?: readonly Inputs[];
    };
  };
  const fixed = (nodeCount ?? 0) * nodeLocations.length;
  const [gpu] = nodeConfig.guestAccelerators;
  return {
    instanceType: nodeConfig.machineType,
    minNodes: autoscaling?.totalMinNodeCount ?? fixed,
    maxNodes: autoscaling?.totalMaxNodeCount ?? fixed,
    capacity: queuedProvisioning === undefined ? gcpCapacity(nodeConfig) : { kind: 'queued' },
    zones: nodeLocations,
    labels: nodeConfig.labels ?? {},
    taints: nodeConfig.taints.map(fromShouting),
    driver: nodeConfig.imageType.startsWith('UBUNTU') ? 'operator' : 'cloud',
    // The profile makes a network for every interface that the machine has.
    interfaces:
      networkConfig?.acceleratorNetworkProfile === 'auto'
        ? Number.POSITIVE_INFINITY
        : (networkConfig?.additionalNodeNetworkConfigs ?? []).length,
    accelerators: gpu?.type === '' ? undefined : gpu?.count,
  };
}

interface GcpNodes {
  readonly labels?: Labels;
  readonly machineType: string;
  readonly imageType: string;
  readonly guestAccelerators: readonly { readonly type: string; readonly count: number }[];
  readonly taints: readonly Spelt[];
  readonly spot?: boolean;
  readonly flexStart?: boolean;
  readonly maxRunDuration?: string;
  readonly reservationAffinity?: { readonly values?: readonly string[] };
}

function gcpCapacity({ spot, flexStart, maxRunDuration, reservationAffinity }: GcpNodes): CapacityModel {
  if (spot === true) return { kind: 'spot' };
  if (flexStart === true) return { kind: 'flexStart', maxRunHours: Number(maxRunDuration?.replace('s', '')) / 3600 };
  const [id] = reservationAffinity?.values ?? [];
  return id === undefined ? { kind: 'onDemand' } : { kind: 'reservation', id };
}

function azure(resources: readonly Registered[], pool: string): MadePool {
  const { inputs } = one(resources, 'AgentPool', `east/${pool}`);
  const {
    nodeLabels,
    nodeTaints,
    count,
    minCount = count,
    maxCount = count,
    availabilityZones = [],
    ...rest
  } = inputs as {
    readonly nodeLabels: Labels;
    readonly nodeTaints: readonly string[];
    readonly count: number;
    readonly minCount?: number;
    readonly maxCount?: number;
    readonly availabilityZones?: readonly string[];
    readonly vmSize: string;
    readonly gpuProfile: { readonly driver: string };
    readonly scaleSetPriority?: string;
    readonly spotMaxPrice?: number;
    readonly capacityReservationGroupID?: string;
  };
  return {
    instanceType: rest.vmSize,
    minNodes: minCount,
    maxNodes: maxCount,
    capacity: azureCapacity(rest),
    zones: availabilityZones,
    // AKS sets this one itself, and takes it from nobody.
    labels: { ...nodeLabels, 'kubernetes.azure.com/accelerator': 'nvidia' },
    taints: nodeTaints.map((text) => {
      const [, key = '', value, effect] = /^([^=:]+)(?:=([^:]*))?:(.+)$/.exec(text) ?? [];
      return { key, ...(value === undefined ? {} : { value }), effect: effect as Taint['effect'] };
    }),
    driver: rest.gpuProfile.driver === 'Install' ? 'cloud' : 'operator',
  };
}

function azureCapacity(pool: {
  readonly scaleSetPriority?: string;
  readonly spotMaxPrice?: number;
  readonly capacityReservationGroupID?: string;
}): CapacityModel {
  const { scaleSetPriority, spotMaxPrice = -1, capacityReservationGroupID: id } = pool;
  if (id !== undefined) return { kind: 'reservation', id };
  if (scaleSetPriority !== 'Spot') return { kind: 'onDemand' };
  return { kind: 'spot', ...(spotMaxPrice === -1 ? {} : { maxPricePerHour: spotMaxPrice }) };
}

function alibaba(resources: readonly Registered[], pool: string): MadePool {
  const { inputs } = one(resources, 'NodePool', `east/${pool}`);
  const { desiredSize, scalingConfig, labels, taints, vswitchIds, instanceTypes, ...rest } = inputs as {
    readonly desiredSize?: string;
    readonly scalingConfig?: { readonly minSize: number; readonly maxSize: number };
    readonly labels: readonly { readonly key: string; readonly value: string }[];
    readonly taints: readonly Taint[];
    readonly vswitchIds: readonly string[];
    readonly instanceTypes: readonly string[];
    readonly spotStrategy: string;
    readonly spotPriceLimits?: readonly { readonly priceLimit: string }[];
    readonly privatePoolOptions?: { readonly privatePoolOptionsId: string };
  };
  return {
    instanceType: instanceTypes[0],
    minNodes: scalingConfig?.minSize ?? Number(desiredSize),
    maxNodes: scalingConfig?.maxSize ?? Number(desiredSize),
    capacity: alibabaCapacity(rest),
    zones: ofType(resources, 'Switch')
      .filter(({ name }) => vswitchIds.includes(`id-${name}`))
      .map(({ inputs: subnet }) => subnet['zoneId']),
    labels: Object.fromEntries(labels.map(({ key, value }) => [key, value])),
    taints,
    driver: 'cloud',
  };
}

function alibabaCapacity(pool: {
  readonly spotStrategy: string;
  readonly spotPriceLimits?: readonly { readonly priceLimit: string }[];
  readonly privatePoolOptions?: { readonly privatePoolOptionsId: string };
}): CapacityModel {
  const { spotStrategy, spotPriceLimits, privatePoolOptions } = pool;
  if (privatePoolOptions !== undefined) return { kind: 'reservation', id: privatePoolOptions.privatePoolOptionsId };
  if (spotStrategy === 'NoSpot') return { kind: 'onDemand' };
  const limit = spotPriceLimits?.[0]?.priceLimit;
  return { kind: 'spot', ...(limit === undefined ? {} : { maxPricePerHour: Number(limit) }) };
}

/** A taint as EKS and GKE spell it. */
interface Spelt {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

const EFFECTS: Readonly<Record<string, Taint['effect']>> = {
  NO_SCHEDULE: 'NoSchedule',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
  NO_EXECUTE: 'NoExecute',
};

function fromShouting({ effect, ...taint }: Spelt): Taint {
  const kubernetes = EFFECTS[effect];
  if (kubernetes === undefined) throw new Error(`no effect of a taint is called ${effect}`);
  return { ...taint, effect: kubernetes };
}
