import type { PlatformError } from '../../model/errors.ts';
import { formatTaint } from '../../model/kubernetes.ts';
import type { PoolModel } from '../../model/platform-model.ts';
import { refuseRanges } from '../addresses.ts';
import type { WantedCluster } from '../cloud.ts';
import { cloudProblem } from '../problems.ts';
import { zoneCount } from '../zones.ts';
import { type GcpSettings, gcpSettings } from './settings.ts';

/** Longest run of a flex-start node in hours. */
const MAX_RUN_HOURS = 168;

/** What GKE cannot honour, with the nearest thing that works. */
export function refuse(cluster: WantedCluster): readonly PlatformError[] {
  const settings = gcpSettings(cluster);
  const { nodeCidr, podCidr, serviceCidr, fabricCidr } = settings;
  const isAttached = cluster.pools.some(({ fabric }) => fabric.networks !== undefined);
  return [
    ...refuseZones(cluster, settings),
    ...refuseRanges(cluster.path, { nodeCidr, podCidr, serviceCidr, ...(isAttached ? { fabricCidr } : {}) }),
    ...refuseSystemTaints(cluster),
    ...cluster.pools.flatMap((pool) => [
      ...refuseZone(pool, settings, cluster.cloud.region ?? ''),
      ...refuseCapacity(pool),
      ...refuseOwners(pool),
      ...refuseFabric(pool),
      ...refuseType(pool),
    ]),
  ];
}

function refuseZones({ path, cloud }: WantedCluster, settings: GcpSettings): readonly PlatformError[] {
  const { zones } = settings;
  const count = zoneCount(settings);
  if (!Number.isInteger(count) || count < 1)
    return [cloudProblem('zone', path, `a cluster in ${count} zones`, 'Set zones to a whole number of at least 1.')];
  const elsewhere = typeof zones === 'number' ? [] : zones.filter((zone) => !zone.startsWith(`${cloud.region}-`));
  return elsewhere.map((zone) =>
    cloudProblem(
      'zone',
      path,
      `zone '${zone}' is not in region '${cloud.region}'`,
      `Name zones such as '${cloud.region}-a'.`,
    ),
  );
}

/** Agents of GKE itself run on the system pool and tolerate no taints of ours. */
function refuseSystemTaints({ systemPool: { path, taints } }: WantedCluster): readonly PlatformError[] {
  return taints
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .map((taint) =>
      cloudProblem(
        'taint',
        path,
        `${formatTaint(taint)} on the system pool would keep GKE's own agents off every node`,
        'Leave it out, or give it the effect PreferNoSchedule.',
      ),
    );
}

function refuseZone(
  { path, zone, capacity }: PoolModel,
  { zones }: GcpSettings,
  region: string,
): readonly PlatformError[] {
  if (zone !== undefined && !zone.startsWith(`${region}-`))
    return [
      cloudProblem('zone', path, `zone '${zone}' is not in region '${region}'`, `Name one such as '${region}-a'.`),
    ];
  if (zone !== undefined && typeof zones !== 'number' && !zones.includes(zone)) {
    const fix = `Use one of ${zones.join(', ')}, or add it to gcp({ zones }).`;
    return [cloudProblem('zone', path, `zone '${zone}' is not among those of the cluster`, fix)];
  }
  if (capacity.kind !== 'reservation' || zone !== undefined) return [];
  const what = `reservation '${capacity.id}' is in one zone, and the pool names none`;
  return [cloudProblem('zoneNeeded', path, what, 'Set zone to its zone.')];
}

/** @see https://cloud.google.com/kubernetes-engine/docs/concepts/dws */
function refuseCapacity({ path, capacity, minNodes, maxNodes }: PoolModel): readonly PlatformError[] {
  if (capacity.kind !== 'flexStart' && capacity.kind !== 'queued') return [];
  const problems: PlatformError[] = [];
  if (minNodes > 0 || maxNodes === 0) {
    problems.push(
      cloudProblem(
        'combination',
        path,
        `nodes bought as '${capacity.kind}' come and go, and the pool has ${minNodes} to ${maxNodes}`,
        `Set minNodes to 0 and maxNodes to the most that may come, such as ${Math.max(1, maxNodes)}.`,
      ),
    );
  }
  const hours = capacity.kind === 'flexStart' ? capacity.maxRunHours : 1;
  if (!Number.isInteger(hours) || hours < 1 || hours > MAX_RUN_HOURS) {
    const fix = `Write Capacity.flexStart(hours) with 1 to ${MAX_RUN_HOURS} hours.`;
    problems.push(cloudProblem('combination', path, `a run of ${hours} hours`, fix));
  }
  return problems;
}

function refuseOwners({ path, driver, devicePlugin }: PoolModel): readonly PlatformError[] {
  if (driver !== 'operator' || devicePlugin !== 'cloud') return [];
  return [
    cloudProblem(
      'owner',
      path,
      "the device plugin of GKE works with GKE's driver, and the operator is to install another one",
      "Set devicePlugin: 'operator' too, or leave both out.",
    ),
  ];
}

/** Networks of the interfaces are there where GKE itself gives those to pods, or attaches pods to them. */
function refuseFabric({ path, fabric, driver, devicePlugin }: PoolModel): readonly PlatformError[] {
  if (fabric.kind === 'none' || fabric.claimed === true) return [];
  if (fabric.networks !== undefined) {
    if (driver === 'cloud' && devicePlugin === 'cloud') return [];
    const own = 'GPUDirect-TCPXO works with the driver, the device plugin and the image of GKE alone';
    const fix = "Leave driver, devicePlugin and sharing out. Or set fabric: 'none'.";
    return [cloudProblem('owner', path, own, fix)];
  }
  const what = `nothing makes the networks of its ${fabric.kind} interfaces, so nobody can bring them to pods`;
  return [
    cloudProblem(
      'combination',
      path,
      what,
      "Leave rdma out: GKE itself gives RoCE and TCPXO to pods. Or set fabric: 'none'.",
    ),
  ];
}

function refuseType({ path, instanceType, accelerator }: PoolModel): readonly PlatformError[] {
  if (accelerator.cloudName !== undefined) return [];
  const what = `nothing says how GKE calls the GPUs of '${instanceType}'`;
  return [
    cloudProblem('name', path, what, "Register the machine type with accelerator.cloudName, such as 'nvidia-l4'."),
  ];
}
