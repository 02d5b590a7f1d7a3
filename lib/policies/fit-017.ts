import type { ClusterModel, PoolModel } from '../model/platform-model.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit017: Policy = {
  id: 'FIT-017',
  title: 'On all nodes of a cluster that the GPU Operator serves, the same party installs the driver.',
  why: 'The operator has one setting for the driver of all its nodes: it would install a second one, or none.',
  source: 'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/platform-support.html',
  severity: 'error',
  check: perCluster(judge),
  examples: {
    passing: () => withPools('operator', 'operator'),
    failing: () => withPools('operator', 'cloud'),
  },
};

function withPools(...drivers: readonly PoolModel['driver'][]) {
  return examplePlatform({
    pools: drivers.map((driver, index) => ({ ...examplePool, name: `h100-${index}`, driver })),
  });
}

/** Pools on which the cloud brings the device plugin too are none of the operator's. */
function judge({ pools }: ClusterModel): readonly Verdict[] {
  const served = pools.filter(
    ({ accelerator, driver, devicePlugin }) =>
      accelerator.vendor === 'nvidia' && (driver === 'operator' || devicePlugin === 'operator'),
  );
  const byOperator = served.find(({ driver }) => driver === 'operator');
  if (byOperator === undefined) return [];
  return served
    .filter(({ driver }) => driver === 'cloud')
    .map((pool) =>
      fail(
        pool.path,
        `the cloud installs the driver of pool '${pool.name}', and the GPU Operator that of '${byOperator.name}'`,
        `Give both the same driver, 'cloud' or 'operator'.`,
      ),
    );
}
