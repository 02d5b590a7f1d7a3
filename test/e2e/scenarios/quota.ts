import assert from 'node:assert/strict';
import { podTemplatesOf } from '../../../lib/model/kubernetes.ts';
import { type KubernetesObject, refusalOf } from '../api-client.ts';
import { applyUnits, exampleCluster } from '../examples.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

const EXAMPLE = 'aws-h100-training';
const COUNTED = 'requests.nvidia.com/gpu';
const UNCOUNTED = 'limits.nvidia.com/gpu';

type Quota = KubernetesObject & { readonly status?: { readonly used?: Readonly<Record<string, string>> } };

/** The quota of an example's tenant and the workers of its job. Why QUOTA-001 exists. */
export const scenario: Scenario = {
  name: 'quota',
  limits: [],
  async run({ startCluster, prove }) {
    const model = await exampleCluster(EXAMPLE);
    const tenants = model.units.filter((unit) => unit.kind === 'tenant');
    const job = model.units
      .find((unit) => unit.kind === 'job')
      ?.objects.flatMap(({ manifest }) => podTemplatesOf(manifest));
    const [tenant] = model.tenants.filter(({ name }) => name === model.jobs[0]?.tenant);
    const spec = job?.[0]?.spec;
    assert.ok(tenant && spec, 'the example has a tenant with a job');
    const { namespace, quota } = tenant;
    const gpus = quota.reduce((sum, { count }) => sum + count, 0);
    const most = gpus / 8;

    const { api, apiServer, ...cluster } = await startCluster();
    const quotaRef = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota', namespace } };
    const used = async () => (await api.get<Quota>(quotaRef))?.status?.used;
    const create = async (count: number) => {
      for (let index = 0; index < count; index++) await api.applyServerSide(worker(namespace, index, spec));
    };
    const remove = async (count: number) => {
      for (let index = 0; index < count; index++) await api.delete(worker(namespace, index, spec));
      await waitFor('the workers to be gone', async () => (await cluster.pods(namespace)).length === 0);
    };
    await applyUnits({ api, apiServer, ...cluster }, tenants);
    await waitFor('the quota to be in force', used);

    await prove(
      `the quota of a tenant of ${EXAMPLE} counts the GPUs of its workers, and refuses the one beyond it`,
      apiServer,
      async () => {
        await create(most);
        assert.equal((await used())?.[COUNTED], String(gpus));
        const refusal = await refusalOf(api.applyServerSide(worker(namespace, most, spec)));
        assert.match(refusal, /exceeded quota: quota, requested: requests.nvidia.com\/gpu=8/);
        await remove(most);
        return `${gpus} of ${gpus} GPUs used, the next 8 refused`;
      },
    );

    await prove(`the same quota written as ${UNCOUNTED} is accepted and counts nothing`, apiServer, async () => {
      await api.delete(quotaRef);
      const hard = { pods: '1000', [UNCOUNTED]: String(gpus) };
      await api.applyServerSide({ ...quotaRef, spec: { hard } });
      await waitFor('the quota to be in force', used);
      await create(most + 1);
      assert.deepEqual(await used(), { pods: String(most + 1) });
      return `${most + 1} pods counted, and none of their ${gpus + 8} GPUs`;
    });
  },
};

/** A worker of the example's job as a pod of its own. */
function worker(namespace: string, index: number, spec: object): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `worker-${index}`, namespace }, spec: { ...spec } };
}
