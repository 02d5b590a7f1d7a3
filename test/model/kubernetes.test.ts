import { describe, expect, test } from 'vitest';
import {
  identityOf,
  podTemplatesOf,
  type Taint,
  type Toleration,
  tolerates,
  untolerated,
} from '../../lib/model/kubernetes.ts';

const taint: Taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };

describe('a toleration', () => {
  test.each<[Toleration, boolean, string]>([
    [{ key: 'nvidia.com/gpu', operator: 'Exists' }, true, 'Exists without effect accepts every effect'],
    [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoExecute' }, false, 'another effect does not'],
    [{ key: 'nvidia.com/gpu', value: 'present' }, true, 'the operator is Equal when it is left out'],
    [{ key: 'nvidia.com/gpu', operator: 'Equal', value: 'true' }, false, 'Equal compares values'],
    [{ operator: 'Exists' }, true, 'an empty key with Exists accepts all'],
    [{}, false, 'an empty key without Exists accepts nothing'],
  ])('%j', (toleration, accepted) => {
    expect(tolerates(toleration, taint)).toBe(accepted);
  });

  test('is not needed for PreferNoSchedule', () => {
    expect(untolerated([{ ...taint, effect: 'PreferNoSchedule' }], [])).toEqual([]);
  });
});

test('the identity of an object leaves the version out, so a newer version is the same object', () => {
  const at = (apiVersion: string) => identityOf({ apiVersion, kind: 'Job', metadata: { name: 'a', namespace: 'n' } });
  expect(at('batch/v1')).toBe(at('batch/v1beta1'));
  expect(at('batch/v1')).not.toBe(at('batch.volcano.sh/v1alpha1'));
});

test('pod templates are found in every kind that makes pods', () => {
  const pod = { spec: { containers: [] } };
  const kinds = [
    { apiVersion: 'v1', kind: 'Pod', ...pod },
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 3, template: pod } },
    { apiVersion: 'batch/v1', kind: 'Job', spec: { parallelism: 4, template: pod } },
    { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template: pod } } } },
    {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      spec: {
        tasks: [
          { name: 'a', replicas: 2, template: pod },
          { name: 'b', template: pod },
        ],
      },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', data: {} },
  ];
  const replicas = kinds.map((object) =>
    podTemplatesOf({ ...object, metadata: { name: 'x' } }).map((template) => template.replicas),
  );
  expect(replicas).toEqual([[1], [3], [4], [1], [2, 0], []]);
});
