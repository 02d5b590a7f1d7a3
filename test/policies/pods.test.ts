import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import { parseQuantity } from '../../lib/model/quantity.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import { podsOf, requestsOf } from '../../lib/policies/pods.ts';

const gpu = 'nvidia.com/gpu';

function container(requests: JsonObject, limits: JsonObject = {}): JsonObject {
  return { name: 'main', resources: { requests, limits } };
}

function gpusOf(spec: JsonObject): bigint | undefined {
  return requestsOf(spec).get(gpu);
}

function amount(text: string): bigint {
  return parseQuantity(text) ?? 0n;
}

describe('what a pod asks for', () => {
  test('is the sum over its containers', () => {
    expect(gpusOf({ containers: [container({ [gpu]: 2 }), container({ [gpu]: 1 })] })).toBe(amount('3'));
  });

  test('is taken from the limit where there is no request', () => {
    const requests = requestsOf({ containers: [container({ cpu: '1' }, { cpu: '2', [gpu]: '4' })] });
    expect(requests.get('cpu')).toBe(amount('1'));
    expect(requests.get(gpu)).toBe(amount('4'));
  });

  test('counts init containers one at a time, because they run one after the other', () => {
    const initContainers = [container({ [gpu]: 8 }), container({ [gpu]: 4 })];
    expect(gpusOf({ initContainers, containers: [container({ [gpu]: 2 })] })).toBe(amount('8'));
  });

  test('counts a sidecar beside everything that starts after it', () => {
    const sidecar = { ...container({ cpu: '1' }), restartPolicy: 'Always' };
    const late = requestsOf({
      initContainers: [sidecar, container({ cpu: '5' })],
      containers: [container({ cpu: '2' })],
    });
    const early = requestsOf({
      initContainers: [container({ cpu: '5' }), sidecar],
      containers: [container({ cpu: '2' })],
    });
    expect(late.get('cpu')).toBe(amount('6'));
    expect(early.get('cpu')).toBe(amount('5'));
  });

  test('is what the pod as a whole asks for, with the overhead of its runtime on top', () => {
    const spec = {
      resources: { requests: { cpu: '8' } },
      overhead: { cpu: '250m' },
      containers: [container({ cpu: '1', memory: '1Gi' })],
    };
    expect(requestsOf(spec).get('cpu')).toBe(amount('8250m'));
    expect(requestsOf(spec).get('memory')).toBe(amount('1Gi'));
  });
});

describe('the pods of a cluster', () => {
  function pods(spec: JsonObject) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace: 'vision' }, spec };
    return examplePlatform({ units: [exampleUnit(pod)] }).clusters.flatMap(podsOf);
  }

  test('list the devices that they ask for, and none of what every node has', () => {
    const resources = {
      limits: { [gpu]: '8', cpu: '4', 'ephemeral-storage': '1Gi', 'hugepages-2Mi': '64Mi', 'rdma/ib': 0 },
    };
    expect(pods({ containers: [{ resources }] })).toMatchObject([{ devices: { [gpu]: 8 } }]);
    expect(Object.keys(pods({ containers: [{ resources }] })[0]?.devices ?? {})).toEqual([gpu]);
  });

  test('treat an empty member of a toleration as absent', () => {
    const [pod] = pods({ tolerations: [{ key: '', operator: 'Exists', effect: '' }], containers: [] });
    expect(pod?.tolerations).toEqual([{ operator: 'Exists' }]);
  });

  test('include each task of a Volcano job by its name', () => {
    const task = (name: string) => ({ name, replicas: 1, template: { spec: { containers: [] } } });
    const job = {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      metadata: { name: 'resnet', namespace: 'vision' },
      spec: { tasks: [task('master'), task('worker')] },
    };
    const titles = examplePlatform({ units: [exampleUnit(job)] })
      .clusters.flatMap(podsOf)
      .map(({ title }) => title);
    expect(titles).toEqual(["task 'master' of Job 'resnet'", "task 'worker' of Job 'resnet'"]);
  });
});
