import { Construct } from 'constructs';
import type { Cloud, Owners } from '../clouds/cloud.ts';
import { type InstanceType, nearest } from '../clouds/instance-type.ts';
import { cloudProblem } from '../clouds/problems.ts';
import type { RdmaProps } from '../clouds/rdma.ts';
import { allocatableOf } from '../model/allocatable.ts';
import { PlatformError } from '../model/errors.ts';
import { fabricDevices, hugePagesOf } from '../model/fabric.ts';
import { formatTaint, type Labels, type Taint } from '../model/kubernetes.ts';
import type {
  AcceleratorModel,
  CapacityModel,
  FabricModel,
  NodeShape,
  PoolModel,
  SoftwareOwner,
} from '../model/platform-model.ts';
import { type MigLayout, migResource, SHARED_GPU, type SharingModel } from '../model/sharing.ts';
import type { AiCluster } from './ai-cluster.ts';
import type { Amount } from './amount.ts';
import { declareFact } from './fact.ts';
import { dnsLabel, pathOf } from './names.ts';
import { ACCELERATOR_LABEL, FABRIC_LABEL, POOL_LABEL } from './pool-labels.ts';
import { rdmaFabric, rdmaProblem } from './rdma.ts';

/** How the cloud sells the nodes of a pool. */
export const Capacity = {
  /** At list price, for as long as they run. */
  onDemand: (): CapacityModel => ({ kind: 'onDemand' }),
  /**
   * At a discount, and taken back at short notice.
   *
   * @param maxPricePerHour most that a node may cost, in the currency of the account; Azure and Alibaba Cloud take one
   */
  spot: (maxPricePerHour?: number): CapacityModel => ({
    kind: 'spot',
    ...(maxPricePerHour === undefined ? {} : { maxPricePerHour }),
  }),
  /** From a reservation that exists; nothing is ever bought. */
  reservation: (id: string): CapacityModel => ({ kind: 'reservation', id }),
  /** From a capacity block that exists (AWS); nothing is ever bought. */
  block: (id: string): CapacityModel => ({ kind: 'block', id }),
  /** Once the cloud has them, at a discount, and for a run of at most seven days (Google Cloud). */
  flexStart: (maxRunHours: number): CapacityModel => ({ kind: 'flexStart', maxRunHours }),
  /** All at once when a ProvisioningRequest asks for them, which the team or its queue system makes (Google Cloud). */
  queued: (): CapacityModel => ({ kind: 'queued' }),
} as const;

/** How the GPUs of a pool are divided among pods. */
export const Sharing = {
  /** Pods take turns on a GPU; nothing keeps them apart, so it is for pods that trust each other. At least 2 replicas. */
  timeSlicing: (replicas: number): SharingModel => ({ kind: 'timeSlicing', replicas }),
  /** CUDA's Multi-Process Service: each pod gets an equal part of memory and threads. 2 to 48 replicas. */
  mps: (replicas: number): SharingModel => ({ kind: 'mps', replicas }),
  /** Hardware slices of each GPU: `Sharing.mig({ '1g.10gb': 7 })`. FIT-006 and FIT-008 check that the chip has them. */
  mig: (layout: MigLayout): SharingModel => ({ kind: 'mig', layout }),
} as const;

/** Settings of a pool of nodes with accelerators. */
export interface GpuNodePoolProps {
  /** Machine type, as the cloud names it; on premises a profile of the catalogue such as `dgx-h100`. */
  readonly instanceType: string;
  /** Fewest nodes: what a guarantee can count on. */
  readonly minNodes: number;
  /** Most nodes. On an existing cluster, which cannot grow, the same as `minNodes`. @default - `minNodes` */
  readonly maxNodes?: number;
  /** How the nodes are bought. @default Capacity.onDemand() */
  readonly capacity?: CapacityModel;
  /** The one zone in which the nodes are. @default - chosen by the cloud; pools with a fabric stay in one zone */
  readonly zone?: string;
  /**
   * Network for direct memory access between nodes: `required` makes it an error that the machine type has none, `auto`
   * uses what there is, `none` leaves it out.
   *
   * @default 'auto'
   */
  readonly fabric?: 'required' | 'auto' | 'none';
  /**
   * How pods get at InfiniBand or RoCE interfaces: `Rdma.shared()`, `Rdma.sriov(...)`, `Rdma.advertised('rdma/ib')`.
   *
   * @default - as usual on the cloud; on an existing cluster not at all
   */
  readonly rdma?: RdmaProps;
  /**
   * Taints of the nodes. On an existing cluster they are declared as they are; elsewhere they are added to
   * `nvidia.com/gpu=present:NoSchedule`, which keeps pods without GPUs off.
   *
   * @default - that taint alone where pools are created, none on an existing cluster
   */
  readonly taints?: readonly Taint[];
  /**
   * Labels of the nodes. On an existing cluster these are the labels by which workloads select the pool.
   *
   * @default - the library's own labels where pools are created
   */
  readonly labels?: Labels;
  /** How the GPUs are divided among pods. @default - each GPU goes to one pod as a whole */
  readonly sharing?: SharingModel;
  /** Size of one node, where the catalogue does not know it. @default - from the catalogue */
  readonly node?: Partial<NodeShape>;
  /** Who installs driver and container toolkit. @default - as usual on the cloud */
  readonly driver?: SoftwareOwner;
  /** Who advertises the GPUs to the kubelet. @default - as usual on the cloud; the operator where GPUs are shared */
  readonly devicePlugin?: SoftwareOwner;
}

/** What others may rely on of a pool. */
export interface IGpuNodePool {
  /** Everything that is known of the pool, as data. */
  readonly pool: PoolModel;
  /** An amount of whole GPUs of this pool. */
  gpus(count: number): Amount;
  /** An amount of shares of this pool's time-sliced or MPS GPUs. */
  shares(count: number): Amount;
  /** An amount of MIG slices of this pool. */
  slices(profile: string, count: number): Amount;
}

const GPU_TAINT: Taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };

/** A pool of equal nodes with accelerators: the one place that knows their labels, taints, resource names and sizes. */
export class GpuNodePool extends Construct implements IGpuNodePool {
  readonly pool: PoolModel;

  /**
   * @throws PlatformError CLOUD-001 for an unknown machine type; CLOUD-002 for a way of buying that the cloud has not;
   *   CLOUD-009 for a highest price that it does not take; POOL-001 for sizes that make no sense; POOL-002 for a pool of an
   *   existing cluster that nothing selects; POOL-003 for GPUs that cannot be shared so; POOL-004 for the name 'system';
   *   POOL-005 for shared GPUs that the cloud advertises; POOL-006 for a label that the pool itself sets otherwise;
   *   FABRIC-001 when a required fabric is not there; FABRIC-002 for interfaces that pods cannot get at so
   */
  constructor(cluster: AiCluster, id: string, props: GpuNodePoolProps) {
    super(cluster, id);
    const { cloud } = cluster;
    const name = poolName(this, id);
    const type = instanceType(this, cloud, props.instanceType);
    const capacity = checkedCapacity(this, cloud, props.capacity ?? Capacity.onDemand());
    const { minNodes, maxNodes } = size(this, cloud, props);
    const node = { ...type.node, ...props.node };
    const fabric = fabricOf(this, cluster, type, { name, maxNodes }, props);
    const owners = ownersOf(this, cloud, props);
    const extras = cloud.nodeExtras({ type, capacity, fabric, devicePlugin: owners.devicePlugin });
    const own: Labels = {
      [POOL_LABEL]: name,
      [ACCELERATOR_LABEL]: type.accelerator.model,
      ...(fabric.kind === 'none' ? {} : { [FABRIC_LABEL]: fabric.kind }),
      ...sharingLabels(name, props.sharing),
      ...operatorLabels(type.accelerator, owners),
    };
    const allocatable = allocatableOf(node, hugePagesOf(fabric));
    this.pool = {
      name,
      path: pathOf(this),
      instanceType: type.name,
      accelerator: type.accelerator,
      node,
      ...(allocatable === undefined ? {} : { allocatable }),
      minNodes,
      maxNodes,
      capacity,
      ...(props.zone === undefined ? {} : { zone: props.zone }),
      labels: cloud.createsPools
        ? withLabels(this, { ...own, ...extras.labels }, props.labels)
        : selectable(this, props.labels),
      selector: cloud.createsPools ? { [POOL_LABEL]: name } : selectable(this, props.labels),
      taints: distinct([...(cloud.createsPools ? [GPU_TAINT] : []), ...extras.taints, ...(props.taints ?? [])]),
      cloudTaints: extras.taints,
      resources: {
        ...devicesOf(this, type.accelerator, props.sharing),
        ...fabricDevices(fabric),
      },
      fabric,
      ...(props.sharing === undefined ? {} : { sharing: props.sharing }),
      ...owners,
    };
    declareFact(this, { kind: 'pool', model: this.pool });
  }

  /** @throws PlatformError AMOUNT-001 when the count is no whole number; AMOUNT-002 when the pool divides its GPUs */
  gpus(count: number): Amount {
    return this.#amount(this.pool.accelerator.resource, count, 'gpus');
  }

  /** @throws PlatformError AMOUNT-001 when the count is no whole number; AMOUNT-002 when the pool has no shares */
  shares(count: number): Amount {
    return this.#amount(SHARED_GPU, count, 'shares');
  }

  /** @throws PlatformError AMOUNT-001 when the count is no whole number; AMOUNT-002 when the pool has no such slices */
  slices(profile: string, count: number): Amount {
    return this.#amount(migResource(profile), count, 'slices');
  }

  #amount(resource: string, count: number, verb: 'gpus' | 'shares' | 'slices'): Amount {
    const { name, resources } = this.pool;
    if (!Number.isInteger(count) || count < 0) {
      throw new PlatformError(
        'AMOUNT-001',
        pathOf(this),
        `${count} is not a number of ${verb}`,
        `Write a whole number, such as ${name}.${verb}(8).`,
      );
    }
    if (resources[resource] === undefined) {
      throw new PlatformError(
        'AMOUNT-002',
        pathOf(this),
        `pool '${name}' has no ${resource}; its nodes offer ${Object.keys(resources).join(', ')}`,
        `Use gpus() for whole GPUs, shares() with Sharing.timeSlicing or Sharing.mps, slices() with Sharing.mig.`,
      );
    }
    return { pool: this.pool, resource, count };
  }
}

/** The devices of one node by the name under which pods ask for them. */
function devicesOf(
  pool: GpuNodePool,
  { resource, perNode, vendor }: AcceleratorModel,
  sharing: SharingModel | undefined,
): Readonly<Record<string, number>> {
  if (sharing === undefined) return { [resource]: perNode };
  const counts = sharing.kind === 'mig' ? Object.values(sharing.layout) : [sharing.replicas - 1];
  if (vendor !== 'nvidia' || counts.length === 0 || counts.some((count) => !Number.isInteger(count) || count < 1)) {
    throw new PlatformError(
      'POOL-003',
      pathOf(pool),
      `its GPUs cannot be shared as ${JSON.stringify(sharing)}`,
      "Share NVIDIA GPUs among at least 2 pods: Sharing.timeSlicing(4), or Sharing.mig({ '1g.10gb': 7 }).",
    );
  }
  if (sharing.kind !== 'mig') return { [SHARED_GPU]: perNode * sharing.replicas };
  return Object.fromEntries(
    Object.entries(sharing.layout).map(([profile, count]) => [migResource(profile), perNode * count]),
  );
}

/** The labels by which the GPU Operator finds the configuration of the pool. */
function sharingLabels(name: string, sharing: SharingModel | undefined): Labels {
  if (sharing === undefined) return {};
  return { [sharing.kind === 'mig' ? 'nvidia.com/mig.config' : 'nvidia.com/device-plugin.config']: name };
}

/** Keeps the GPU Operator, where other pools need it, off nodes on which the cloud brings everything. */
function operatorLabels({ vendor }: AcceleratorModel, { driver, devicePlugin }: Owners): Labels {
  const isCloudOnly = vendor === 'nvidia' && driver === 'cloud' && devicePlugin === 'cloud';
  return isCloudOnly ? { 'nvidia.com/gpu.deploy.operands': 'false' } : {};
}

/** Who brings driver and device plugin. Only the operator's device plugin gives shared GPUs their own resource names. */
function ownersOf(pool: GpuNodePool, cloud: Cloud, { driver, devicePlugin, sharing }: GpuNodePoolProps): Owners {
  if (sharing !== undefined && devicePlugin === 'cloud' && cloud.createsPools) {
    throw new PlatformError(
      'POOL-005',
      pathOf(pool),
      `its GPUs are shared, and the device plugin of ${cloud.id} would advertise them under another name`,
      "Set devicePlugin: 'operator', or leave it out.",
    );
  }
  const advertiser = devicePlugin ?? (sharing === undefined ? undefined : 'operator');
  return cloud.owners({
    ...(driver === undefined ? {} : { driver }),
    ...(advertiser === undefined ? {} : { devicePlugin: advertiser }),
  });
}

function poolName(pool: GpuNodePool, id: string): string {
  if (id !== 'system') return dnsLabel(pool, 'pool name', id, 30);
  throw new PlatformError(
    'POOL-004',
    pathOf(pool),
    "'system' is the name of the pool for operators",
    "Name it by what it has, such as 'h100'.",
  );
}

function instanceType(pool: GpuNodePool, cloud: Cloud, name: string): InstanceType {
  const found = cloud.instanceTypes.get(name);
  if (found !== undefined) return found;
  const near = nearest(name, cloud.instanceTypes.keys());
  throw new PlatformError(
    'CLOUD-001',
    pathOf(pool),
    `the catalogue of ${cloud.id} has no machine type '${name}'`,
    `Did you mean ${near.map((one) => `'${one}'`).join(', ')}? A type that is newer than the catalogue is registered with ${cloud.id}({ instanceTypes: [...] }).`,
  );
}

function checkedCapacity(pool: GpuNodePool, cloud: Cloud, capacity: CapacityModel): CapacityModel {
  if (!cloud.capacities.includes(capacity.kind)) {
    throw cloudProblem(
      'capacity',
      pathOf(pool),
      `${cloud.id} does not sell nodes as '${capacity.kind}'`,
      `Use one of ${cloud.capacities.map((kind) => `Capacity.${kind}()`).join(', ')}.`,
    );
  }
  const limit = capacity.kind === 'spot' ? capacity.maxPricePerHour : undefined;
  const takesLimit = cloud.takesPriceLimit === true;
  if (limit === undefined || (takesLimit && Number.isFinite(limit) && limit > 0)) return capacity;
  const what = takesLimit
    ? `${limit} is no price of a node for an hour`
    : `${cloud.id} takes no highest price for spot nodes, got ${limit} an hour`;
  const fix = 'Use Capacity.spot(): a node never costs more than one on demand.';
  throw cloudProblem('priceLimit', pathOf(pool), what, fix);
}

function size(pool: GpuNodePool, cloud: Cloud, props: GpuNodePoolProps): { minNodes: number; maxNodes: number } {
  const { minNodes, maxNodes = minNodes } = props;
  const isCount = (count: number) => Number.isInteger(count) && count >= 0;
  if (!isCount(minNodes) || !isCount(maxNodes) || minNodes > maxNodes) {
    throw new PlatformError(
      'POOL-001',
      pathOf(pool),
      `minNodes ${minNodes} and maxNodes ${maxNodes} are not a range of node counts`,
      'Use whole numbers with minNodes at most maxNodes.',
    );
  }
  if (!cloud.createsPools && minNodes !== maxNodes) {
    throw new PlatformError(
      'POOL-001',
      pathOf(pool),
      `an existing pool has one size, got minNodes ${minNodes} and maxNodes ${maxNodes}`,
      `Set minNodes to the number of nodes there are and leave maxNodes out.`,
    );
  }
  return { minNodes, maxNodes };
}

/** Others rely on what the pool says of its nodes, so a label of the user's never says otherwise. */
function withLabels(pool: GpuNodePool, own: Labels, wanted: Labels = {}): Labels {
  const [key] = Object.keys(wanted).filter((one) => Object.hasOwn(own, one) && own[one] !== wanted[one]);
  if (key === undefined) return { ...own, ...wanted };
  throw new PlatformError(
    'POOL-006',
    pathOf(pool),
    `the pool itself sets the label '${key}' to '${own[key]}', and labels sets it to '${wanted[key]}'`,
    'Leave it out, or use a key of your own.',
  );
}

function selectable(pool: GpuNodePool, labels: Labels | undefined): Labels {
  if (labels !== undefined && Object.keys(labels).length > 0) return labels;
  throw new PlatformError(
    'POOL-002',
    pathOf(pool),
    'nothing tells the nodes of this pool from others',
    "Set labels to labels that the nodes carry, such as { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' }.",
  );
}

function fabricOf(
  pool: GpuNodePool,
  { cloud, kubernetesVersion }: AiCluster,
  type: InstanceType,
  named: { readonly name: string; readonly maxNodes: number },
  props: GpuNodePoolProps,
): FabricModel {
  const mode = props.fabric ?? 'auto';
  const none: FabricModel = { kind: 'none', required: false, perNode: 0 };
  if (mode === 'none' && props.rdma !== undefined)
    throw rdmaProblem(pool, "fabric is 'none', and rdma says how pods get at it", 'Leave out one of the two.');
  if (mode === 'none') return none;
  const required = mode === 'required';
  const { kind, devices } = type.fabric;
  const rdma = props.rdma ?? cloud.rdma?.(type);
  if (kind !== 'none' && rdma !== undefined) return rdmaFabric(pool, { ...named, required }, type, rdma);
  const networks = cloud.fabricNetworks?.(type.fabric);
  if (networks !== undefined) return { kind, required, perNode: networks.length, networks };
  const resource = cloud.fabricResource(kind, kubernetesVersion);
  if (kind !== 'none' && resource !== undefined && devices !== undefined && devices > 0) {
    return { kind, required, resource, ...(cloud.claimsFabric === true ? { claimed: true } : {}), perNode: devices };
  }
  if (!required && props.rdma === undefined) return none;
  throw new PlatformError(
    'FABRIC-001',
    pathOf(pool),
    kind === 'none'
      ? `a fabric is required, but '${type.name}' has none`
      : `a fabric is required, but nothing says how pods ask for the ${kind} interfaces of '${type.name}'`,
    kind === 'none'
      ? `Take a machine type with a fabric, or set fabric: 'none'.`
      : (cloud.fabricHint ?? 'Set rdma to how pods get at them, such as Rdma.shared().'),
  );
}

function distinct(taints: readonly Taint[]): readonly Taint[] {
  return [...new Map(taints.map((taint) => [formatTaint(taint), taint])).values()];
}
