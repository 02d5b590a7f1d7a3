import type { GkeNetwork, GkeNetworkingResource, GkeNetworkParamSet } from '../../imports/gke-networking.ts';
import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { GKE_INTERFACES, TCPXO, vpcOf } from '../model/tcpxo.ts';
import { defineComponent, manifestsOf, poolAgent, tolerationsForPools } from './component.ts';
import { criticalPods } from './gke-node-agents.ts';
import { deviceInjector, pluginInstaller } from './gpudirect-tcpxo-agents.ts';

const NAMESPACE = 'gpudirect-tcpxo';

/**
 * The networks of GPUDirect-TCPXO as pods name them, the plug-in for NCCL on every node, and what gives the devices of the
 * node to the daemon beside a worker.
 */
export const gpudirectTcpxo = defineComponent({
  id: 'gpudirect-tcpxo',
  summary: 'GPUDirect-TCPXO: networks, plug-in for NCCL and devices of its daemons',
  source: 'https://cloud.google.com/kubernetes-engine/docs/how-to/gpu-bandwidth-gpudirect-tcpx',
  namespace: NAMESPACE,
  podSecurity: 'privileged',
  version: TCPXO.version,
  crds: { data: ['gke-networking'], groups: ['networking.gke.io'], carriedBy: 'cloud' },
  answers: [GKE_INTERFACES],
  neededBy: ({ pools }) => attachedPools(pools).map(({ path }) => path),
  values: (): JsonObject => ({}),
  objects: (_values, { cluster }) => {
    const pools = attachedPools(cluster.pools);
    const networks = new Set(pools.flatMap(({ fabric }) => fabric.networks ?? []));
    return [
      criticalPods(NAMESPACE),
      ...[...networks].flatMap((name) => network(name, vpcOf(cluster.name, name))),
      pluginInstaller(NAMESPACE, pools),
      deviceInjector(NAMESPACE, pools),
    ];
  },
  agents: (_values, { cluster }) => {
    const pools = attachedPools(cluster.pools);
    const tolerations = tolerationsForPools(pools);
    // What they ask for stands in their DaemonSets.
    return ['nccl-plugin-installer', 'device-injector'].map((name) => poolAgent(name, pools, tolerations));
  },
});

/** Pools whose workers are attached to networks of the cluster. */
function attachedPools(pools: readonly PoolModel[]): readonly PoolModel[] {
  return pools.filter(({ fabric }) => fabric.networks !== undefined);
}

/** A network as pods name it; a pod that is attached to it gets the interface of the node itself. */
function network(name: string, vpc: string): readonly Manifest[] {
  const parameters: GkeNetworkParamSet = {
    apiVersion: 'networking.gke.io/v1',
    kind: 'GKENetworkParamSet',
    metadata: { name },
    spec: { vpc, vpcSubnet: vpc, deviceMode: 'NetDevice' },
  };
  const whole: GkeNetwork = {
    apiVersion: 'networking.gke.io/v1',
    kind: 'Network',
    metadata: { name },
    spec: { type: 'Device', parametersRef: { group: 'networking.gke.io', kind: 'GKENetworkParamSet', name } },
  };
  return manifestsOf<GkeNetworkingResource>(parameters, whole);
}
