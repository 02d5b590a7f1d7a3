import type { ClusterModel } from '../../model/platform-model.ts';
import type { DataService } from '../cloud.ts';
import type { Zones } from '../zones.ts';

/** What `gcp()` leaves in the model for the Pulumi half. */
export interface GcpSettings {
  readonly project: string;
  readonly zones: Zones;
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly fabricCidr: string;
  readonly allowedCidrs: readonly string[];
  /** In the order of the alphabet. */
  readonly services: readonly DataService[];
}

/** The cloud's settings of a cluster, which nobody but `gcp()` writes. */
export function gcpSettings({ cloud }: Pick<ClusterModel, 'cloud'>): GcpSettings {
  return cloud.settings as unknown as GcpSettings;
}
