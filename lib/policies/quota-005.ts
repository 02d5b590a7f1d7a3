import { at } from '../model/json.ts';
import type { ChartReference, ClusterModel, ComponentModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const quota005: Policy = {
  id: 'QUOTA-005',
  title: 'The GPUs of a node are given out by the device plugin or by the DRA driver, not by both.',
  why: 'Each of the two gives out every GPU, so two pods get the same one.',
  source: 'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/dra-intro-install.html',
  severity: 'error',
  check: perCluster(judge),
  examples: {
    passing: () => withDriver(false),
    failing: () => withDriver(true),
  },
};

/** The charts of NVIDIA's driver, by its new name and the old one. */
const CHARTS = ['dra-driver-nvidia-gpu', 'nvidia-dra-driver-gpu'];

function withDriver(enabled: boolean) {
  const chart: ChartReference = {
    release: 'dra',
    namespace: 'dra',
    repository: 'oci://registry.k8s.io/dra-driver-nvidia/charts',
    chart: 'dra-driver-nvidia-gpu',
    version: '0.4.1',
    values: { resources: { gpus: { enabled } } },
    skipCrds: false,
    hooks: false,
  };
  return examplePlatform({ units: [{ ...exampleUnit(), charts: [chart] }] });
}

function judge(cluster: ClusterModel): readonly Verdict[] {
  const operator = cluster.components.find(({ id }) => id === 'gpu-operator');
  const plugged = cluster.pools.filter(
    (pool) => pool.accelerator.vendor === 'nvidia' && (pool.devicePlugin === 'cloud' || !isOff(operator)),
  );
  if (plugged.length === 0) return [];
  const names = plugged.map(({ name }) => `'${name}'`).join(', ');
  const fix =
    'Leave the GPUs to one of them: set resources.gpus.enabled of the DRA driver to false, or devicePlugin.enabled of the GPU Operator.';
  const byChart = cluster.units.flatMap((unit) =>
    unit.charts
      .filter(({ chart, values }) => CHARTS.includes(chart) && at(values, 'resources', 'gpus', 'enabled') !== false)
      .map(({ release }) =>
        fail(unit.path, `release '${release}' gives out the GPUs of pool ${names}, and so does the device plugin`, fix),
      ),
  );
  return [...byChart, ...byOperator(operator, names, cluster)];
}

function isOff(operator: ComponentModel | undefined): boolean {
  return at(operator?.values, 'devicePlugin', 'enabled') === false;
}

/** With a resource of its own the GPU Operator runs the driver in place of the device plugin, on all of its nodes. */
function byOperator(operator: ComponentModel | undefined, names: string, { path }: ClusterModel): readonly Verdict[] {
  if (operator === undefined) return [];
  if (operator.installed) {
    const what = `whether your GPU Operator also runs the DRA driver on pool ${names} is not known`;
    return [unknown(path, what, 'Check that gpuCluster.deployCR of your installation is false, and waive this.')];
  }
  if (at(operator.values, 'gpuCluster', 'deployCR') !== true) return [];
  const what = `the GPU Operator gives out the GPUs of pool ${names} by its DRA driver, and their pods ask the device plugin`;
  return [fail(path, what, "Leave gpuCluster.deployCR out of the values of component 'gpu-operator'.")];
}
