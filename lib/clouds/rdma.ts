/** What all ways to the interfaces have in common. */
interface RdmaCommon {
  /**
   * How much memory containers on the nodes may lock: `unlimited` where the container runtime runs with
   * `LimitMEMLOCK=infinity`. With `limited`, which is what container runtimes come with, only root with the capability
   * IPC_LOCK gets at the interfaces, and namespaces that allow that are privileged (FIT-010).
   *
   * @default 'limited'
   */
  readonly lockedMemory?: 'limited' | 'unlimited';
}

/** What NVIDIA Network Operator is told. */
interface OperatedRdma extends RdmaCommon {
  /**
   * Range of IPv4 addresses for pods on the fabric, such as `10.64.0.0/16`; each interface gets a part as its network. RoCE
   * finds its partners by them. InfiniBand does without, unless programs speak IP over it.
   *
   * @default - none
   */
  readonly addresses?: string;
  /** Who installs the driver of the network cards. @default 'host' */
  readonly driver?: 'host' | 'operator';
}

/** Settings of interfaces that the pods of a node share. */
export interface SharedRdmaProps extends OperatedRdma {
  /** Names of the interfaces on the nodes, such as `ibp24s0`. @default - every interface with the link of the fabric */
  readonly interfaces?: readonly string[];
}

/** Settings of interfaces of which pods get a function for themselves. */
export interface SriovRdmaProps extends OperatedRdma {
  /** Names of the physical interfaces on the nodes, such as `ens1f0np0`. */
  readonly interfaces: readonly string[];
  /** Virtual functions that the hosts have made of each interface; with 1 a pod gets the physical one. @default 1 */
  readonly functions?: number;
}

/** Settings of interfaces that somebody else advertises. */
export interface AdvertisedRdmaProps extends RdmaCommon {
  /**
   * How many pods may share the interfaces of a node, where the device plugin advertises that many places: a pod asks for
   * one, and gets all interfaces.
   *
   * @default - it advertises each interface, and a pod has those that it gets for itself
   */
  readonly sharedBy?: number;
}

/** How pods get at the interfaces of a pool. */
export type RdmaProps =
  | ({ readonly mode: 'shared' } & SharedRdmaProps)
  | ({ readonly mode: 'sriov' } & SriovRdmaProps)
  | ({ readonly mode: 'advertised'; readonly resource: `${string}/${string}` } & AdvertisedRdmaProps);

/** The ways to InfiniBand and RoCE interfaces of nodes that exist. */
export const Rdma = {
  /** All pods of a node use all of its interfaces; Network Operator advertises them. */
  shared: (props: SharedRdmaProps = {}): RdmaProps => ({ mode: 'shared', ...props }),
  /** Each pod gets a function of every interface for itself; Network Operator advertises them. */
  sriov: (props: SriovRdmaProps): RdmaProps => ({ mode: 'sriov', ...props }),
  /** A device plugin that is there already advertises the interfaces under this name, such as `rdma/ib`. */
  advertised: (resource: `${string}/${string}`, props: AdvertisedRdmaProps = {}): RdmaProps => ({
    mode: 'advertised',
    resource,
    ...props,
  }),
} as const;
