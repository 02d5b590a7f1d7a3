import type { PlatformError } from '../../model/errors.ts';
import type { PoolModel } from '../../model/platform-model.ts';
import { refuseRanges } from '../addresses.ts';
import type { WantedCluster } from '../cloud.ts';
import { cloudProblem } from '../problems.ts';
import { zoneCount } from '../zones.ts';
import { isVpcCidr, MAX_ZONES } from './address-plan.ts';
import { type AlibabaSettings, alibabaSettings } from './settings.ts';

/** What ACK cannot honour, with the nearest thing that works. */
export function refuse(cluster: WantedCluster): readonly PlatformError[] {
  const settings = alibabaSettings(cluster);
  return [
    ...refuseNetwork(cluster, settings),
    ...refuseRelease(cluster, settings),
    ...cluster.pools.flatMap((pool) => [...refuseZone(pool, settings), ...refuseOwner(pool)]),
  ];
}

function refuseNetwork({ path }: WantedCluster, settings: AlibabaSettings): readonly PlatformError[] {
  const { vpcCidr, serviceCidr } = settings;
  const count = zoneCount(settings);
  const problems: PlatformError[] = [];
  if (!Number.isInteger(count) || count < 1 || count > MAX_ZONES) {
    const fix = `Set zones to 1 to ${MAX_ZONES}.`;
    problems.push(cloudProblem('zone', path, `a cluster in ${count} zones`, fix));
  }
  const ranges = refuseRanges(path, { vpcCidr, serviceCidr });
  if (ranges.length === 0 && !isVpcCidr(vpcCidr)) {
    const fix = "Write a range of /8 to /18, such as '10.0.0.0/16'.";
    problems.push(cloudProblem('addresses', path, `'${vpcCidr}' has no room for nodes and pods`, fix));
  }
  return [...problems, ...ranges];
}

function refuseRelease(
  { path, kubernetesVersion }: WantedCluster,
  { release }: AlibabaSettings,
): readonly PlatformError[] {
  if (release === undefined || release.startsWith(`${kubernetesVersion}.`)) return [];
  const what = `release '${release}' is not one of Kubernetes ${kubernetesVersion}`;
  return [cloudProblem('name', path, what, `Name one such as '${kubernetesVersion}.1-aliyun.1', or leave it out.`)];
}

function refuseZone({ path, zone, capacity }: PoolModel, { zones }: AlibabaSettings): readonly PlatformError[] {
  if (zone !== undefined && typeof zones !== 'number' && !zones.includes(zone)) {
    const fix = `Use one of ${zones.join(', ')}, or add it to alibaba({ zones }).`;
    return [cloudProblem('zone', path, `zone '${zone}' is not among those of the cluster`, fix)];
  }
  if (capacity.kind !== 'reservation' || zone !== undefined) return [];
  const what = `private pool '${capacity.id}' is in one zone, and the pool names none`;
  return [cloudProblem('zoneNeeded', path, what, 'Set zone to its zone.')];
}

function refuseOwner({ path, driver }: PoolModel): readonly PlatformError[] {
  if (driver === 'cloud') return [];
  const what = 'ACK installs the driver on every GPU node, and there is no switch to leave it out';
  return [cloudProblem('owner', path, what, "Set driver: 'cloud'; devicePlugin: 'operator' is possible.")];
}
