import type { ClusterModel } from '../../model/platform-model.ts';
import type { DataService } from '../cloud.ts';

/** What `azure()` leaves in the model for the Pulumi half. */
export interface AzureSettings {
  readonly subscriptionId: string;
  readonly zones: readonly string[];
  readonly vnetCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly allowedCidrs: readonly string[];
  /** In the order of the alphabet. */
  readonly services: readonly DataService[];
}

/** The cloud's settings of a cluster, which nobody but `azure()` writes. */
export function azureSettings({ cloud }: Pick<ClusterModel, 'cloud'>): AzureSettings {
  return cloud.settings as unknown as AzureSettings;
}
