import type { PoolModel } from '../model/platform-model.ts';

/** Cores and memory kept free on each node for the agents that run beside the workloads. */
const AGENTS = { cpuMillis: 2000, memoryMiB: 8192 };

/**
 * The whole cores and GiB that go with a part of a node, after what the agents need; `undefined` when the size of a node
 * is not known.
 */
export function shareOfNode(
  { allocatable }: PoolModel,
  part: number,
): { readonly cores: number; readonly memoryGiB: number } | undefined {
  if (allocatable === undefined) return undefined;
  const of = (amount: number, unit: number) => Math.max(1, Math.floor((amount * Math.min(1, part)) / unit));
  return {
    cores: of(allocatable.cpuMillis - AGENTS.cpuMillis, 1000),
    memoryGiB: of(allocatable.memoryMiB - AGENTS.memoryMiB, 1024),
  };
}
