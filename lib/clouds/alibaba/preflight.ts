import type { PoolModel } from '../../model/platform-model.ts';
import { parseCidr, sizeOf } from '../cidr.ts';
import type { DataService } from '../cloud.ts';
import { always, type CloudPreflight, type Machines, podsOf, type QuotaShare } from '../preflight.ts';
import { zoneCount } from '../zones.ts';
import { zoneAddresses } from './address-plan.ts';
import prices from './prices.json' with { type: 'json' };
import { alibabaSettings, takesKey } from './settings.ts';

/** Families that an account gets only when it asks for them. */
const ON_REQUEST = /^ecs\.(gn8|ebmgn8|ebmgn9)/;

/** Policies for the services for data that a cluster asks for. */
const SERVICE_POLICIES: Readonly<Record<DataService, string>> = {
  objectStore: 'AliyunOSSFullAccess and AliyunRAMFullAccess',
  fileSystem: 'AliyunNASFullAccess',
  database: 'AliyunRDSFullAccess',
  registry: 'AliyunContainerRegistryFullAccess',
};

/** Addresses of a switch that the VPC keeps for itself. */
const KEPT = 4;

/**
 * What a team asks Alibaba Cloud for. ECS counts vCPUs and GPUs by family of machines and by how they are paid.
 *
 * @see https://www.alibabacloud.com/help/en/ecs/product-overview/limits
 */
export const alibabaPreflight: CloudPreflight = {
  quotaPage: 'https://quotas.console.alibabacloud.com/products/ecs/quotas',
  quotas: (machines) => [share(machines, 'vCPU', machines.node.cpu), ...gpus(machines)],
  addresses: (cluster, nodes) => {
    const settings = alibabaSettings(cluster);
    const zones = zoneCount(settings);
    const { nodeCidr, podCidr } = zoneAddresses(settings.vpcCidr, 0);
    const [node, pod] = [parseCidr(nodeCidr), parseCidr(podCidr)];
    return [
      {
        name: `nodes, in the switches of ${zones} zones`,
        needed: nodes,
        range: settings.vpcCidr,
        ...(node === undefined ? {} : { available: zones * (sizeOf(node) - KEPT) }),
      },
      {
        name: `pods, in the switches of ${zones} zones`,
        needed: podsOf(nodes),
        range: settings.vpcCidr,
        ...(pod === undefined ? {} : { available: zones * (sizeOf(pod) - KEPT) }),
      },
      { name: 'the gateway, a public one (EIP)', needed: always(1) },
    ];
  },
  permissions: (cluster) => [
    'AliyunCSFullAccess',
    'AliyunVPCFullAccess',
    'AliyunEIPFullAccess',
    'AliyunNATGatewayFullAccess',
    ...(takesKey(alibabaSettings(cluster)) ? ['AliyunKMSFullAccess'] : []),
    ...alibabaSettings(cluster).services.map((service) => SERVICE_POLICIES[service]),
  ],
  prerequisites: ({ pools, cloud }) => [
    'Container Service is activated, and its service roles are authorized once in its console',
    ...(takesKey(alibabaSettings({ cloud }))
      ? ['KMS is activated; where the default key of the region is enabled already, dataKey names it']
      : []),
    ...(alibabaSettings({ cloud }).services.includes('database')
      ? [
          'RDS is authorized once in its console to use keys of KMS, by the role AliyunRDSInstanceEncryptionDefaultRole',
          'the first two zones of the cluster offer RDS for PostgreSQL; name others with zones',
        ]
      : []),
    ...pools
      .filter(({ instanceType }) => ON_REQUEST.test(instanceType))
      .map(
        ({ name, instanceType }) => `the account is allowed to buy ${instanceType}, by a ticket, for pool '${name}'`,
      ),
    ...(pools.some(hasErdma)
      ? [
          'AliyunCSManagedNetworkRole is among those service roles: ACK eRDMA Controller attaches interfaces by it',
          `Terway is told by eni_tag_filter which interfaces are its own, before the first node with eRDMA joins: ${TERWAY_PAGE}`,
          'images of jobs carry the libraries of eRDMA: libibverbs1 and ibverbs-providers of its own repository',
        ]
      : []),
  ],
  unknown: ({ pools }) =>
    pools
      .filter((pool) => hasErdma(pool) && pool.minNodes === 0)
      .map(
        ({ name }) =>
          `whether ACK adds a first node to pool '${name}' for a pod that asks for aliyun/erdma; set minNodes to 1`,
      ),
  prices: prices.rows,
};

const TERWAY_PAGE =
  'https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/configure-a-whitelist-for-an-eni';

function hasErdma({ fabric }: PoolModel): boolean {
  return fabric.kind === 'erdma';
}

function gpus(machines: Machines): readonly QuotaShare[] {
  return machines.accelerator === undefined ? [] : [share(machines, 'GPU', machines.accelerator.perNode)];
}

function share(
  { instanceType, capacity }: Machines,
  unit: QuotaShare['unit'],
  perNode: number | undefined,
): QuotaShare {
  const family = /^ecs\.[a-z0-9]+/.exec(instanceType)?.[0] ?? instanceType;
  const paid = capacity.kind === 'spot' ? 'spot' : 'pay-as-you-go';
  return { name: `${unit}s of ${family}, ${paid}`, unit, ...(perNode === undefined ? {} : { perNode }) };
}
