import { parseCidr, sizeOf } from '../cidr.ts';
import { always, type CloudPreflight, type Machines, nodesAndPods } from '../preflight.ts';
import { zoneCount } from '../zones.ts';
import { zoneAddresses } from './address-plan.ts';
import prices from './prices.json' with { type: 'json' };
import { awsSettings } from './settings.ts';

/** Addresses of each subnet that the VPC keeps for itself. */
const KEPT = 5;

/** Permissions for the services for data that a cluster asks for. */
const SERVICE_PERMISSIONS = {
  objectStore: 's3:*',
  fileSystem: 'elasticfilesystem:*',
  database: 'rds:*',
  registry: 'ecr:*',
};

/**
 * What a team asks AWS for. EC2 counts vCPUs, and no GPUs: P has a quota of its own, G shares one with VT. A capacity block
 * was counted when it was bought.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
export const awsPreflight: CloudPreflight = {
  quotaPage: 'https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas',
  quotas: (machines) => {
    if (machines.capacity.kind === 'block') return [];
    const { cpu } = machines.node;
    return [{ name: quotaName(machines), unit: 'vCPU', ...(cpu === undefined ? {} : { perNode: cpu }) }];
  },
  addresses: (cluster, nodes) => {
    const settings = awsSettings(cluster);
    const zones = zoneCount(settings);
    const subnet = parseCidr(zoneAddresses(settings.vpcCidr, 0).privateCidr);
    return [
      {
        name: `nodes and pods, in the subnets of ${zones} zones`,
        needed: nodesAndPods(nodes),
        range: settings.vpcCidr,
        ...(subnet === undefined ? {} : { available: zones * (sizeOf(subnet) - KEPT) }),
      },
      { name: 'the gateways, public ones (quota EC2-VPC Elastic IPs)', needed: always(zones) },
    ];
  },
  permissions: (cluster) => [
    'eks:*',
    'ec2:*',
    'iam: roles, policies and pass-role below the cluster name',
    'kms:*',
    'logs:*',
    'autoscaling:*',
    ...awsSettings(cluster).services.map((service) => SERVICE_PERMISSIONS[service]),
  ],
  prerequisites: ({ pools }) => [
    'EBS encrypts new volumes by default in the region: the StorageClasses of EKS do not ask for it',
    ...pools.flatMap(({ name, instanceType, fabric, zone }) =>
      fabric.kind === 'efa' && zone === undefined
        ? [`the first zone of the cluster offers ${instanceType}, for pool '${name}'; name another with zone`]
        : [],
    ),
  ],
  prices: prices.rows,
};

function quotaName({ instanceType, capacity: { kind } }: Machines): string {
  const family = /^[a-z]+\d*/.exec(instanceType)?.[0].toUpperCase() ?? '';
  const group = /^(G|VT)/.test(family)
    ? 'G and VT'
    : family.startsWith('P')
      ? 'P'
      : 'Standard (A, C, D, H, I, M, R, T, Z)';
  if (kind !== 'spot') return `Running On-Demand ${group} instances`;
  if (group !== 'P') return `All ${group} Spot Instance Requests`;
  return ['P2', 'P3', 'P4'].includes(family)
    ? 'All P4, P3 and P2 Spot Instance Requests'
    : `All ${family} Spot Instance Requests`;
}
