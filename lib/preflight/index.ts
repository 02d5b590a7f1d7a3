import { awsPreflight } from '../clouds/aws/preflight.ts';
import type { CloudPreflight } from '../clouds/preflight.ts';
import type { CloudId, PlatformModel } from '../model/platform-model.ts';
import { type PreflightSheet, preflight } from './preflight.ts';

/** What each cloud asks for. An existing cluster is there already. */
const CLOUDS: Readonly<Partial<Record<CloudId, CloudPreflight>>> = { aws: awsPreflight };

/** What a team has to have before it deploys each cluster: quotas, addresses, reservations, permissions, money. */
export function preflightSheets(model: PlatformModel): readonly PreflightSheet[] {
  return preflight(model, CLOUDS);
}
