import { PlatformError } from '../../model/errors.ts';
import type { ClusterModel, PoolModel } from '../../model/platform-model.ts';
import { isVpcCidr, MAX_ZONES } from './address-plan.ts';
import { type AwsSettings, awsSettings, zoneCount } from './settings.ts';

/** What EKS cannot honour, with the nearest thing that works. */
export function refuse(cluster: ClusterModel): readonly PlatformError[] {
  const settings = awsSettings(cluster);
  return [...refuseNetwork(cluster, settings), ...cluster.pools.flatMap((pool) => refusePool(pool, settings))];
}

function refuseNetwork({ path }: ClusterModel, settings: AwsSettings): readonly PlatformError[] {
  const count = zoneCount(settings);
  const problems: PlatformError[] = [];
  if (!Number.isInteger(count) || count < 2 || count > MAX_ZONES) {
    problems.push(
      new PlatformError(
        'AWS-001',
        path,
        `a cluster in ${count} zones`,
        `Set zones to 2 to ${MAX_ZONES}: EKS needs two.`,
      ),
    );
  }
  if (!isVpcCidr(settings.vpcCidr)) {
    problems.push(
      new PlatformError(
        'AWS-002',
        path,
        `'${settings.vpcCidr}' cannot be the address range of the VPC`,
        "Write a range of /16 to /22 that begins where such a range may, such as '10.0.0.0/16'.",
      ),
    );
  }
  return problems;
}

function refusePool(pool: PoolModel, { zones }: AwsSettings): readonly PlatformError[] {
  const { capacity, path, zone, driver, devicePlugin } = pool;
  const problems: PlatformError[] = [];
  const add = (code: string, what: string, fix: string) => problems.push(new PlatformError(code, path, what, fix));
  if ((capacity.kind === 'reservation' || capacity.kind === 'block') && zone === undefined) {
    add(
      'AWS-003',
      `reserved capacity '${capacity.id}' is in one zone, and the pool names none`,
      'Set zone to its zone.',
    );
  }
  if (zone !== undefined && typeof zones !== 'number' && !zones.includes(zone)) {
    add(
      'AWS-004',
      `zone '${zone}' is not among those of the cluster`,
      `Use one of ${zones.join(', ')}, or add it to aws({ zones }).`,
    );
  }
  if (driver === 'operator') {
    add(
      'AWS-005',
      'the GPU images of EKS carry the driver, and there is no switch to leave it out',
      "Set driver: 'cloud'.",
    );
  }
  if (devicePlugin === 'cloud') {
    add('AWS-006', 'the GPU images of EKS carry no device plugin', "Set devicePlugin: 'operator'.");
  }
  return problems;
}
