import type { ClusterModel } from '../../model/platform-model.ts';
import type { Zones } from '../zones.ts';
import type { AlibabaService } from './facts.ts';

/** What `alibaba()` leaves in the model for the Pulumi half. */
export interface AlibabaSettings {
  readonly zones: Zones;
  readonly vpcCidr: string;
  readonly serviceCidr: string;
  readonly release?: string;
  /** In the order of the alphabet. */
  readonly services: readonly AlibabaService[];
}

/** The cloud's settings of a cluster, which nobody but `alibaba()` writes. */
export function alibabaSettings({ cloud }: Pick<ClusterModel, 'cloud'>): AlibabaSettings {
  return cloud.settings as unknown as AlibabaSettings;
}

/** Whether what the cluster stores is encrypted with a key of KMS. NAS has one of its own. */
export function takesKey({ services }: AlibabaSettings): boolean {
  return services.some((service) => service !== 'fileSystem');
}
