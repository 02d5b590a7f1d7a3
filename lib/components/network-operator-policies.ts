import type { NicClusterPolicy, NicNodePolicy, NvIpamPool } from '../../imports/network-operator.ts';
import type { Labels, Manifest, Toleration } from '../model/kubernetes.ts';
import type { FabricModel, PoolModel, RdmaModel } from '../model/platform-model.ts';
import { type ComponentContext, tolerationsForPools } from './component.ts';

/** A pool whose interfaces Network Operator brings to pods. */
export type OperatedPool = PoolModel & { readonly fabric: FabricModel & { readonly rdma: RdmaModel } };

export function operatedPools(pools: readonly PoolModel[]): readonly OperatedPool[] {
  return pools.filter((pool): pool is OperatedPool => pool.fabric.rdma !== undefined);
}

/** An image of the release that the chart belongs to. */
function imageOf(image: string, version = 'network-operator-v26.4.1') {
  return { image, repository: 'nvcr.io/nvidia/mellanox', version };
}

/**
 * What all pools have in common: Multus, the network plugins and the addresses, where there are networks. The operator also
 * waits for this policy before it lets device plugins start on nodes whose driver is the host's.
 *
 * @see https://github.com/Mellanox/network-operator/blob/v26.4.1/docs/heterogeneous-cluster-support.md
 */
export function clusterPolicy(pools: readonly OperatedPool[], { systemSelector, systemTolerations }: ComponentContext) {
  const networks = networksOf(pools);
  return {
    apiVersion: 'mellanox.com/v1alpha1',
    kind: 'NicClusterPolicy',
    metadata: { name: 'nic-cluster-policy' },
    spec: {
      nodeAffinity: onlyOn(pools.map(({ selector }) => selector)),
      tolerations: plain(tolerationsForPools(pools)),
      ...(Object.keys(systemSelector).length === 0 ? {} : { deploymentNodeAffinity: onlyOn([systemSelector]) }),
      deploymentTolerations: plain(systemTolerations),
      ...(networks.any
        ? {
            secondaryNetwork: {
              cniPlugins: imageOf('plugins'),
              // With the 50 MiB of the default it is killed when many pods start at once.
              multus: {
                ...imageOf('multus-cni'),
                containerResources: [
                  { name: 'kube-multus', requests: { cpu: '100m', memory: '50Mi' }, limits: { memory: '256Mi' } },
                ],
              },
              ...(networks.ipoib ? { ipoib: imageOf('ipoib-cni') } : {}),
            },
            nvIpam: { ...imageOf('nvidia-k8s-ipam'), enableWebhook: false },
          }
        : {}),
    },
  } satisfies NicClusterPolicy;
}

/** The interfaces of one pool as devices. */
export function nodePolicy(pool: OperatedPool): Manifest {
  const { mode, driver } = pool.fabric.rdma;
  return {
    apiVersion: 'mellanox.com/v1alpha1',
    kind: 'NicNodePolicy',
    metadata: { name: pool.name },
    spec: {
      nodeSelector: pool.selector,
      tolerations: plain(tolerationsForPools([pool])),
      ...(driver === 'host' ? {} : { ofedDriver: imageOf('doca-driver', 'doca3.4.1-26.04-1.1.0.0-1') }),
      ...(mode === 'shared'
        ? { rdmaSharedDevicePlugin: { ...imageOf('k8s-rdma-shared-dev-plugin'), config: sharedDevices(pool) } }
        : { sriovDevicePlugin: { ...imageOf('sriov-network-device-plugin'), config: functionDevices(pool) } }),
    },
  } satisfies NicNodePolicy;
}

/** PCI vendor of NVIDIA's network cards, the only ones that the operator serves. */
const VENDORS = ['15b3'];

/** @see https://github.com/Mellanox/k8s-rdma-shared-dev-plugin#rdma-shared-device-plugin-configurations */
function sharedDevices({ fabric: { kind, rdma } }: OperatedPool): string {
  const linkTypes = [kind === 'infiniband' ? 'infiniband' : 'ether'];
  const selectors = {
    vendors: VENDORS,
    linkTypes,
    ...(rdma.interfaces.length === 0 ? {} : { ifNames: rdma.interfaces }),
  };
  const configList = Object.entries(rdma.devices).map(([resource, rdmaHcaMax]) => ({
    resourceName: nameOf(resource),
    rdmaHcaMax,
    selectors,
  }));
  return JSON.stringify({ configList });
}

/** @see https://github.com/k8snetworkplumbingwg/sriov-network-device-plugin#configurations */
function functionDevices({ fabric: { rdma } }: OperatedPool): string {
  const resourceList = Object.keys(rdma.devices).map((resource, index) => ({
    resourcePrefix: 'rdma',
    resourceName: nameOf(resource),
    selectors: { vendors: VENDORS, pfNames: rdma.interfaces.slice(index, index + 1), isRdma: true },
  }));
  return JSON.stringify({ resourceList });
}

function nameOf(resource: string): string {
  return resource.slice(resource.indexOf('/') + 1);
}

/** The addresses of each network of a pool. */
export function addressPools({ selector, fabric }: OperatedPool, namespace: string): readonly Manifest[] {
  return fabric.rdma.networks.map(
    ({ name, subnet, addressesPerNode }) =>
      ({
        apiVersion: 'nv-ipam.nvidia.com/v1alpha1',
        kind: 'IPPool',
        metadata: { name, namespace },
        spec: { subnet, perNodeBlockSize: addressesPerNode, nodeSelector: { nodeSelectorTerms: [termOf(selector)] } },
      }) satisfies NvIpamPool,
  );
}

function onlyOn(selectors: readonly Labels[]) {
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: selectors.map(termOf) } };
}

function termOf(selector: Labels) {
  return {
    matchExpressions: Object.entries(selector).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
  };
}

function plain(tolerations: readonly Toleration[]) {
  return tolerations.map((toleration) => ({ ...toleration }));
}

/** Whether any pod is attached to a network, and to one by IP over InfiniBand. */
export function networksOf(pools: readonly OperatedPool[]): { readonly any: boolean; readonly ipoib: boolean } {
  const attached = pools.filter(({ fabric }) => fabric.rdma.networks.length > 0);
  return {
    any: attached.length > 0,
    ipoib: attached.some(({ fabric }) => fabric.kind === 'infiniband' && fabric.rdma.mode === 'shared'),
  };
}
