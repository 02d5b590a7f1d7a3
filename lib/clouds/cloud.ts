import type { PlatformError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { Labels, Taint } from '../model/kubernetes.ts';
import type {
  CapacityModel,
  CloudId,
  ClusterModel,
  FabricModel,
  SoftwareOwner,
  StorageClassModel,
} from '../model/platform-model.ts';
import type { Value } from '../model/value.ts';
import type { InstanceType } from './instance-type.ts';
import type { RdmaProps } from './rdma.ts';

/** Whether the value of a reference may be shown, or must never reach a file or a log. */
export type RefSecrecy = 'plain' | 'secret';

/**
 * A service for data beside a cluster: a bucket for datasets, checkpoints and models; a file system that many nodes mount;
 * a PostgreSQL database for metadata; a registry for images.
 */
export type DataService = 'objectStore' | 'fileSystem' | 'database' | 'registry';

/** What a cloud is, as far as the in-cluster half must know: facts, no SDK. */
export interface Cloud {
  readonly id: CloudId;
  readonly region?: string;
  /** The cloud's own settings, read again only by the cloud's Pulumi half. */
  readonly settings: JsonObject;
  /** Whether node pools are made by us, so that labels and taints are ours to choose. */
  readonly createsPools: boolean;
  /** Machine types by name, those that the user registered included. */
  readonly instanceTypes: ReadonlyMap<string, InstanceType>;
  /** The StorageClasses of a new cluster, those first that suit most claims. @default - not known */
  readonly storageClasses?: readonly StorageClassModel[];
  /** Machine type of the system pool when the user names none. */
  readonly systemInstanceType?: { readonly name: string; readonly cpu: number; readonly memoryGiB: number };
  /** Identities of a cluster that only its deployment knows, all of them texts: what `AiCluster.ref` accepts. */
  readonly refs: Readonly<Record<string, RefSecrecy>>;
  /** Further references with what has to be written to get them, `aws({ services: ['database'] })`. @default - none */
  readonly refsOnRequest?: Readonly<Record<string, string>>;
  /** The ways in which the cloud sells nodes. */
  readonly capacities: readonly CapacityModel['kind'][];
  /** Whether a spot node may be given a highest price. @default false */
  readonly takesPriceLimit?: boolean;
  /** The labels and taints that the cloud puts on the nodes of a GPU pool by itself, and the labels by which it is told what to do. */
  nodeExtras(pool: CloudPool): { readonly labels: Labels; readonly taints: readonly Taint[] };
  /** Name under which pods ask for an interface of the fabric; absent where nothing gives it to them. */
  fabricResource(kind: FabricModel['kind'], kubernetesVersion: string): string | undefined;
  /** Whether that name is a class of devices that pods claim, rather than an extended resource. @default false */
  readonly claimsFabric?: boolean;
  /** How pods get at the fabric of a machine type unless the pool says it. @default - by `fabricResource` */
  rdma?(type: InstanceType): RdmaProps | undefined;
  /** The networks of the cluster to which workers are attached, one for each interface. @default - to none */
  fabricNetworks?(fabric: InstanceType['fabric']): readonly string[] | undefined;
  /** What to do where a fabric is required and there is no such name. @default - to name one */
  readonly fabricHint?: string;
  /** Who installs the driver and who advertises the GPUs, given what the user says of it. */
  owners(wanted: Partial<Owners>): Owners;
  /** What the pods of a tenant need in the cluster to reach the services for data beside it. @default - nothing */
  workloadAccess?(tenant: TenantOfCluster): WorkloadAccess | undefined;
  /** What of a cluster the cloud cannot honour, each with the nearest thing that works. @default - nothing is refused */
  refuse?(cluster: WantedCluster): readonly PlatformError[];
}

/** What decides on the labels and taints of a pool's nodes. */
export interface CloudPool {
  readonly type: InstanceType;
  readonly capacity: CapacityModel;
  readonly fabric: FabricModel;
  readonly devicePlugin: SoftwareOwner;
}

/** Who installs the driver and who advertises the GPUs to the kubelet. */
export interface Owners {
  readonly driver: SoftwareOwner;
  readonly devicePlugin: SoftwareOwner;
}

/** A tenant by name. */
export interface TenantOfCluster {
  readonly cluster: string;
  readonly tenant: string;
}

/** What stands in the cluster so that the pods of a tenant act as the identity that the cloud's Pulumi half gives them. */
export interface WorkloadAccess {
  /** Annotations of the tenant's service account. */
  readonly annotations?: Readonly<Record<string, Value<string>>>;
  /** Labels of the tenant's namespace. */
  readonly namespaceLabels?: Labels;
  /** Labels of the tenant's pods. */
  readonly podLabels?: Labels;
  /** Where pods get their credentials, when that is no public address. */
  readonly credentials?: { readonly address: string; readonly port: number };
}

/** A cluster as the user wants it: what follows from it is not computed yet. */
export type WantedCluster = Omit<ClusterModel, 'components' | 'units' | 'volcanoConfig'>;
