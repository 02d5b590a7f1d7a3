import type { NetworkOperatorValues } from '../../imports/charts/network-operator.ts';
import type { Toleration } from '../model/kubernetes.ts';
import {
  type AgentSpec,
  type ComponentContext,
  defineComponent,
  poolAgent,
  systemAgent,
  tolerationsForPools,
} from './component.ts';
import {
  addressPools,
  clusterPolicy,
  networksOf,
  nodePolicy,
  type OperatedPool,
  operatedPools,
} from './network-operator-policies.ts';

const NAMESPACE = 'nvidia-network-operator';

/** InfiniBand and RoCE interfaces as devices of pods, and as networks that pods attach to. */
export const networkOperator = defineComponent({
  id: 'network-operator',
  summary: 'InfiniBand and RoCE interfaces as devices and networks of pods',
  source: 'https://docs.nvidia.com/networking/display/kubernetes2641/getting-started/kubernetes.html',
  namespace: NAMESPACE,
  podSecurity: 'privileged',
  chart: { repository: 'https://helm.ngc.nvidia.com/nvidia', chart: 'network-operator', version: '26.4.1' },
  crds: {
    data: ['network-operator'],
    groups: ['k8s.cni.cncf.io', 'mellanox.com', 'nv-ipam.nvidia.com'],
    carriedBy: 'unit',
  },
  // Node Feature Discovery, by whose labels it finds its nodes, comes with the GPU Operator, and there must be one only.
  requires: ['gpu-operator'],
  advertises: ['rdma/'],
  placement: { system: { nodeSelector: ['operator.nodeSelector'], tolerations: ['operator.tolerations'] } },
  neededBy: ({ pools }) => operatedPools(pools).map((pool) => pool.path),
  values: ({ systemSelector: nodeSelector, systemTolerations: tolerations }): NetworkOperatorValues => ({
    nfd: { enabled: false, deployNodeFeatureRules: false },
    upgradeCRDs: false,
    operator: { nodeSelector, tolerations },
  }),
  objects: (_values, context) => {
    const pools = operatedPools(context.cluster.pools);
    return [
      clusterPolicy(pools, context),
      ...pools.map(nodePolicy),
      ...pools.flatMap((pool) => addressPools(pool, NAMESPACE)),
    ];
  },
  agents: (_values, context) => {
    const pools = operatedPools(context.cluster.pools);
    return [
      systemAgent('network-operator', context, { cpuMillis: 5, memoryMiB: 64 }),
      systemAgent('network-operator-keep-ncp', context),
      ...pools.flatMap(pluginAgents),
      ...networkAgents(pools, context),
    ];
  },
});

/** Every pod that the operator makes tolerates this by itself. */
const BUILT_IN: Toleration = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' };

function pluginAgents(pool: OperatedPool): readonly AgentSpec[] {
  const { mode, driver } = pool.fabric.rdma;
  const names = [
    ...(driver === 'host' ? [] : ['mofed']),
    mode === 'shared' ? 'rdma-shared-dp-ds' : 'network-operator-sriov-device-plugin',
  ];
  const tolerations = [...tolerationsForPools([pool]), BUILT_IN];
  return names.map((name) => ({
    ...poolAgent(`${name}-${pool.name}`, [pool], tolerations),
    nodeSelector: pool.selector,
  }));
}

function networkAgents(pools: readonly OperatedPool[], context: ComponentContext): readonly AgentSpec[] {
  const networks = networksOf(pools);
  if (!networks.any) return [];
  const onNodes = [
    'kube-multus-ds',
    'cni-plugins-ds',
    'nv-ipam-node',
    ...(networks.ipoib ? ['kube-ipoib-cni-ds'] : []),
  ];
  const tolerations = [...tolerationsForPools(pools), BUILT_IN];
  return [
    ...onNodes.map((name) => poolAgent(name, pools, tolerations, { cpuMillis: 100, memoryMiB: 50 })),
    systemAgent('nv-ipam-controller', context, { cpuMillis: 100, memoryMiB: 300 }),
  ];
}
