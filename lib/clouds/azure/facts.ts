import type { JsonObject } from '../../model/json.ts';
import { Ref } from '../../model/value.ts';
import type { Cloud, DataService, RefSecrecy } from '../cloud.ts';
import { catalogue, type InstanceType } from '../instance-type.ts';
import { refuse } from './refuse.ts';
import { azureStorageClasses } from './storage-classes.ts';

/** Settings of a cluster on Azure Kubernetes Service. */
export interface AzureProps {
  /** Id of the subscription. */
  readonly subscriptionId: string;
  /** Azure region, such as `eastus2`. */
  readonly location: string;
  /**
   * Zones of the region over which the system pool spreads; an empty list where the region has none. GPU pools are where
   * Azure has their machines, unless they name a zone.
   *
   * @default ['1', '2', '3']
   */
  readonly zones?: readonly string[];
  /**
   * Addresses of the virtual network; nodes take the first half of it.
   *
   * @default '10.0.0.0/16'
   */
  readonly vnetCidr?: string;
  /**
   * Addresses of the pods, which only the cluster knows; each node takes a `/24` of them.
   *
   * @default '10.244.0.0/14', enough for 1024 nodes
   */
  readonly podCidr?: string;
  /**
   * Addresses of the services.
   *
   * @default '172.20.0.0/16'
   */
  readonly serviceCidr?: string;
  /**
   * Address ranges that may reach the control plane from outside of the network. Without any, it is private, and a
   * deployment has to run where the network can be reached.
   *
   * @default - none: the control plane is private
   */
  readonly allowedCidrs?: readonly string[];
  /**
   * Services for data, made beside the cluster in a resource group of their own, encrypted with one key of a Key Vault and
   * kept when the cluster goes, with the references that each gives:
   *
   * - `objectStore`: a storage account, `bucketName`. Jobs of a tenant read and write its container `tenant-<namespace>`.
   * - `fileSystem`: a premium share of Azure Files over NFS, of 1 TiB: `fileSystemId`, and what a volume of the type `nfs`
   *   wants, `fileSystemHost` and `fileSystemPath`.
   * - `database`: Azure Database for PostgreSQL, `databaseHost`; database and user are called `metadata`, the password is
   *   given to `azureResources`.
   * - `registry`: a container registry, `repositoryUrl`.
   *
   * @default - none
   */
  readonly services?: readonly DataService[];
  /**
   * Machine sizes that the catalogue does not know yet.
   *
   * @default - none
   */
  readonly instanceTypes?: readonly InstanceType[];
}

/** What only the deployment of an AKS cluster knows. */
export const azureRefs = {
  certificateAuthority: 'plain',
  clusterId: 'plain',
  endpoint: 'plain',
  kubeconfig: 'secret',
  oidcIssuer: 'plain',
  vnetId: 'plain',
} as const;

/** What only the deployment of its services for data knows. */
export const azureServiceRefs = {
  objectStore: { bucketName: 'plain' },
  fileSystem: { fileSystemId: 'plain', fileSystemHost: 'plain', fileSystemPath: 'plain' },
  database: { databaseHost: 'plain' },
  registry: { repositoryUrl: 'plain' },
} as const satisfies Record<DataService, Readonly<Record<string, RefSecrecy>>>;

/** The references of a cluster with the services. */
export function azureRefsWith(services: readonly DataService[]): Readonly<Record<string, RefSecrecy>> {
  return Object.assign({}, azureRefs, ...services.map((service) => azureServiceRefs[service]));
}

/** Name of the reference to the client id of the identity that the jobs of a tenant have. */
export function clientIdRef(tenant: string): string {
  return `clientId-${tenant}`;
}

/** Labels that AKS sets by itself and takes from nobody else. */
export const AKS_OWN_LABELS: ReadonlySet<string> = new Set(['kubernetes.azure.com/accelerator']);

const SPOT = 'kubernetes.azure.com/scalesetpriority';

/**
 * A cluster on Azure Kubernetes Service.
 *
 * The images of AKS carry driver and container toolkit but no device plugin, so the GPU Operator brings only the latter.
 * AKS itself taints spot nodes and no others.
 *
 * @see https://learn.microsoft.com/azure/aks/use-nvidia-gpu
 */
export function azure(props: AzureProps): Cloud {
  const { subscriptionId, location, zones = ['1', '2', '3'], allowedCidrs = [], instanceTypes = [] } = props;
  const { vnetCidr = '10.0.0.0/16', podCidr = '10.244.0.0/14', serviceCidr = '172.20.0.0/16' } = props;
  const services = [...new Set(props.services)].sort();
  const settings: JsonObject = { subscriptionId, zones, vnetCidr, podCidr, serviceCidr, allowedCidrs, services };
  return {
    id: 'azure',
    region: location,
    settings,
    createsPools: true,
    instanceTypes: catalogue('azure', instanceTypes),
    storageClasses: azureStorageClasses(services),
    systemInstanceType: { name: 'Standard_D8s_v5', cpu: 8, memoryGiB: 32 },
    refs: azureRefsWith(services),
    refsOnRequest: REFS_ON_REQUEST,
    capacities: ['onDemand', 'spot', 'reservation'],
    takesPriceLimit: true,
    nodeExtras: ({ capacity: { kind } }) => ({
      labels: {
        'kubernetes.azure.com/accelerator': 'nvidia',
        ...(kind === 'spot' ? { [SPOT]: 'spot' } : {}),
      },
      taints: kind === 'spot' ? [{ key: SPOT, value: 'spot', effect: 'NoSchedule' }] : [],
    }),
    fabricResource: () => undefined,
    fabricHint:
      "Let Network Operator bring driver and interfaces: rdma: Rdma.shared({ driver: 'operator' }). Its pods must be root to lock memory.",
    workloadAccess: ({ cluster, tenant }) =>
      services.includes('objectStore')
        ? {
            annotations: { 'azure.workload.identity/client-id': Ref.string(`${cluster}/${clientIdRef(tenant)}`) },
            podLabels: { 'azure.workload.identity/use': 'true' },
          }
        : undefined,
    owners: ({ driver = 'cloud', devicePlugin = 'operator' }) => ({ driver, devicePlugin }),
    refuse,
  };
}

const REFS_ON_REQUEST = Object.fromEntries(
  Object.entries(azureServiceRefs).flatMap(([service, refs]) =>
    Object.keys(refs).map((name) => [name, `azure({ services: ['${service}'] })`]),
  ),
);
