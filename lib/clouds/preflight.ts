import type { CapacityModel, ClusterModel } from '../model/platform-model.ts';

/** One price of a machine type, as somebody published it on some day. */
export interface PriceRow {
  readonly instanceType: string;
  readonly region?: string;
  readonly currency: string;
  readonly onDemandPerHour?: number;
  readonly spotPerHour?: number;
  readonly asOf: string;
}

/** What a team has to ask its cloud for before the first deployment: facts, no SDK. */
export interface CloudPreflight {
  /** Where quotas are raised. */
  readonly quotaPage: string;
  /** Name of the quota that the machine type counts against, and what it counts. */
  quotaOf(instanceType: string, capacity: CapacityModel): { readonly name: string; readonly unit: 'vCPU' | 'machines' };
  /** What the identity that deploys must be allowed to do. */
  readonly permissions: readonly string[];
  /** What must be switched on, or be there, before the cluster is deployed. */
  prerequisites(cluster: ClusterModel): readonly string[];
  /** Dated prices; estimates, never a bill. */
  readonly prices: readonly PriceRow[];
}
