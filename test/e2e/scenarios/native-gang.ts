import type { KubernetesObject } from '../api-client.ts';
import { gpuNodes, gpuPod } from '../gpu-fixtures.ts';
import type { Scenario } from '../scenario.ts';
import { staysTrue, waitFor } from '../waiting.ts';

/** Kubernetes' own gang scheduling: `scheduling.k8s.io/v1beta1`, behind a feature gate that is off unless asked for (1.37). */
export const scenario: Scenario = {
  name: 'native-gang',
  limits: [],
  async run({ startCluster, prove }) {
    const { api, scheduler, createNamespace, createNodes, pods } = await startCluster({
      featureGates: ['GenericWorkload'],
      apis: ['scheduling.k8s.io/v1beta1'],
    });
    await createNamespace('team');
    await createNodes(gpuNodes(4));
    const start = async (name: string, size: number) => {
      for (const object of gang(name, size)) await api.applyServerSide(object);
    };
    const bound = async (name: string) =>
      (await pods('team', `gang=${name}`)).filter(({ node }) => node !== undefined).length;

    await prove('a native gang that fits is bound as a whole', scheduler, async () => {
      await start('first', 3);
      await waitFor('3 pods to be bound', async () => (await bound('first')) === 3);
      return '3 of 3 pods, 8 GPUs each, on 4 nodes';
    });

    await prove(
      'a native gang that does not fit stays wholly unbound, although a node is free',
      scheduler,
      async () => {
        await start('second', 2);
        await waitFor('the scheduler to refuse the gang', async () =>
          (await pods('team', 'gang=second')).some(({ unschedulable }) => unschedulable !== undefined),
        );
        await staysTrue('no pod of the gang is bound', async () => (await bound('second')) === 0, 5);
        return '0 of 2 pods beside 1 free node';
      },
    );

    await prove('the waiting native gang is bound as a whole once one more node comes', scheduler, async () => {
      await createNodes(gpuNodes(5).slice(4));
      await waitFor('2 pods to be bound', async () => (await bound('second')) === 2);
      return '2 of 2 pods';
    });
  },
};

/** A PodGroup and its pods, each of which fills a node. */
function gang(name: string, size: number): KubernetesObject[] {
  const group: KubernetesObject = {
    apiVersion: 'scheduling.k8s.io/v1beta1',
    kind: 'PodGroup',
    metadata: { name, namespace: 'team' },
    spec: { schedulingPolicy: { gang: { minCount: size } } },
  };
  const pods = Array.from({ length: size }, (_, index) => {
    const pod = gpuPod('team', `${name}-${index}`, { schedulingGroup: { podGroupName: name } });
    return { ...pod, metadata: { ...pod.metadata, labels: { gang: name } } };
  });
  return [group, ...pods];
}
