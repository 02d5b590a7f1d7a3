import type { JsonObject } from './json.ts';
import type { Labels, Manifest, Taint, Toleration } from './kubernetes.ts';
import type { SharingModel } from './sharing.ts';

/** The clouds a cluster can be on; `existing` is any cluster that is already there, on-premises ones included. */
export type CloudId = 'aws' | 'gcp' | 'azure' | 'alibaba' | 'existing';

/** The back ends that can start a gang of pods. */
export type SchedulerId = 'volcano' | 'kubernetes';

/** The whole platform as plain readonly data: all that policies and renderers read. */
export interface PlatformModel {
  readonly name: string;
  readonly clusters: readonly ClusterModel[];
  readonly waivers: readonly Waiver[];
  /** From where images may come beside those that this library chooses; absent when none was named. */
  readonly registries?: readonly string[];
}

/** One cluster. Its name is part of the identity of everything in it. */
export interface ClusterModel {
  readonly name: string;
  readonly path: string;
  readonly cloud: CloudModel;
  /** Minor version, such as `1.35`. */
  readonly kubernetesVersion: string;
  /** Feature gates that the cluster is known to have switched on. */
  readonly featureGates: readonly string[];
  readonly systemPool: SystemPoolModel;
  readonly pools: readonly PoolModel[];
  readonly tenants: readonly TenantModel[];
  readonly queues: readonly QueueModel[];
  readonly jobs: readonly JobModel[];
  readonly datasets: readonly DatasetModel[];
  readonly services: readonly ServiceModel[];
  readonly components: readonly ComponentModel[];
  /** How Volcano's scheduler is configured; absent when Volcano is not there or somebody else configures it. */
  readonly volcanoConfig?: VolcanoConfigModel;
  /** What is deployed together, in an order that satisfies every dependency. */
  readonly units: readonly UnitModel[];
}

/** Where a cluster runs, and the cloud's own settings, which only the cloud's folder reads. */
export interface CloudModel {
  readonly id: CloudId;
  readonly region?: string;
  readonly settings: JsonObject;
  /** The StorageClasses that a new cluster has without the program; absent when they are not known. */
  readonly storageClasses?: readonly StorageClassModel[];
}

/** How a volume is mounted: by one node, by one pod, or by many nodes. */
export type AccessMode = 'ReadWriteOnce' | 'ReadWriteOncePod' | 'ReadOnlyMany' | 'ReadWriteMany';

/** A StorageClass that a cluster has without the program. */
export interface StorageClassModel {
  readonly name: string;
  /** Whether it serves claims that name no class. @default false */
  readonly isDefault?: boolean;
  /** How nodes of the cluster can mount its volumes; none when they cannot. @default - not known */
  readonly accessModes?: readonly AccessMode[];
  /** Whether a volume is made where the first pod that mounts it runs, or before there is one. @default - not known */
  readonly bindingMode?: 'WaitForFirstConsumer' | 'Immediate';
  /** Driver that makes its volumes. @default - not known */
  readonly provisioner?: string;
  /** Add-on that brings the driver, as the cloud calls it. @default - not known */
  readonly addon?: string;
}

/** What one node of a pool offers before anything is reserved; what is not known is absent. */
export interface NodeShape {
  readonly cpu?: number;
  readonly memoryGiB?: number;
  readonly localDiskGiB?: number;
  readonly arch: 'amd64' | 'arm64';
}

/** What pods may ask of one node, agents included: its size less what firmware, kernel and kubelet keep. */
export interface Allocatable {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  /** Memory in pages of 2 MiB, beside the other memory; absent where the nodes set none aside. */
  readonly hugePagesMiB?: number;
}

/** The nodes without accelerators on which operators, webhooks and monitoring run. */
export interface SystemPoolModel {
  readonly path: string;
  readonly instanceType?: string;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly capacity: CapacityModel;
  readonly node: NodeShape;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
}

/** How the cloud sells the nodes of a pool. */
export type CapacityModel =
  | { readonly kind: 'onDemand' }
  /** `maxPricePerHour` in the currency of the account. */
  | { readonly kind: 'spot'; readonly maxPricePerHour?: number }
  | { readonly kind: 'reservation' | 'block'; readonly id: string }
  | { readonly kind: 'flexStart'; readonly maxRunHours: number }
  | { readonly kind: 'queued' };

/** Whether the cloud brings a part of the node software, or the GPU Operator does. */
export type SoftwareOwner = 'cloud' | 'operator';

/** A pool of nodes with accelerators: the one source of labels, taints, resource names and sizes. */
export interface PoolModel {
  readonly name: string;
  readonly path: string;
  readonly instanceType: string;
  readonly accelerator: AcceleratorModel;
  readonly node: NodeShape;
  readonly allocatable?: Allocatable;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly capacity: CapacityModel;
  readonly zone?: string;
  /** Every label that the nodes carry because of this pool. */
  readonly labels: Labels;
  /** The labels by which a workload selects the pool. */
  readonly selector: Labels;
  /** Every taint that the nodes carry, those that the cloud adds by itself included. */
  readonly taints: readonly Taint[];
  /** The taints among them that the cloud adds by itself. */
  readonly cloudTaints: readonly Taint[];
  /** Extended resources of one node, by the name under which a pod asks for them. */
  readonly resources: Readonly<Record<string, number>>;
  readonly fabric: FabricModel;
  /** How the GPUs are divided among pods; absent when each goes to one pod as a whole. */
  readonly sharing?: SharingModel;
  /** Who installs the GPU driver and the container toolkit. */
  readonly driver: SoftwareOwner;
  /** Who advertises the GPUs to the kubelet. */
  readonly devicePlugin: SoftwareOwner;
}

/** The accelerators of one node. */
export interface AcceleratorModel {
  readonly vendor: 'nvidia' | 'amd' | 'huawei' | 'google' | 'other';
  readonly model: string;
  readonly perNode: number;
  readonly memoryGiB?: number;
  /** How many GPUs of a node NVLink joins; 1 where there is none; absent where it is not known, or others than NVIDIA's. */
  readonly nvlink?: number;
  /** Name under which a pod asks for one of them. */
  readonly resource: string;
  /** Name that the cloud's API asks for beside the machine type, such as `nvidia-h100-80gb`; absent where it asks for none. */
  readonly cloudName?: string;
}

/** The network between the nodes of a pool for direct memory access. */
export interface FabricModel {
  readonly kind: 'none' | 'efa' | 'infiniband' | 'roce' | 'erdma' | 'gpudirect-tcpx' | 'gpudirect-tcpxo';
  /** Whether a job on the pool may run without it. */
  readonly required: boolean;
  /** Interfaces per node. */
  readonly perNode: number;
  /** Name under which a pod asks for one interface; absent where Network Operator names them, or nobody does. */
  readonly resource?: string;
  /** How many pods of a node may ask for that name, where one of it stands for all interfaces. */
  readonly sharedBy?: number;
  /** Whether that name is a class of devices that pods claim, rather than an extended resource. */
  readonly claimed?: boolean;
  /** How Network Operator brings the interfaces to pods, where it does. */
  readonly rdma?: RdmaModel;
  /** Networks of the cluster to which GKE attaches each worker, one for each interface of a node, where it does. */
  readonly networks?: readonly string[];
  /**
   * Set where a container may lock a few MiB of memory and no more, unless it runs as root with the capability IPC_LOCK.
   * Direct memory access locks gigabytes.
   */
  readonly lockedMemory?: 'limited';
}

/** Interfaces that Network Operator brings to pods. */
export interface RdmaModel {
  /** `shared`: all pods of a node use all interfaces; `sriov`: each pod has a function of each interface for itself. */
  readonly mode: 'shared' | 'sriov';
  /** The interfaces by their names on the nodes; none stands for every one with the link of the fabric. */
  readonly interfaces: readonly string[];
  /** Devices of one node by resource name; a pod takes one of each. */
  readonly devices: Readonly<Record<string, number>>;
  /** Who brings the driver of the network cards. */
  readonly driver: 'host' | 'operator';
  /** The networks that workers attach to, one for each interface; none where pods need no address on the fabric. */
  readonly networks: readonly RdmaNetworkModel[];
}

/** A network of one interface of the nodes. */
export interface RdmaNetworkModel {
  /** Name of the NetworkAttachmentDefinition in the namespace of each tenant, and of the pool of addresses. */
  readonly name: string;
  readonly interface: string;
  readonly subnet: string;
  /** Addresses of the subnet that each node gets to hand out. */
  readonly addressesPerNode: number;
}

/** An amount of one resource of one pool. */
export interface AmountModel {
  readonly pool: string;
  readonly resource: string;
  readonly count: number;
}

/** A team: one namespace with what it may use. */
export interface TenantModel {
  readonly name: string;
  readonly path: string;
  readonly namespace: string;
  readonly quota: readonly AmountModel[];
  /** Pools that the tenant's pods may reach: those of its quota. */
  readonly pools: readonly string[];
  /** How far the quotas of a pool may add up above its largest size; 1 means not at all. */
  readonly overcommit: number;
}

/** A queue of training jobs. The tree of queues is given by `parent`. */
export interface QueueModel {
  readonly name: string;
  readonly path: string;
  readonly scheduler: SchedulerId;
  readonly tenant?: string;
  readonly parent?: string;
  readonly guarantee: readonly AmountModel[];
  readonly deserved: readonly AmountModel[];
  readonly capability: readonly AmountModel[];
  readonly reclaimable: boolean;
}

/** A gang of equal pods that starts as a whole or not at all. */
export interface JobModel {
  readonly name: string;
  readonly path: string;
  readonly namespace: string;
  readonly tenant: string;
  readonly queue: string;
  readonly scheduler: SchedulerId;
  readonly pool: string;
  readonly workers: number;
  /** Fewest workers with which the job is worth starting. */
  readonly minWorkers: number;
  /** What each worker asks for; devices by resource name. */
  readonly perWorker: {
    readonly cpuMillis: number;
    readonly memoryMiB: number;
    readonly devices: Readonly<Record<string, number>>;
  };
  /** Construct paths of the datasets that each worker mounts. */
  readonly datasets?: readonly string[];
}

/** A folder of a file system that many nodes mount, with a cache on each of them. */
export interface DatasetModel {
  readonly name: string;
  readonly path: string;
  readonly tenant: string;
  readonly namespace: string;
  /** Name of its StorageClass. */
  readonly storageClass: string;
  readonly capacityGiB: number;
  readonly cacheGiB: number;
  /** Folder on the disks of the nodes. */
  readonly cachePath: string;
  /** Address of the bucket, where it is not that of the file system's credentials; may be a reference. */
  readonly bucket?: string;
}

/**
 * How a model server runs on KServe: as a Deployment behind the Gateway API, or as a Knative Service, which can go down to
 * no replica at all.
 */
export type ServiceMode = 'standard' | 'knative';

/** A model that answers requests, with as many equal replicas as its load asks for. */
export interface ServiceModel {
  readonly name: string;
  readonly path: string;
  readonly namespace: string;
  readonly tenant: string;
  readonly pool: string;
  readonly mode: ServiceMode;
  readonly scale: {
    readonly min: number;
    readonly max: number;
    /** Average use of the requested cores, in percent, above which replicas are added. */
    readonly cpuPercent?: number;
    /** Requests at a time, above which replicas are added. */
    readonly concurrency?: number;
  };
  /** A second model that gets a part of the requests, beside the stable replicas. */
  readonly canary?: { readonly name: string; readonly percent: number; readonly replicas: number };
  /** Part of the requests, in percent, that the newest revision gets; the one before it gets the rest. */
  readonly canaryPercent?: number;
  /** What each replica asks for; devices by resource name. */
  readonly perReplica: {
    readonly cpuMillis: number;
    readonly memoryMiB: number;
    readonly devices: Readonly<Record<string, number>>;
  };
  /** How the engine divides the model among the GPUs of a replica; absent when it is not known to us. */
  readonly parallel?: { readonly tensor: number; readonly pipeline: number };
  /** Longest time from the start of the server until it answers. */
  readonly loadSeconds: number;
  /** Where Prometheus reads the metrics of a replica; absent when it is not known to have any. */
  readonly metrics?: { readonly port: number; readonly path: string };
}

/** An operator or a chart that the cluster needs. */
export interface ComponentModel {
  readonly id: string;
  /** Where its pods run; empty when it has none. */
  readonly namespace: string;
  readonly version: string;
  /** Whether the team says it is there already, so that nothing is installed for it. */
  readonly installed: boolean;
  /** Why it is there: paths of the constructs, or ids of the components, that need it. */
  readonly neededBy: readonly string[];
  readonly values: JsonObject;
  /** Where in the values the chart is told on which nodes its pods run. */
  readonly placement?: PlacementModel;
  readonly agents: readonly AgentModel[];
}

/**
 * Paths in the values of a chart, members separated by dots: together they reach every pod that it makes, those of hook jobs
 * and subcharts included.
 */
export interface PlacementModel {
  /** Of pods that belong on the system pool. */
  readonly system?: { readonly nodeSelector: readonly string[]; readonly tolerations: readonly string[] };
  /** Of pods that belong on the nodes of pools with accelerators. */
  readonly pools?: { readonly tolerations: readonly string[] };
}

/** The policy file of Volcano's scheduler. */
export interface VolcanoConfigModel {
  readonly actions: readonly string[];
  /** Plugins by tier; the first tier that decides wins. */
  readonly tiers: readonly (readonly VolcanoPluginModel[])[];
}

/** One plugin of Volcano's scheduler with its switches and arguments. */
export interface VolcanoPluginModel {
  readonly name: string;
  readonly enableHierarchy?: boolean;
  /** Whether it is asked which pods an urgent job of the same queue may take the place of. @default true */
  readonly enablePreemptable?: boolean;
  /** Whether it is asked which pods a queue may take back what it lent from. @default true */
  readonly enableReclaimable?: boolean;
  readonly arguments?: JsonObject;
}

/** Pods that a chart or an operator makes and that stand in no manifest of ours. */
export interface AgentModel {
  readonly name: string;
  readonly component: string;
  readonly namespace: string;
  /** `pools`: one on every node of the named pools; `system`: on the system pool. */
  readonly runsOn: 'pools' | 'system';
  /** Names of the pools on whose nodes it must run. */
  readonly pools: readonly string[];
  readonly tolerations: readonly Toleration[];
  readonly nodeSelector: Labels;
  readonly requests: { readonly cpuMillis: number; readonly memoryMiB: number };
  /** Construct path of the dataset for which it is started, on nodes alone whose pods mount that. */
  readonly dataset?: string;
}

/** What is deployed together: one folder, one GitOps application, one Pulumi component. */
export interface UnitModel {
  readonly id: string;
  readonly kind: 'base' | 'crds' | 'component' | 'tenant' | 'queue' | 'dataset' | 'job' | 'app';
  /** Construct path, or the path of the cluster for what `complete` added. */
  readonly path: string;
  /** A unit that is started once and that no controller re-creates or prunes. */
  readonly runOnce: boolean;
  /** Ids of the units of the same cluster that must be there first. */
  readonly dependsOn: readonly string[];
  readonly charts: readonly ChartReference[];
  readonly objects: readonly ObjectModel[];
}

/** A Helm chart, named exactly. */
export interface ChartReference {
  readonly release: string;
  readonly namespace: string;
  /** `https://…` of a chart repository, or `oci://…` of a registry folder. */
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  /** Digest of the chart archive, where the publisher gives one. */
  readonly digest?: string;
  readonly values: JsonObject;
  /** Whether the chart's own `crds/` folder is left out because our own unit carries the CRDs. */
  readonly skipCrds: boolean;
  /** Whether the chart needs Helm's hooks to work. */
  readonly hooks: boolean;
}

/** What is rare in the texts of an object and worth a second look; `false` is certain. */
export interface Suspicions {
  /** A text may hold a reference, or the print of an Output. */
  readonly mayRefer: boolean;
  /** A credential may stand in it, beside the annotations and the data of a ConfigMap or a Secret. */
  readonly mayLeak: boolean;
}

/** One Kubernetes object with the construct that made it, and what whoever read it saw. @default - anything may be in its texts */
export interface ObjectModel extends Partial<Suspicions> {
  readonly path: string;
  readonly manifest: Manifest;
}

/** A finding that the team has decided to live with, for a reason and for a time. */
export interface Waiver {
  readonly rule: string;
  /** Construct path of the finding, or a path above it. */
  readonly path: string;
  readonly reason: string;
  /** Last day on which the waiver holds, `YYYY-MM-DD`. */
  readonly expires: string;
}
