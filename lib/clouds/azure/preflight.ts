import { parseCidr, partOf, sizeOf } from '../cidr.ts';
import type { DataService } from '../cloud.ts';
import { always, type CloudPreflight, podParts, type QuotaShare } from '../preflight.ts';
import prices from './prices.json' with { type: 'json' };
import { azureSettings } from './settings.ts';

/** Families by which Azure counts vCPUs, as `az vm list-usage` calls them. */
const FAMILIES: readonly (readonly [sizes: RegExp, family: string])[] = [
  [/^Standard_D\d+s_v5$/, 'standardDSv5Family'],
  [/^Standard_NC\d+as_T4_v3$/, 'Standard NCASv3_T4 Family'],
  [/^Standard_NC\d+ads_A100_v4$/, 'StandardNCADSA100v4Family'],
  [/^Standard_NC\d+adi?s_H100_v5$/, 'StandardNCadsH100v5Family'],
  [/^Standard_ND\d+asr_v4$/, 'Standard NDASv4_A100 Family'],
  [/^Standard_ND\d+amsr_A100_v4$/, 'standardNDAMSv4_A100Family'],
  [/^Standard_ND\d+isr_H100_v5$/, 'standardNDSH100v5Family'],
  [/^Standard_ND\d+isr_H200_v5$/, 'standardNDISRH200V5Family'],
  [/^Standard_NV\d+adm?s_A10_v5$/, 'StandardNVADSA10v5Family'],
];

/** The resource providers that every cluster needs. */
const PROVIDERS = ['ContainerService', 'Compute', 'Network', 'ManagedIdentity', 'OperationalInsights', 'Insights'];

/** Those of the services for data that a cluster asks for. */
const SERVICE_PROVIDERS: Readonly<Record<DataService, string>> = {
  objectStore: 'Storage',
  fileSystem: 'Storage',
  database: 'DBforPostgreSQL',
  registry: 'ContainerRegistry',
};

/** Addresses of a subnet that the network keeps for itself. */
const KEPT = 5;

/**
 * What a team asks Azure for: vCPUs of the family and of the region, and no GPUs. All spot machines of a region share one
 * quota.
 *
 * @see https://learn.microsoft.com/azure/virtual-machines/quotas
 */
export const azurePreflight: CloudPreflight = {
  quotaPage: 'https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas',
  quotas: ({ instanceType, capacity, node: { cpu } }) => {
    const share = (name: string): QuotaShare => ({
      name,
      unit: 'vCPU',
      ...(cpu === undefined ? {} : { perNode: cpu }),
    });
    if (capacity.kind === 'spot') return [share('Total Regional Low-priority vCPUs')];
    return [share('Total Regional vCPUs'), share(familyOf(instanceType))];
  },
  addresses: (cluster, nodes) => {
    const { vnetCidr, podCidr } = azureSettings(cluster);
    const [vnet, pods] = [parseCidr(vnetCidr), parseCidr(podCidr)];
    return [
      {
        name: 'nodes',
        needed: nodes,
        ...(vnet === undefined ? {} : { range: partOf(vnet, vnet.prefix + 1, 0), available: sizeOf(vnet) / 2 - KEPT }),
      },
      {
        name: 'pods, a /24 for each node',
        needed: podParts(nodes),
        range: podCidr,
        ...(pods === undefined ? {} : { available: sizeOf(pods) }),
      },
      { name: 'the gateway, a public one (Standard)', needed: always(1) },
    ];
  },
  permissions: ({ pools }) => [
    'Contributor on the subscription',
    'Role Based Access Control Administrator on the subscription: the cluster, its tenants and its administrators get roles',
    ...(pools.some(({ capacity }) => capacity.kind === 'reservation')
      ? ['the same on the resource groups of the capacity reservations']
      : []),
  ],
  prerequisites: (cluster) => [
    ...new Set(
      [...PROVIDERS, ...providersOfServices(azureSettings(cluster).services)].map(
        (provider) => `resource provider Microsoft.${provider} is registered in the subscription`,
      ),
    ),
    ...(cluster.pools.some(({ fabric }) => fabric.kind === 'infiniband')
      ? [
          'feature Microsoft.ContainerService/AKSInfinibandSupport: the deployment asks for it, and Azure takes minutes to grant it',
        ]
      : []),
  ],
  prices: prices.rows,
};

function providersOfServices(services: readonly DataService[]): readonly string[] {
  return services.length === 0 ? [] : ['KeyVault', ...services.map((service) => SERVICE_PROVIDERS[service])];
}

function familyOf(instanceType: string): string {
  return FAMILIES.find(([sizes]) => sizes.test(instanceType))?.[1] ?? `family of ${instanceType}`;
}
