import type { EfaDevicePluginValues } from '../../imports/charts/aws-efa-k8s-device-plugin.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { defineComponent, poolAgent, tolerationsForPools } from './component.ts';

/** Advertises Elastic Fabric Adapter interfaces to the kubelet. */
export const efaDevicePlugin = defineComponent({
  id: 'aws-efa-k8s-device-plugin',
  summary: 'Elastic Fabric Adapter interfaces as a resource of pods',
  source: 'https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin',
  namespace: 'aws-efa',
  podSecurity: 'privileged',
  chart: { repository: 'https://aws.github.io/eks-charts', chart: 'aws-efa-k8s-device-plugin', version: 'v0.5.30' },
  advertises: ['vpc.amazonaws.com/efa'],
  placement: { pools: { tolerations: ['tolerations'] } },
  neededBy: ({ pools }) => efaPools(pools).map((pool) => pool.path),
  values: ({ cluster }): EfaDevicePluginValues => {
    const pools = efaPools(cluster.pools);
    return {
      // The chart's own list lags behind new machine types, and its plugin crashes on nodes without an interface.
      supportedInstanceLabels: { values: [...new Set(pools.map((pool) => pool.instanceType))].sort() },
      tolerations: tolerationsForPools(pools),
    };
  },
  agents: (values, { cluster }) => [
    poolAgent('aws-efa-k8s-device-plugin', efaPools(cluster.pools), values.tolerations ?? [], {
      cpuMillis: 10,
      memoryMiB: 20,
    }),
  ],
});

function efaPools(pools: readonly PoolModel[]): readonly PoolModel[] {
  return pools.filter((pool) => pool.fabric.kind === 'efa');
}
