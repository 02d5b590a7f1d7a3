import { describe, expect, test } from 'vitest';
import type { PoolModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { taint006 } from '../../lib/policies/taint-006.ts';

const withFabric: PoolModel = {
  ...examplePool,
  fabric: { kind: 'roce', required: true, resource: 'rdma.example.com', claimed: true, perNode: 8 },
};
const plain: PoolModel = {
  ...examplePool,
  name: 'plain',
  labels: { 'cdk8s-ai.dev/pool': 'plain' },
  selector: { 'cdk8s-ai.dev/pool': 'plain' },
};

/** The verdicts on a pod that claims devices of the class by a template, on the pool that it selects. */
function verdicts(deviceClassName: string, pool: string, template = 'fabric') {
  const inNamespace = (name: string) => ({ name, namespace: 'vision' });
  return taint006.check(
    examplePlatform({
      pools: [withFabric, plain],
      units: [
        exampleUnit(
          {
            apiVersion: 'resource.k8s.io/v1',
            kind: 'ResourceClaimTemplate',
            metadata: inNamespace('fabric'),
            spec: { spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName } }] } } },
          },
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: inNamespace('probe'),
            spec: {
              nodeSelector: { 'cdk8s-ai.dev/pool': pool },
              tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
              resourceClaims: [{ name: 'fabric', resourceClaimTemplateName: template }],
              containers: [{ name: 'main', resources: { claims: [{ name: 'fabric' }] } }],
            },
          },
        ),
      ],
    }),
  );
}

describe('TAINT-006, of pods that claim the interfaces of a fabric,', () => {
  test('passes on a pool that gives them out', () => {
    expect(verdicts('rdma.example.com', 'h100')).toEqual([]);
  });

  test('fails on a pool that has none', () => {
    expect(verdicts('rdma.example.com', 'plain')).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('rdma.example.com is not offered') },
    ]);
  });

  test('does not judge devices that no pool is known to have, nor a claim that stands nowhere in the program', () => {
    expect(verdicts('gpu.example.com', 'h100')).toMatchObject([{ outcome: 'unknown' }]);
    expect(verdicts('rdma.example.com', 'h100', 'elsewhere')).toMatchObject([{ outcome: 'unknown' }]);
  });
});
