import type { ClusterModel, PoolModel } from '../model/platform-model.ts';
import { migProfiles } from '../model/sharing.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

/**
 * GPU models that cannot be cut into slices.
 *
 * @see https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-gpus.html
 */
const WITHOUT_MIG = ['A10', 'A10G', 'A16', 'A2', 'A40', 'L20', 'L4', 'L40', 'L40S', 'T4', 'V100'];

export const fit006: Policy = {
  id: 'FIT-006',
  title: 'A pool that shares its GPUs has a chip that can be shared so, and nodes that say so.',
  why: 'A profile that the chip does not have stops the MIG manager; a node without the label offers whole GPUs, and pods for shares wait for ever.',
  source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html',
  severity: 'error',
  check: perCluster((cluster) =>
    cluster.pools.flatMap((pool) => [...judgeProfiles(pool), ...judgeLabel(pool, cluster)]),
  ),
  examples: {
    passing: () => withLayout({ '1g.10gb': 7 }),
    failing: () => withLayout({ '1g.5gb': 7 }),
  },
};

function withLayout(layout: Readonly<Record<string, number>>) {
  return examplePlatform({ pools: [{ ...examplePool, sharing: { kind: 'mig', layout } }] });
}

function judgeProfiles({ name, path, accelerator, sharing }: PoolModel): readonly Verdict[] {
  if (sharing?.kind !== 'mig') return [];
  const { model } = accelerator;
  const profiles = migProfiles(model);
  if (profiles === undefined && WITHOUT_MIG.includes(model)) {
    const what = `pool '${name}' is cut into MIG slices, which ${model} does not have`;
    return [fail(path, what, 'Use Sharing.timeSlicing or Sharing.mps.')];
  }
  if (profiles === undefined) {
    const what = `which MIG profiles ${model} of pool '${name}' has is not known`;
    return [
      unknown(path, what, 'Take a GPU model whose profiles are known, or waive this once the profiles were checked.'),
    ];
  }
  const known = Object.keys(profiles);
  return Object.keys(sharing.layout)
    .filter((profile) => !known.includes(profile))
    .map((profile) =>
      fail(
        path,
        `pool '${name}' is cut into slices of '${profile}', which ${model} does not have`,
        `Use one of ${known.join(', ')}.`,
      ),
    );
}

/** Where we make the pools we label the nodes; nodes that exist are labelled by their owner. */
function judgeLabel({ name, path, labels, sharing }: PoolModel, { cloud }: ClusterModel): readonly Verdict[] {
  if (sharing === undefined || cloud.id !== 'existing') return [];
  const key = sharing.kind === 'mig' ? 'nvidia.com/mig.config' : 'nvidia.com/device-plugin.config';
  if (labels[key] === name) return [];
  return [
    fail(
      path,
      `the GPU Operator picks the settings of pool '${name}' by the label ${key}=${name}, and its nodes have ${labels[key] ?? 'none'}`,
      `Label the nodes, and add '${key}': '${name}' to the labels of the pool.`,
    ),
  ];
}
