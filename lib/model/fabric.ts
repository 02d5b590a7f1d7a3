import type { JsonObject } from './json.ts';
import type { Labels } from './kubernetes.ts';
import type { FabricModel } from './platform-model.ts';
import { tcpxoNeeds } from './tcpxo.ts';

/** Annotation by which a pod asks Multus for further networks. */
export const NETWORKS_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

/** What a worker needs of the fabric beside its GPUs. */
export interface FabricNeeds {
  /** Extended resources by name. */
  readonly devices: Readonly<Record<string, number>>;
  /** Interfaces that the pod claims, where they are given out by claims. */
  readonly claim?: { readonly deviceClass: string; readonly count: number };
  /** Annotations of the pod. */
  readonly annotations: Labels;
  /** Capabilities of the container. */
  readonly capabilities: readonly string[];
  /** Memory in pages of 2 MiB, in MiB. */
  readonly hugePagesMiB: number;
  readonly env: Labels;
  /** What runs beside the worker, where the fabric calls for it. */
  readonly sidecar?: FabricSidecar;
}

/** A container that starts before the worker and ends with it. */
export interface FabricSidecar {
  readonly container: JsonObject;
  /** What it asks for of the node. */
  readonly requests: { readonly cpuMillis: number; readonly memoryMiB: number };
  readonly volumes: readonly JsonObject[];
  /** What of the volumes the worker mounts too. */
  readonly mounts: readonly JsonObject[];
}

/** What a worker without others to talk to needs. */
export const NO_NEEDS: FabricNeeds = { devices: {}, annotations: {}, capabilities: [], hugePagesMiB: 0, env: {} };

/**
 * Huge pages of one node, in MiB: those that its image sets aside, and those that its workers share. The images of EKS have
 * 5128 pages of 2 MiB where there are Elastic Fabric Adapters, and a container that asks for none gets none; AWS's own
 * test asks for 5120 MiB.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
 */
const HUGE_PAGES_MIB: Readonly<
  Partial<Record<FabricModel['kind'], { readonly ofNode: number; readonly ofWorkers: number }>>
> = { efa: { ofNode: 10_256, ofWorkers: 5120 } };

/**
 * Settings of NCCL. Where the fabric is required, the transport is named: NCCL then stops when it is not there, instead of
 * falling back to TCP without a word.
 *
 * @see https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html
 */
const NCCL: Readonly<Partial<Record<FabricModel['kind'], { readonly env: Labels; readonly transport: string }>>> = {
  // Without the provider named, libfabric may settle for TCP. The transport is the plugin aws-ofi-nccl by its own name.
  efa: { env: { FI_PROVIDER: 'efa' }, transport: 'AWS Libfabric' },
  // Workers meet on the pod network: NCCL would rather meet on the fabric, which knows no names of pods.
  erdma: { env: { NCCL_SOCKET_IFNAME: '=eth0' }, transport: 'IB' },
  infiniband: { env: { NCCL_SOCKET_IFNAME: '=eth0' }, transport: 'IB' },
  roce: { env: { NCCL_SOCKET_IFNAME: '=eth0' }, transport: 'IB' },
  // Its own environment comes with the networks. The name is that which the plug-in gives to NCCL.
  'gpudirect-tcpxo': { env: {}, transport: 'FasTrak' },
};

/** Memory in pages of 2 MiB that the nodes set aside for the fabric, in MiB. */
export function hugePagesOf({ kind }: FabricModel): number {
  return HUGE_PAGES_MIB[kind]?.ofNode ?? 0;
}

/** Extended resources by which pods get at the fabric, with their number on one node. */
export function fabricDevices(fabric: FabricModel): Readonly<Record<string, number>> {
  const { resource, claimed, perNode, rdma, sharedBy = perNode } = fabric;
  if (rdma !== undefined) return rdma.devices;
  return resource === undefined || claimed === true ? {} : { [resource]: sharedBy };
}

/** What a worker with this share of a node's accelerators needs to talk to others over the fabric. */
export function fabricNeeds(
  fabric: FabricModel,
  worker: { readonly share: number; readonly isRoot: boolean },
): FabricNeeds {
  const share = Math.min(1, worker.share);
  const claimed = fabric.claimed === true ? Math.floor(fabric.perNode * share) : 0;
  const { env = {}, transport } = NCCL[fabric.kind] ?? {};
  const isNamed = fabric.required && fabric.claimed !== true;
  const networks = (fabric.rdma?.networks ?? []).map(({ name }) => name);
  // The network cards of a node are handed to one pod, all of them.
  const attached = fabric.networks === undefined || share < 1 ? undefined : tcpxoNeeds(fabric.networks);
  const isShared = fabric.rdma !== undefined || fabric.sharedBy !== undefined;
  const counts = Object.entries(fabricDevices(fabric)).map(([resource, perNode]): [string, number] => [
    resource,
    isShared ? 1 : Math.floor(perNode * share),
  ]);
  return {
    devices: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    ...(claimed > 0 && fabric.resource !== undefined
      ? { claim: { deviceClass: fabric.resource, count: claimed } }
      : {}),
    annotations: networks.length === 0 ? (attached?.annotations ?? {}) : { [NETWORKS_ANNOTATION]: networks.join(',') },
    // For any other user the capability does nothing: the kernel drops it when the program starts.
    capabilities: fabric.lockedMemory === 'limited' && worker.isRoot ? ['IPC_LOCK'] : [],
    hugePagesMiB: Math.floor(((HUGE_PAGES_MIB[fabric.kind]?.ofWorkers ?? 0) * share) / 2) * 2,
    // Where interfaces are claimed the cloud has a plugin of its own for NCCL.
    env: { ...env, ...attached?.env, ...(isNamed && transport !== undefined ? { NCCL_NET: transport } : {}) },
    ...(attached?.sidecar === undefined ? {} : { sidecar: attached.sidecar }),
  };
}
