import type { PoolModel } from '../model/platform-model.ts';
import { type MigLayout, migLayoutFits, migProfiles } from '../model/sharing.ts';
import { examplePlatform, examplePool } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit008: Policy = {
  id: 'FIT-008',
  title: 'The MIG slices of a pool have room on one GPU together.',
  why: 'Slices must lie side by side in the memory of the chip. The MIG manager stops half-way when they do not fit, and the node is left without devices.',
  source: 'https://docs.nvidia.com/datacenter/tesla/mig-user-guide/supported-mig-profiles.html',
  severity: 'error',
  check: perCluster(({ pools }) => pools.flatMap(judge)),
  examples: {
    passing: () => withLayout({ '3g.40gb': 1, '1g.10gb': 3 }),
    failing: () => withLayout({ '3g.40gb': 2, '1g.10gb': 1 }),
  },
};

function withLayout(layout: MigLayout) {
  return examplePlatform({ pools: [{ ...examplePool, sharing: { kind: 'mig', layout } }] });
}

/** A profile that the chip does not have is FIT-006's. */
function judge({ name, path, accelerator: { model }, sharing }: PoolModel): readonly Verdict[] {
  if (sharing?.kind !== 'mig') return [];
  const profiles = migProfiles(model) ?? {};
  const isKnown = Object.keys(sharing.layout).every((profile) => profiles[profile] !== undefined);
  if (!isKnown || migLayoutFits(model, sharing.layout) !== false) return [];
  const slices = Object.entries(sharing.layout).map(([profile, count]) => `${count} x ${profile}`);
  return [
    fail(
      path,
      `${slices.join(' and ')} have no room on one ${model} of pool '${name}'`,
      `Use ${formatLayout(largestPart(model, sharing.layout))}.`,
    ),
  ];
}

/** The layout without as many of its last slices as it takes to fit. */
function largestPart(model: string, layout: MigLayout): MigLayout {
  const slices = Object.entries(layout).flatMap(([profile, count]) => Array.from({ length: count }, () => profile));
  for (let length = slices.length - 1; length > 0; length--) {
    const part = counted(slices.slice(0, length));
    if (migLayoutFits(model, part) === true) return part;
  }
  return {};
}

function counted(slices: readonly string[]): MigLayout {
  const layout: Record<string, number> = {};
  for (const profile of slices) layout[profile] = (layout[profile] ?? 0) + 1;
  return layout;
}

function formatLayout(layout: MigLayout): string {
  const slices = Object.entries(layout).map(([profile, count]) => `'${profile}': ${count}`);
  return `Sharing.mig({ ${slices.join(', ')} })`;
}
