import type { PlatformError } from '../../model/errors.ts';
import { formatTaint } from '../../model/kubernetes.ts';
import type { PoolModel } from '../../model/platform-model.ts';
import type { WantedCluster } from '../cloud.ts';
import { cloudProblem } from '../problems.ts';
import { zoneCount } from '../zones.ts';
import { isVpcCidr, MAX_ZONES } from './address-plan.ts';
import { type AwsSettings, awsSettings } from './settings.ts';

/** What EKS cannot honour, with the nearest thing that works. */
export function refuse(cluster: WantedCluster): readonly PlatformError[] {
  const settings = awsSettings(cluster);
  return [
    ...refuseNetwork(cluster, settings),
    ...cluster.pools.flatMap((pool) => [
      ...refuseZone(pool, settings),
      ...refuseOwners(pool),
      ...refuseSize(pool),
      ...refuseTaints(pool),
    ]),
  ];
}

function refuseNetwork({ path }: WantedCluster, settings: AwsSettings): readonly PlatformError[] {
  const { vpcCidr } = settings;
  const count = zoneCount(settings);
  const problems: PlatformError[] = [];
  if (!Number.isInteger(count) || count < 2 || count > MAX_ZONES) {
    const fix = `Set zones to 2 to ${MAX_ZONES}: EKS needs two.`;
    problems.push(cloudProblem('zone', path, `a cluster in ${count} zones`, fix));
  }
  if (!isVpcCidr(vpcCidr)) {
    const fix = "Write a range of /16 to /22 that begins where such a range may, such as '10.0.0.0/16'.";
    problems.push(cloudProblem('addresses', path, `'${vpcCidr}' cannot be the address range of the VPC`, fix));
  }
  return problems;
}

function refuseZone({ path, zone, capacity }: PoolModel, { zones }: AwsSettings): readonly PlatformError[] {
  if (zone !== undefined && typeof zones !== 'number' && !zones.includes(zone)) {
    const fix = `Use one of ${zones.join(', ')}, or add it to aws({ zones }).`;
    return [cloudProblem('zone', path, `zone '${zone}' is not among those of the cluster`, fix)];
  }
  if ((capacity.kind !== 'reservation' && capacity.kind !== 'block') || zone !== undefined) return [];
  const what = `reserved capacity '${capacity.id}' is in one zone, and the pool names none`;
  return [cloudProblem('zoneNeeded', path, what, 'Set zone to its zone.')];
}

function refuseOwners({ path, driver, devicePlugin }: PoolModel): readonly PlatformError[] {
  const problems: PlatformError[] = [];
  if (driver === 'operator') {
    const what = 'the GPU images of EKS carry the driver, and there is no switch to leave it out';
    problems.push(cloudProblem('owner', path, what, "Set driver: 'cloud'."));
  }
  if (devicePlugin === 'cloud') {
    const what = 'the GPU images of EKS carry no device plugin';
    problems.push(cloudProblem('owner', path, what, "Set devicePlugin: 'operator'."));
  }
  return problems;
}

/** @see https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupScalingConfig.html */
function refuseSize({ path, maxNodes }: PoolModel): readonly PlatformError[] {
  if (maxNodes > 0) return [];
  const fix = 'Set maxNodes to 1 or more, or leave the pool out.';
  return [cloudProblem('combination', path, 'EKS has no node group that can never have a node', fix)];
}

/** Of a pool without nodes, cluster-autoscaler reads the taints from tags, which have one value for each key. */
function refuseTaints({ path, minNodes, taints }: PoolModel): readonly PlatformError[] {
  if (minNodes > 0) return [];
  const second = taints.find(({ key }, index) => taints.findIndex((one) => one.key === key) < index);
  if (second === undefined) return [];
  const what = `${formatTaint(second)} is the second taint with this key, and a pool that may be empty can have but one`;
  return [cloudProblem('taint', path, what, 'Give it another key, or set minNodes to 1 or more.')];
}
