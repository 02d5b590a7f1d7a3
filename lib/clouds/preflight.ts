import type { AcceleratorModel, CapacityModel, ClusterModel, NodeShape } from '../model/platform-model.ts';

/** An amount at the smallest and at the largest size of the pools. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The equal machines of one pool. */
export interface Machines {
  readonly pool: string;
  readonly instanceType: string;
  readonly capacity: CapacityModel;
  readonly nodes: Range;
  readonly node: NodeShape;
  /** Absent in the system pool. */
  readonly accelerator?: AcceleratorModel;
}

/** What one machine takes of a quota. */
export interface QuotaShare {
  readonly name: string;
  readonly unit: 'vCPU' | 'GPU';
  /** Absent where nobody has written down how much it is. */
  readonly perNode?: number;
}

/** Addresses that the cluster takes at its smallest and at its largest size, and those that there are. */
export interface AddressNeed {
  readonly name: string;
  readonly needed: Range;
  /** Where they come from. */
  readonly range?: string;
  /** How many there are. */
  readonly available?: number;
}

/** One price of a machine type, as somebody published it on some day. */
export interface PriceRow {
  readonly instanceType: string;
  readonly region?: string;
  readonly currency: string;
  readonly onDemandPerHour?: number;
  readonly spotPerHour?: number;
  readonly asOf: string;
  /** Where and when the price of spot machines was seen, unless it is as the other one. */
  readonly spotRegion?: string;
  readonly spotAsOf?: string;
}

/** What a team has to have before the first deployment: facts, no SDK. */
export interface CloudPreflight {
  /** Where quotas are raised; absent where there are none. */
  readonly quotaPage?: string;
  /** The quotas that a machine counts against. */
  quotas(machines: Machines): readonly QuotaShare[];
  /** Addresses for this many nodes, and for what stands around them. */
  addresses(cluster: ClusterModel, nodes: Range): readonly AddressNeed[];
  /** What the identity that deploys must be allowed to do. */
  permissions(cluster: ClusterModel): readonly string[];
  /** What must be switched on, or be there, before the cluster is deployed. */
  prerequisites(cluster: ClusterModel): readonly string[];
  /** What nobody but the owner of the cluster can tell. @default - nothing */
  unknown?(cluster: ClusterModel): readonly string[];
  /** Dated prices; estimates, never a bill. Absent where nothing is bought. */
  readonly prices?: readonly PriceRow[];
}

/** Pods that a node takes unless it is told otherwise. */
const PODS_PER_NODE = 110;
/** Addresses that a node takes of a range in which each node gets a part of its own. */
const PART_PER_NODE = 256;

/** Addresses of pods where each has one of the network. */
export function podsOf(nodes: Range): Range {
  return times(nodes, PODS_PER_NODE);
}

/** The same with those of the nodes. */
export function nodesAndPods(nodes: Range): Range {
  return times(nodes, 1 + PODS_PER_NODE);
}

/** Addresses of pods where each node takes a `/24`. */
export function podParts(nodes: Range): Range {
  return times(nodes, PART_PER_NODE);
}

export function times({ min, max }: Range, factor: number): Range {
  return { min: min * factor, max: max * factor };
}

/** The same number whatever the size of the pools. */
export function always(count: number): Range {
  return { min: count, max: count };
}
