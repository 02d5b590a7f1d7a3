import type { JsonObject } from '../../model/json.ts';
import type { Labels } from '../../model/kubernetes.ts';
import type { Cloud, DataService, RefSecrecy } from '../cloud.ts';
import { catalogue, type InstanceType } from '../instance-type.ts';
import { Rdma, type RdmaProps } from '../rdma.ts';
import { tenantRoleName } from './identity.ts';
import { refuse } from './refuse.ts';
import { alibabaStorageClasses } from './storage-classes.ts';

/** The services for data that are made beside a cluster on Alibaba Cloud. A registry would be a purchase. */
export type AlibabaService = Exclude<DataService, 'registry'>;

/** Keeps ACK's own device plugin off a node: two of them overwrite each other without a word. */
const WITHOUT_ACK_PLUGIN: Labels = { 'ack.node.gpu.schedule': 'disabled' };

/** Settings of a cluster on Alibaba Cloud Container Service for Kubernetes. */
export interface AlibabaProps {
  /** Region, such as `cn-hangzhou`. */
  readonly region: string;
  /**
   * Zones to spread over: how many of the region's, or their names.
   *
   * @default 3
   */
  readonly zones?: number | readonly string[];
  /**
   * Address range of the VPC, of nodes and pods.
   *
   * @default '10.0.0.0/16'
   */
  readonly vpcCidr?: string;
  /**
   * Addresses of the services.
   *
   * @default '172.21.0.0/20'
   */
  readonly serviceCidr?: string;
  /**
   * Release of ACK for the Kubernetes version, such as `1.35.2-aliyun.1`. Naming another one upgrades the control plane.
   *
   * @default - the newest of the minor version when the cluster is made, and that one from then on
   */
  readonly release?: string;
  /**
   * Services for data, made beside the cluster and kept when it goes, with the references that each gives:
   *
   * - `objectStore`: a bucket of OSS, `bucketName`. Jobs of a tenant read and write what is under `<namespace>/` in it.
   * - `fileSystem`: a general-purpose file system of NAS over NFS: `fileSystemId`, and what a volume of the type `nfs` wants,
   *   `fileSystemHost` and `fileSystemPath`.
   * - `database`: PostgreSQL on ApsaraDB RDS, `databaseHost`; database and user are called `metadata`, the password is given
   *   to `alibabaResources`.
   *
   * Bucket and database are encrypted with one key of KMS, the file system with one of NAS itself.
   *
   * @default - none
   */
  readonly services?: readonly AlibabaService[];
  /**
   * Machine types that the catalogue does not know yet.
   *
   * @default - none
   */
  readonly instanceTypes?: readonly InstanceType[];
}

/** What only the deployment of an ACK cluster knows. */
export const alibabaRefs = {
  certificateAuthority: 'plain',
  clusterId: 'plain',
  endpoint: 'plain',
  kubeconfig: 'secret',
  oidcIssuer: 'plain',
  vpcId: 'plain',
} as const;

/** What only the deployment of its services for data knows. */
export const alibabaServiceRefs = {
  objectStore: { bucketName: 'plain' },
  fileSystem: { fileSystemId: 'plain', fileSystemHost: 'plain', fileSystemPath: 'plain' },
  database: { databaseHost: 'plain' },
} as const satisfies Record<AlibabaService, Readonly<Record<string, RefSecrecy>>>;

/** The references of a cluster with the services. */
export function alibabaRefsWith(services: readonly AlibabaService[]): Readonly<Record<string, RefSecrecy>> {
  return Object.assign({}, alibabaRefs, ...services.map((service) => alibabaServiceRefs[service]));
}

/**
 * A cluster on Alibaba Cloud Container Service for Kubernetes (ACK Pro). Its control plane is private: ACK's public address
 * takes no ranges of callers.
 *
 * ACK installs driver, container runtime and device plugin on GPU nodes; pools that share their GPUs get the GPU Operator's
 * device plugin instead. ACK adds no taints. Pools with eRDMA get ACK eRDMA Controller, which attaches the interfaces.
 *
 * @see https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/gpu-scheduling
 * @see https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/use-erdma-in-ack-clusters
 */
export function alibaba(props: AlibabaProps): Cloud {
  const { region, zones = 3, vpcCidr = '10.0.0.0/16', serviceCidr = '172.21.0.0/20', release } = props;
  const services = [...new Set(props.services)].sort();
  const settings: JsonObject = {
    zones,
    vpcCidr,
    serviceCidr,
    ...(release === undefined ? {} : { release }),
    services,
  };
  return {
    id: 'alibaba',
    region,
    settings,
    createsPools: true,
    instanceTypes: catalogue('alibaba', props.instanceTypes),
    storageClasses: alibabaStorageClasses,
    systemInstanceType: { name: 'ecs.g7.2xlarge', cpu: 8, memoryGiB: 32 },
    refs: alibabaRefsWith(services),
    refsOnRequest: REFS_ON_REQUEST,
    capacities: ['onDemand', 'spot', 'reservation'],
    takesPriceLimit: true,
    nodeExtras: ({ devicePlugin }) => ({
      labels: devicePlugin === 'operator' ? WITHOUT_ACK_PLUGIN : {},
      taints: [],
    }),
    fabricResource: () => undefined,
    rdma: erdma,
    fabricHint: 'Register the machine type with the number of its interfaces.',
    workloadAccess: ({ cluster, tenant }) =>
      services.includes('objectStore')
        ? {
            annotations: { 'pod-identity.alibabacloud.com/role-name': tenantRoleName(cluster, region, tenant) },
            namespaceLabels: { 'pod-identity.alibabacloud.com/injection': 'on' },
          }
        : undefined,
    owners: ({ driver = 'cloud', devicePlugin = 'cloud' }) => ({ driver, devicePlugin }),
    refuse,
  };
}

/** Places for pods that ACK eRDMA Controller advertises for each interface; a pod that takes one gets them all. */
const PODS_PER_INTERFACE = 200;

/** The Pulumi half lifts the limit of locked memory from the nodes. */
function erdma({ fabric: { kind, devices } }: InstanceType): RdmaProps | undefined {
  if (kind !== 'erdma' || devices === undefined) return undefined;
  return Rdma.advertised('aliyun/erdma', { sharedBy: devices * PODS_PER_INTERFACE, lockedMemory: 'unlimited' });
}

const REFS_ON_REQUEST = Object.fromEntries(
  Object.entries(alibabaServiceRefs).flatMap(([service, refs]) =>
    Object.keys(refs).map((name) => [name, `alibaba({ services: ['${service}'] })`]),
  ),
);
