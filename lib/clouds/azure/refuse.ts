import type { PlatformError } from '../../model/errors.ts';
import { formatTaint } from '../../model/kubernetes.ts';
import type { PoolModel } from '../../model/platform-model.ts';
import { refuseRanges } from '../addresses.ts';
import type { WantedCluster } from '../cloud.ts';
import { rowsOf } from '../instance-type.ts';
import { cloudProblem } from '../problems.ts';
import { type AzureSettings, azureSettings } from './settings.ts';

/** The only hard taint that AKS takes on a system pool: its own pods tolerate it. */
const SYSTEM_TAINT = 'CriticalAddonsOnly=true:NoSchedule';

/** Whether the driver of a size is of the family GRID, which comes with a licence and so only with the image of AKS. */
function isGrid(size: string): boolean {
  return rowsOf('azure').some(({ instanceType, driver }) => instanceType === size && driver === 'grid');
}

/** What AKS cannot honour, with the nearest thing that works. */
export function refuse(cluster: WantedCluster): readonly PlatformError[] {
  const settings = azureSettings(cluster);
  const { vnetCidr, podCidr, serviceCidr } = settings;
  return [
    ...refuseRanges(cluster.path, { vnetCidr, podCidr, serviceCidr }),
    ...refuseSystemTaints(cluster),
    ...cluster.pools.flatMap((pool) => [
      ...refuseZone(pool, settings),
      ...refuseReservation(pool),
      ...refuseTaints(pool),
      ...refuseOwners(pool),
    ]),
  ];
}

/** @see https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools */
function refuseSystemTaints({ systemPool: { path, taints } }: WantedCluster): readonly PlatformError[] {
  return taints
    .filter((taint) => taint.effect !== 'PreferNoSchedule' && formatTaint(taint) !== SYSTEM_TAINT)
    .map((taint) =>
      cloudProblem(
        'taint',
        path,
        `AKS takes no ${formatTaint(taint)} on its system pool`,
        `Use ${SYSTEM_TAINT}, or the effect PreferNoSchedule.`,
      ),
    );
}

function refuseZone({ path, zone }: PoolModel, { zones }: AzureSettings): readonly PlatformError[] {
  if (zone === undefined || zones.includes(zone)) return [];
  const known = zones.length === 0 ? 'the region is given without any' : `those of the region are ${zones.join(', ')}`;
  const fix = 'Use the number of a zone, or add it to azure({ zones }).';
  return [cloudProblem('zone', path, `there is no zone '${zone}': ${known}`, fix)];
}

function refuseReservation({ path, capacity }: PoolModel): readonly PlatformError[] {
  const isGroup =
    capacity.kind !== 'reservation' ||
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/capacityReservationGroups\/[^/]+$/i.test(
      capacity.id,
    );
  if (isGroup) return [];
  return [
    cloudProblem(
      'name',
      path,
      `'${capacity.id}' is no capacity reservation group`,
      'Write its resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/capacityReservationGroups/….',
    ),
  ];
}

/** @see https://learn.microsoft.com/azure/aks/use-node-taints */
function refuseTaints({ path, taints }: PoolModel): readonly PlatformError[] {
  return taints
    .filter(({ value = '' }) => value === '')
    .map((taint) =>
      cloudProblem('taint', path, `AKS takes no taint without a value: ${formatTaint(taint)}`, 'Give it one.'),
    );
}

function refuseOwners({ path, instanceType, driver, devicePlugin }: PoolModel): readonly PlatformError[] {
  const problems: PlatformError[] = [];
  const add = (what: string, fix: string) => problems.push(cloudProblem('owner', path, what, fix));
  if (devicePlugin === 'cloud')
    add(
      'the images of AKS carry no device plugin, and its managed GPU pools are a preview',
      "Set devicePlugin: 'operator'.",
    );
  if (driver === 'operator' && isGrid(instanceType))
    add(`'${instanceType}' needs the GRID driver, which only AKS has`, "Set driver: 'cloud'.");
  return problems;
}
