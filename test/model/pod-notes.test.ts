import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

function notes(spec: JsonObject) {
  const [template] = podTemplatesOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec });
  return template?.notes;
}

describe('the notes on a pod', () => {
  test('are empty for a pod that runs anywhere by itself', () => {
    const limits = { cpu: '1', 'hugepages-2Mi': '64Mi' };
    const volumeMounts = [{ name: 'scratch', mountPath: '/tmp/a..b' }];
    expect(notes({ containers: [{ resources: { limits }, volumeMounts }], volumes: [{ emptyDir: {} }] })).toEqual({
      asksForMore: false,
      configMaps: [],
      claims: [],
      ephemeral: [],
      wrongPaths: [],
    });
  });

  test.each([
    { containers: [{ resources: { limits: { 'nvidia.com/gpu': 1 } } }] },
    { containers: [{ resources: { requests: { 'nvidia.com/gpu': 1 } } }] },
    { initContainers: [{ resources: { limits: { 'nvidia.com/gpu': 1 } } }] },
    { resources: { limits: { 'nvidia.com/gpu': 1 } }, containers: [{}] },
  ])('say that a device is asked for: %j', (spec) => {
    expect(notes(spec)?.asksForMore).toBe(true);
  });

  test('name each ConfigMap that must be there once, wherever it is named', () => {
    const named = (name: string, more: JsonObject = {}) => ({ name, ...more });
    expect(
      notes({
        containers: [
          {
            env: [
              { name: 'A', valueFrom: { configMapKeyRef: named('env', { key: 'a' }) } },
              { name: 'B', valueFrom: { configMapKeyRef: named('absent', { key: 'b', optional: true }) } },
            ],
            envFrom: [{ configMapRef: named('env-from') }, { secretRef: named('secret') }],
          },
        ],
        volumes: [
          { configMap: named('volume') },
          { projected: { sources: [{ configMap: named('projected') }, { configMap: named('env') }] } },
        ],
      })?.configMaps,
    ).toEqual(['env', 'env-from', 'volume', 'projected']);
  });

  test('name each claim once, and hold the volumes with a claim of their own', () => {
    const own = { name: 'own', ephemeral: { volumeClaimTemplate: { spec: {} } } };
    const claim = { persistentVolumeClaim: { claimName: 'saved' } };
    expect(notes({ containers: [], volumes: [claim, own, claim] })).toMatchObject({
      claims: ['saved'],
      ephemeral: [own],
    });
  });

  test('hold each path once at which nothing can be mounted', () => {
    const volumeMounts = ['data', '/data', '/data/../etc', 'data'].map((mountPath) => ({ mountPath }));
    expect(notes({ containers: [{ volumeMounts }, { volumeMounts: [{}] }] })?.wrongPaths).toEqual([
      'data',
      '/data/../etc',
      '',
    ]);
  });
});
