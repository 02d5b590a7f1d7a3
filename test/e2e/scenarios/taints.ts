import assert from 'node:assert/strict';
import { container, gpuNodes, gpuPod } from '../gpu-fixtures.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

export const scenario: Scenario = {
  name: 'taints',
  limits: [],
  async run({ startCluster, prove }) {
    const { api, scheduler, createNamespace, createNodes, pods } = await startCluster();
    await createNamespace('team');
    await createNodes(gpuNodes(2));

    await prove('pods without the toleration never land on tainted GPU nodes', scheduler, async () => {
      for (let index = 0; index < 5; index++) {
        await api.applyServerSide(gpuPod('team', `plain-${index}`, { tolerations: [], containers: [container()] }));
      }
      await waitFor('the scheduler to refuse all five', async () =>
        (await pods('team')).every(({ unschedulable }) => unschedulable?.includes('untolerated taint')),
      );
      await createNodes([{ name: 'system-0', capacity: { cpu: '8', memory: '32Gi' } }]);
      const nodes = await waitFor('all five to be bound', async () => boundTo(await pods('team'), 5));
      assert.deepEqual(nodes, ['system-0']);
      return '5 pods waited beside 2 idle GPU nodes, and went to the first node without the taint';
    });

    await prove('pods with the toleration land on the GPU nodes', scheduler, async () => {
      await createNamespace('gpu-team');
      await api.applyServerSide(gpuPod('gpu-team', 'first'));
      await api.applyServerSide(gpuPod('gpu-team', 'second'));
      const nodes = await waitFor('both to be bound', async () => boundTo(await pods('gpu-team'), 2));
      assert.deepEqual(nodes, ['gpu-0', 'gpu-1']);
      return '2 pods with 8 GPUs each on 2 nodes';
    });
  },
};

/** The nodes of the pods, once this many are bound. */
function boundTo(pods: readonly { node: string | undefined }[], count: number): string[] | undefined {
  const nodes = pods.map(({ node }) => node).filter((node) => node !== undefined);
  return nodes.length === count ? [...new Set(nodes)].sort() : undefined;
}
