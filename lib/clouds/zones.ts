import { cloudProblem } from './problems.ts';

/** The zones of a cluster: how many of the region's, or their names. */
export type Zones = number | readonly string[];

export function zoneCount({ zones }: { readonly zones: Zones }): number {
  return typeof zones === 'number' ? zones : zones.length;
}

/**
 * The zone of a cluster that takes as many of the region's as it asks for, in the order of the region.
 *
 * @param known the zones of the region, which only the cloud can name
 * @throws PlatformError CLOUD-003 when the region has fewer
 */
export function nthZone(
  known: readonly string[],
  index: number,
  { path, region, zones }: { readonly path: string; readonly region: string; readonly zones: number },
): string {
  const zone = known[index];
  if (zone !== undefined) return zone;
  const what = `${zones} zones are wanted, and ${region} has ${known.length}`;
  throw cloudProblem('zone', path, what, `Set zones to ${known.length}.`);
}
