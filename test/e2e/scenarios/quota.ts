import assert from 'node:assert/strict';
import { type KubernetesObject, refusalOf } from '../api-client.ts';
import { gpuPod } from '../gpu-fixtures.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

type Quota = KubernetesObject & { readonly status?: { readonly used?: Readonly<Record<string, string>> } };

/** Why QUOTA-001 exists. */
export const scenario: Scenario = {
  name: 'quota',
  limits: [],
  async run({ startCluster, prove }) {
    const { api, apiServer, createNamespace } = await startCluster();
    const used = async (namespace: string) => (await api.get<Quota>(quota(namespace, {})))?.status?.used;

    await prove(
      'a quota of requests.nvidia.com/gpu is counted, and a pod beyond it is refused',
      apiServer,
      async () => {
        await createNamespace('counted');
        await api.applyServerSide(quota('counted', { 'requests.nvidia.com/gpu': '8' }));
        await waitFor('the quota to be in force', () => used('counted'));
        await api.applyServerSide(gpuPod('counted', 'first'));
        assert.deepEqual(await used('counted'), { 'requests.nvidia.com/gpu': '8' });
        assert.match(await refusalOf(api.applyServerSide(gpuPod('counted', 'second'))), /exceeded quota/);
        return '8 of 8 GPUs used, the next 8 refused';
      },
    );

    await prove('a quota of limits.nvidia.com/gpu is accepted and counts nothing', apiServer, async () => {
      await createNamespace('uncounted');
      await api.applyServerSide(quota('uncounted', { 'limits.nvidia.com/gpu': '8', pods: '10' }));
      await waitFor('the quota to be in force', () => used('uncounted'));
      await api.applyServerSide(gpuPod('uncounted', 'first'));
      await api.applyServerSide(gpuPod('uncounted', 'second'));
      assert.deepEqual(await used('uncounted'), { pods: '2' });
      return 'the same quota counted 2 pods, and none of their 16 GPUs';
    });
  },
};

function quota(namespace: string, hard: Readonly<Record<string, string>>): Quota {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'gpus', namespace },
    spec: { hard },
  };
}
