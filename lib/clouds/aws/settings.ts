import type { ClusterModel } from '../../model/platform-model.ts';
import type { DataService } from '../cloud.ts';
import type { Zones } from '../zones.ts';

/** What `aws()` leaves in the model for the Pulumi half. */
export interface AwsSettings {
  readonly zones: Zones;
  readonly vpcCidr: string;
  readonly allowedCidrs: readonly string[];
  /** In the order of the alphabet. */
  readonly services: readonly DataService[];
}

/** The cloud's settings of a cluster, which nobody but `aws()` writes. */
export function awsSettings({ cloud }: Pick<ClusterModel, 'cloud'>): AwsSettings {
  return cloud.settings as unknown as AwsSettings;
}
