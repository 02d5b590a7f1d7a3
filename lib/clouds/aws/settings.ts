import type { ClusterModel } from '../../model/platform-model.ts';
import type { DataService } from '../cloud.ts';

/** What `aws()` leaves in the model for the Pulumi half. */
export interface AwsSettings {
  readonly zones: number | readonly string[];
  readonly vpcCidr: string;
  readonly allowedCidrs: readonly string[];
  /** In the order of the alphabet. */
  readonly services: readonly DataService[];
}

/** The cloud's settings of a cluster, which nobody but `aws()` writes. */
export function awsSettings({ cloud }: Pick<ClusterModel, 'cloud'>): AwsSettings {
  return cloud.settings as unknown as AwsSettings;
}

export function zoneCount({ zones }: AwsSettings): number {
  return typeof zones === 'number' ? zones : zones.length;
}
