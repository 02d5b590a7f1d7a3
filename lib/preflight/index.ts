import { alibabaPreflight } from '../clouds/alibaba/preflight.ts';
import { awsPreflight } from '../clouds/aws/preflight.ts';
import { azurePreflight } from '../clouds/azure/preflight.ts';
import { existingPreflight } from '../clouds/existing/preflight.ts';
import { gcpPreflight } from '../clouds/gcp/preflight.ts';
import type { CloudPreflight } from '../clouds/preflight.ts';
import type { CloudId, PlatformModel } from '../model/platform-model.ts';
import { type PreflightSheet, preflight } from './preflight.ts';

const CLOUDS: Readonly<Record<CloudId, CloudPreflight>> = {
  alibaba: alibabaPreflight,
  aws: awsPreflight,
  azure: azurePreflight,
  existing: existingPreflight,
  gcp: gcpPreflight,
};

/** What a team has to have before it deploys each cluster: quotas, addresses, reservations, permissions, money. */
export function preflightSheets(model: PlatformModel): readonly PreflightSheet[] {
  return model.clusters.map((cluster) => preflight(cluster, CLOUDS[cluster.cloud.id]));
}
