import { at, isJsonObject, type JsonObject } from '../model/json.ts';
import type { ClusterModel, ComponentModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { type ClusterPod, podsWithDevices } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const fit007: Policy = {
  id: 'FIT-007',
  title: 'MIG slices are advertised by profile, and a container asks for one kind of GPU device.',
  why: "With the strategy 'single' the slices go by the name of whole GPUs, and pods for a profile wait for ever. Of two kinds of devices a container sees one, and nobody can say which.",
  source: 'https://github.com/NVIDIA/k8s-device-plugin/blob/main/README.md#configuration-option-details',
  severity: 'error',
  check: perCluster((cluster) => [...judgeStrategy(cluster), ...podsWithDevices(cluster).flatMap(judgePod)]),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(pod({ 'nvidia.com/mig-3g.40gb': 2 }))] }),
    failing: () => examplePlatform({ units: [exampleUnit(pod({ 'nvidia.com/gpu': 1, 'nvidia.com/mig-3g.40gb': 1 }))] }),
  },
};

function pod(limits: Readonly<Record<string, number>>) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { containers: [{ name: 'main', resources: { limits } }] },
  };
}

/** The one setting of the GPU Operator for all pools. */
function judgeStrategy({ pools, components }: ClusterModel): readonly Verdict[] {
  const cut = pools.filter(({ sharing }) => sharing?.kind === 'mig');
  const operator = components.find(({ id }) => id === 'gpu-operator');
  if (cut.length === 0 || operator === undefined) return [];
  return cut.flatMap(({ path, name }) => judgeOperator(path, name, operator));
}

function judgeOperator(path: string, name: string, { installed, values }: ComponentModel): readonly Verdict[] {
  if (installed) {
    const what = `whether your GPU Operator advertises the slices of pool '${name}' by profile is not known`;
    return [unknown(path, what, "Set mig.strategy of your installation to 'mixed', and waive this once that is done.")];
  }
  const strategy = at(values, 'mig', 'strategy');
  if (strategy === 'mixed') return [];
  const what = `pool '${name}' offers slices by profile, and the GPU Operator has the MIG strategy '${String(strategy ?? 'single')}'`;
  return [fail(path, what, "Leave mig.strategy of component 'gpu-operator' to the pools, or set it to 'mixed'.")];
}

function judgePod({ path, title, template }: ClusterPod): readonly Verdict[] {
  return template.containers.flatMap((container) => {
    const kinds = devicesOf(container);
    if (kinds.length < 2) return [];
    const what = `container '${String(container['name'])}' of ${title} asks for ${kinds.join(' and ')}`;
    return [fail(path, what, 'Ask for one of them, and for the other in a container of its own.')];
  });
}

/** Kinds of GPU devices: whole ones, shares, and each profile of slices. */
function devicesOf(container: JsonObject): readonly string[] {
  const resources = container['resources'];
  const names = [at(resources, 'limits'), at(resources, 'requests')].flatMap((list) =>
    isJsonObject(list) ? Object.keys(list).filter((name) => name.startsWith('nvidia.com/')) : [],
  );
  if (names.length < 2) return names;
  return [...new Set(names.filter((name) => /^nvidia\.com\/(gpu|gpu\.shared|mig-.*)$/.test(name)))].sort();
}
