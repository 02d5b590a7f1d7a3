import assert from 'node:assert/strict';
import { type ExampleMeans, exampleScenario } from '../example-lane.ts';
import { UNKNOWN } from '../plan.ts';

const pool = ({ planned }: ExampleMeans, name: string) => planned('azure-native:containerservice:AgentPool', name);

/** The example of Azure Kubernetes Service as `pulumi up` runs it. */
export const scenario = exampleScenario({
  example: 'azure-training',
  provider: 'azure-native',
  proofs: {
    'the pools of azure-training have their taints as AKS spells them, and the labels that the objects in the cluster rest on':
      (means) => {
        const gpu = 'nvidia.com/gpu=present:NoSchedule';
        assert.deepEqual(pool(means, 'h100')['nodeTaints'], [gpu]);
        assert.deepEqual(pool(means, 'dev')['nodeTaints'], [
          gpu,
          'kubernetes.azure.com/scalesetpriority=spot:NoSchedule',
        ]);
        for (const { name, labels } of means.model.pools) {
          const own = Object.entries(labels).filter(([key]) => key !== 'kubernetes.azure.com/accelerator');
          assert.deepEqual(pool(means, name)['nodeLabels'], Object.fromEntries(own));
        }
      },

    'the A100 nodes of azure-training are spot nodes with the price that the team has set': (means) => {
      const { scaleSetPriority, spotMaxPrice, enableAutoScaling, minCount, maxCount } = pool(means, 'dev');
      assert.deepEqual([scaleSetPriority, spotMaxPrice], ['Spot', 2]);
      assert.deepEqual([enableAutoScaling, minCount, maxCount], [true, 0, 4]);
      assert.equal(pool(means, 'h100')['scaleSetPriority'], undefined);
    },

    'each team of azure-training reaches its container by an identity of its own, whose id the preview leaves open': (
      means,
    ) => {
      for (const { name } of means.model.tenants) {
        const credential = means.planned('azure-native:managedidentity:FederatedIdentityCredential', `tenant-${name}`);
        assert.equal(credential['subject'], `system:serviceaccount:${name}:workload`);
        const account = means.planned('kubernetes:core/v1:ServiceAccount', `tenant-${name}/${name}/workload`);
        const { annotations } = account['metadata'] as { readonly annotations: Readonly<Record<string, unknown>> };
        assert.equal(annotations['azure.workload.identity/client-id'], UNKNOWN);
      }
    },
  },
});
