import assert from 'node:assert/strict';
import { type ExampleMeans, exampleScenario } from '../example-lane.ts';

const pool = ({ planned }: ExampleMeans, name: string) => planned('alicloud:cs/nodePool:NodePool', name);

/** The example of Alibaba Cloud as `pulumi up` runs it. */
export const scenario = exampleScenario({
  example: 'alibaba-training',
  provider: 'alicloud',
  config: { 'alicloud:region': 'cn-hangzhou' },
  proofs: {
    'the pools of alibaba-training have their taint as ACK spells it, and the labels that the objects in the cluster rest on':
      (means) => {
        const gpu = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
        for (const { name, labels } of means.model.pools) {
          assert.deepEqual(pool(means, name)['taints'], [gpu]);
          const given = pool(means, name)['labels'] as readonly { readonly key: string; readonly value: string }[];
          assert.deepEqual(Object.fromEntries(given.map(({ key, value }) => [key, value])), labels);
        }
      },

    'the A100 machines of alibaba-training come from the private pool, and A10 machines for a price at most': (
      means,
    ) => {
      assert.deepEqual(pool(means, 'a100')['privatePoolOptions'], {
        privatePoolOptionsMatchCriteria: 'Target',
        privatePoolOptionsId: 'eap-bp67acfmxazb4p',
      });
      assert.equal(pool(means, 'a100')['desiredSize'], '4');
      assert.deepEqual(pool(means, 'a10')['spotPriceLimits'], [
        { instanceType: 'ecs.gn7i-c32g1.8xlarge', priceLimit: '9' },
      ]);
    },

    'the workers of alibaba-training ask for the interfaces that the add-on of ACK attaches to their nodes': (
      means,
    ) => {
      const addon = means.planned('alicloud:cs/kubernetesAddon:KubernetesAddon', 'erdma-controller');
      const controller = means.model.components.find(({ id }) => id === addon['name']);
      assert.deepEqual(JSON.parse(String(addon['config'])), controller?.values);
      const [job] = means.model.jobs;
      assert.equal(job?.perWorker.devices['aliyun/erdma'], 1);
      assert.ok(controller?.agents.some(({ pools }) => pools.includes(job?.pool ?? '')));
    },

    'each team of alibaba-training reaches the bucket by a role for its service account': (means) => {
      for (const { name } of means.model.tenants) {
        const role = means.planned('alicloud:ram/role:Role', `tenant-${name}`);
        assert.equal(role['roleName'], `hangzhou-cn-hangzhou-tenant-${name}`);
      }
    },
  },
});
