import { KubernetesAddon } from '@pulumi/alicloud/cs/kubernetesAddon.js';
import type { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import type { NodePool } from '@pulumi/alicloud/cs/nodePool.js';
import type { AlibabaContext } from './pulumi-context.ts';

/**
 * ACK eRDMA Controller, where a pool needs it. It runs on the system pool before the first node with eRDMA joins, and has its
 * rights from a role of ACK.
 */
export function makeErdmaController(
  { cluster: { components }, name, place }: AlibabaContext,
  cluster: ManagedKubernetes,
  systemPool: NodePool,
): readonly KubernetesAddon[] {
  const controller = components.find(({ id, installed }) => id === 'ack-erdma-controller' && !installed);
  if (controller === undefined) return [];
  return [
    new KubernetesAddon(
      name('erdma-controller'),
      { clusterId: cluster.id, name: controller.id, config: JSON.stringify(controller.values) },
      { ...place, dependsOn: [systemPool] },
    ),
  ];
}
