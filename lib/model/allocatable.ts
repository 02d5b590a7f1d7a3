import type { Allocatable, NodeShape } from './platform-model.ts';

/** Memory that the machine's firmware and kernel keep, as a share of the nominal size (Karpenter's default estimate). */
const VM_OVERHEAD = 0.075;
/** Pods for which the kubelet reserves memory. */
const PODS = 110;

/**
 * What pods may ask of a node: its nominal size less what firmware, kernel and kubelet keep, by the formula that EKS
 * publishes and other clouds come close to. An estimate on the safe side, not a measurement. What is set aside in huge
 * pages is no other memory.
 *
 * @see https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go
 * @see https://karpenter.sh/docs/reference/settings/ (vmMemoryOverheadPercent)
 */
export function allocatableOf(node: NodeShape, hugePagesMiB: number): Allocatable | undefined {
  if (node.cpu === undefined || node.memoryGiB === undefined) return undefined;
  const kubeletMiB = 255 + 11 * PODS;
  const evictionMiB = 100;
  return {
    cpuMillis: Math.floor(node.cpu * 1000 - reservedCpuMillis(node.cpu)),
    memoryMiB: Math.floor(node.memoryGiB * 1024 * (1 - VM_OVERHEAD) - kubeletMiB - evictionMiB - hugePagesMiB),
    ...(hugePagesMiB === 0 ? {} : { hugePagesMiB }),
  };
}

function reservedCpuMillis(cores: number): number {
  const steps = [
    { cores: 1, share: 0.06 },
    { cores: 1, share: 0.01 },
    { cores: 2, share: 0.005 },
    { cores: Number.POSITIVE_INFINITY, share: 0.0025 },
  ];
  let left = cores;
  let reserved = 0;
  for (const step of steps) {
    const taken = Math.min(left, step.cores);
    reserved += taken * step.share * 1000;
    left -= taken;
  }
  return reserved;
}
