import type { GpuOperatorValues } from '../../imports/charts/gpu-operator.ts';
import { TRAINING_PODS } from '../model/conventions.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { type ComponentContext, defineComponent, poolAgent, systemAgent, tolerationsForPools } from './component.ts';
import { hostObjects, hostValues } from './gpu-operator-hosts.ts';

const NAMESPACE = 'gpu-operator';

/** Driver, container toolkit, device plugin and metrics on NVIDIA nodes. */
export const gpuOperator = defineComponent({
  id: 'gpu-operator',
  summary: 'Driver, device plugin and metrics on NVIDIA nodes',
  source: 'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/getting-started.html',
  namespace: NAMESPACE,
  podSecurity: 'privileged',
  chart: { repository: 'https://helm.ngc.nvidia.com/nvidia', chart: 'gpu-operator', version: 'v26.7.0' },
  crds: {
    data: ['gpu-operator', 'node-feature-discovery'],
    groups: ['nvidia.com', 'resource.nvidia.com', 'nfd.k8s-sigs.io'],
    carriedBy: 'unit',
  },
  requires: ['kube-prometheus-stack'],
  advertises: ['nvidia.com/'],
  placement: {
    system: {
      nodeSelector: [
        'operator.nodeSelector',
        'node-feature-discovery.master.nodeSelector',
        'node-feature-discovery.gc.nodeSelector',
      ],
      tolerations: [
        'operator.tolerations',
        'node-feature-discovery.master.tolerations',
        'node-feature-discovery.gc.tolerations',
      ],
    },
    pools: { tolerations: ['daemonsets.tolerations', 'node-feature-discovery.worker.tolerations'] },
  },
  neededBy: ({ pools }) => operatedPools(pools).map((pool) => pool.path),
  values: ({ cluster, systemSelector, systemTolerations }): GpuOperatorValues => {
    const pools = operatedPools(cluster.pools);
    const driver = pools.some((pool) => pool.driver === 'operator');
    const host = hostValues(cluster.cloud.id, pools);
    const onPools = tolerationsForPools(pools);
    const onSystem = { nodeSelector: systemSelector, tolerations: systemTolerations };
    return {
      ...host,
      driver: driver ? ownDriver(pools) : { enabled: false },
      toolkit: { enabled: driver, ...host.toolkit },
      devicePlugin: {
        enabled: pools.some((pool) => pool.devicePlugin === 'operator'),
        ...sharedDevices(pools),
      },
      ...migConfiguration(pools, host.migManager),
      // Replaces the chart's own list, which tolerates nvidia.com/gpu alone.
      daemonsets: { tolerations: onPools },
      operator: { ...onSystem, upgradeCRD: false, ...host.operator },
      'node-feature-discovery': { master: onSystem, gc: onSystem, worker: { tolerations: onPools } },
    };
  },
  objects: (_values, { cluster }) => hostObjects(cluster.cloud.id, operatedPools(cluster.pools), NAMESPACE),
  agents: (values, context) => {
    const pools = operatedPools(context.cluster.pools);
    const tolerations = values.daemonsets?.tolerations ?? [];
    const operands = [
      ...(values.driver?.enabled === false ? [] : ['nvidia-driver-daemonset']),
      ...(values.toolkit?.enabled === false ? [] : ['nvidia-container-toolkit-daemonset']),
      ...(values.devicePlugin?.enabled === false ? [] : ['nvidia-device-plugin-daemonset']),
      'gpu-feature-discovery',
      'nvidia-dcgm-exporter',
      'nvidia-mig-manager',
      'nvidia-operator-validator',
    ];
    const worker = values['node-feature-discovery']?.worker?.tolerations ?? [];
    return [
      ...operands.map((name) => poolAgent(name, pools, tolerations)),
      poolAgent('node-feature-discovery-worker', pools, worker, { cpuMillis: 5, memoryMiB: 64 }),
      ...['gpu-operator', 'node-feature-discovery-master', 'node-feature-discovery-gc'].map((name) =>
        systemAgent(name, context, { cpuMillis: 200, memoryMiB: 128 }),
      ),
    ];
  },
});

/** The pools with NVIDIA GPUs on which the cloud does not bring both driver and device plugin. */
function operatedPools(pools: ComponentContext['cluster']['pools']): readonly PoolModel[] {
  return pools.filter(
    ({ accelerator, driver, devicePlugin }) =>
      accelerator.vendor === 'nvidia' && (driver === 'operator' || devicePlugin === 'operator'),
  );
}

function ownDriver(pools: readonly PoolModel[]): NonNullable<GpuOperatorValues['driver']> {
  return {
    enabled: true,
    // It then waits for the driver of the network cards, and brings what older programs need for GPUDirect.
    ...(pools.some(operatedCards) ? { rdma: { enabled: true } } : {}),
    // A new driver evicts the pods that use the GPUs of a node. By default it waits for none of them.
    upgradePolicy: { waitForCompletion: { podSelector: TRAINING_PODS } },
  };
}

function operatedCards({ fabric }: PoolModel): boolean {
  return fabric.rdma?.driver === 'operator';
}

/** The device plugin's configuration of each pool that shares its GPUs; a label of the node picks it. */
function sharedDevices(pools: readonly PoolModel[]): Pick<NonNullable<GpuOperatorValues['devicePlugin']>, 'config'> {
  const shared = pools.flatMap(({ name, sharing }) =>
    sharing === undefined || sharing.kind === 'mig' ? [] : [[name, sharingText(sharing.kind, sharing.replicas)]],
  );
  if (shared.length === 0) return {};
  const data = { whole: 'version: v1\n', ...Object.fromEntries(shared) };
  return { config: { create: true, name: 'device-plugin-config', default: 'whole', data } };
}

function sharingText(kind: 'timeSlicing' | 'mps', replicas: number): string {
  return `version: v1
sharing:
  ${kind}:
    renameByDefault: true
    failRequestsGreaterThanOne: true
    resources:
    - name: nvidia.com/gpu
      replicas: ${replicas}
`;
}

/**
 * The MIG layouts by pool. `mixed` gives each profile a resource name of its own, and leaves pools without MIG as they
 * are. A custom map replaces all of the operator's own names, so it also holds the default.
 */
function migConfiguration(
  pools: readonly PoolModel[],
  host: GpuOperatorValues['migManager'],
): Pick<GpuOperatorValues, 'mig' | 'migManager'> {
  const layouts = pools.flatMap(({ name, sharing }) =>
    sharing?.kind === 'mig' ? [{ name, layout: sharing.layout }] : [],
  );
  if (layouts.length === 0) return {};
  const entries = layouts.map(({ name, layout }) => {
    const devices = Object.entries(layout).map(([profile, count]) => `        "${profile}": ${count}\n`);
    return `  ${name}:\n    - devices: all\n      mig-enabled: true\n      mig-devices:\n${devices.join('')}`;
  });
  const text = `version: v1\nmig-configs:\n  all-disabled:\n    - devices: all\n      mig-enabled: false\n${entries.join('')}`;
  return {
    mig: { strategy: 'mixed' },
    migManager: {
      ...host,
      config: { create: true, name: 'mig-layouts', default: 'all-disabled', data: { 'config.yaml': text } },
    },
  };
}
