import type { Construct } from 'constructs';
import { parseCidr, partOf } from '../clouds/cidr.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { FabricModel, PoolModel, RdmaNetworkModel } from '../model/platform-model.ts';
import { rdmaProblem } from './rdma.ts';

/**
 * One network for each interface: pods on the same rail of the fabric reach each other directly.
 *
 * @throws PlatformError FABRIC-002 when the range of addresses is none, or too small for the pods
 */
export function networksOf(
  pool: Construct,
  name: string,
  { interfaces = [], addresses }: { readonly interfaces?: readonly string[]; readonly addresses?: string },
  pods: { readonly nodes: number; readonly perNode: number },
): readonly RdmaNetworkModel[] {
  if (addresses === undefined) return [];
  const cuts = Math.ceil(Math.log2(interfaces.length));
  const range = parseCidr(addresses);
  const prefix = (range?.prefix ?? 0) + cuts;
  // The first and the last address of a network are not for hosts.
  const needed = pods.nodes * pods.perNode + 2;
  if (range === undefined || 2 ** (32 - prefix) < needed) {
    throw rdmaProblem(
      pool,
      range === undefined
        ? `'${addresses}' is no range of IPv4 addresses`
        : `${addresses} is too small for ${interfaces.length} networks of ${pods.nodes} nodes with ${pods.perNode} pods each`,
      `Give a range that begins where one of its size may, such as '10.64.0.0/${32 - Math.ceil(Math.log2(needed)) - cuts}'.`,
    );
  }
  return interfaces.map((one, index) => ({
    name: `${name}-${index}`,
    interface: one,
    subnet: partOf(range, prefix, index),
    addressesPerNode: pods.perNode,
  }));
}

/** The networks of the pool as pods of the namespace name them. */
export function networkAttachments({ fabric }: PoolModel, namespace: string): readonly Manifest[] {
  const { mode, devices = {}, networks = [] } = fabric.rdma ?? {};
  const resources = Object.keys(devices);
  return networks.map((network, index) => ({
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: {
      name: network.name,
      namespace,
      // Tells Multus which of the pod's devices is moved into it.
      ...(mode === 'sriov' ? { annotations: { 'k8s.v1.cni.cncf.io/resourceName': resources[index] ?? '' } } : {}),
    },
    spec: {
      config: JSON.stringify({
        cniVersion: '0.3.1',
        name: network.name,
        ...plugin(fabric, network),
        ipam: { type: 'nv-ipam', poolName: network.name },
      }),
    },
  }));
}

/** The plugin that gives a pod its end of the network, by what the interface is. */
function plugin(
  { kind, rdma }: FabricModel,
  { interface: master }: RdmaNetworkModel,
): Readonly<Record<string, string>> {
  if (rdma?.mode === 'sriov') return { type: 'host-device' };
  return kind === 'infiniband' ? { type: 'ipoib', master } : { type: 'macvlan', master, mode: 'bridge' };
}
