// Nodes with eight GPUs and pods that want them all, for scenarios that are about Kubernetes and not about our output.

import type { KubernetesObject } from './api-client.ts';
import type { SimulatedNode, Taint } from './simulated-nodes.ts';

export const gpuTaint: Taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
export const gpuToleration = { key: 'nvidia.com/gpu', operator: 'Equal', value: 'present', effect: 'NoSchedule' };

/** Tainted nodes `gpu-0`, `gpu-1`, … */
export function gpuNodes(count: number): SimulatedNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `gpu-${index}`,
    taints: [gpuTaint],
    capacity: { cpu: '96', memory: '1Ti', 'nvidia.com/gpu': '8' },
  }));
}

/** A container that is never run. */
export function container(limits: Readonly<Record<string, string>> = {}): object {
  return { name: 'main', image: 'example.invalid/none:1', resources: { limits } };
}

/** A pod that fills a GPU node. */
export function gpuPod(namespace: string, name: string, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { tolerations: [gpuToleration], containers: [container({ 'nvidia.com/gpu': '8' })], ...spec },
  };
}
