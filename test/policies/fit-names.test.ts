import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import { fit024 } from '../../lib/policies/fit-024.ts';
import { fit025 } from '../../lib/policies/fit-025.ts';

const object = (apiVersion: string, kind: string, name: string, rest: JsonObject = {}): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'vision' },
  ...rest,
});
const pod = (spec: JsonObject) => object('v1', 'Pod', 'probe', { spec: { containers: [], ...spec } });
const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision' } };

describe('FIT-024', () => {
  const judge = (manifests: readonly Manifest[], changes: Partial<ClusterModel> = {}) =>
    fit024.check(examplePlatform({ units: [exampleUnit(...manifests)], ...changes }));
  const settings = { containers: [{ name: 'main', envFrom: [{ configMapRef: { name: 'settings' } }] }] };

  test('what a pod names is in its own namespace', () => {
    const here = object('v1', 'ConfigMap', 'settings');
    const there = { ...here, metadata: { name: 'settings', namespace: 'speech' } };
    expect(judge([namespace, here, pod(settings)])).toEqual([]);
    expect(judge([namespace, there, pod(settings)])).toMatchObject([
      { outcome: 'fail', what: "Pod 'probe' names ConfigMap 'settings', which is not in namespace 'vision'" },
    ]);
  });

  test('in a namespace that somebody else makes there may be more', () => {
    expect(judge([pod(settings)])).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('what is optional may be missing, and Secrets are made elsewhere', () => {
    const optional = { volumes: [{ name: 'a', configMap: { name: 'settings', optional: true } }] };
    const secret = { volumes: [{ name: 'a', secret: { secretName: 'password' } }] };
    expect(judge([namespace, pod(optional), pod(secret)])).toEqual([]);
  });

  test.each([
    ['a volume', { volumes: [{ name: 'a', configMap: { name: 'settings' } }] }],
    ['a part of a volume', { volumes: [{ name: 'a', projected: { sources: [{ configMap: { name: 'settings' } }] } }] }],
    [
      'a variable',
      { containers: [{ name: 'a', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings' } } }] }] },
    ],
  ])('settings are named by %s, too', (_, spec) => {
    expect(judge([namespace, pod(spec)])).toMatchObject([{ what: expect.stringContaining("ConfigMap 'settings'") }]);
  });

  test('a priority is of the whole cluster, and the highest ones are there from the start', () => {
    const urgent = pod({ priorityClassName: 'urgent' });
    expect(judge([object('scheduling.k8s.io/v1', 'PriorityClass', 'urgent'), urgent])).toEqual([]);
    expect(judge([urgent])).toMatchObject([{ outcome: 'fail' }]);
    expect(judge([urgent], { cloud: { id: 'existing', settings: {} } })).toMatchObject([{ outcome: 'unknown' }]);
    expect(judge([pod({ priorityClassName: 'system-node-critical' })])).toEqual([]);
  });

  test('the runtime of a model server is in its namespace or in the cluster', () => {
    const spec = { predictor: { model: { runtime: 'triton' } } };
    const service = object('serving.kserve.io/v1beta1', 'InferenceService', 'classifier', { spec });
    const runtime = (kind: string) => object('serving.kserve.io/v1alpha1', kind, 'triton');
    expect(judge([service, runtime('ServingRuntime')])).toEqual([]);
    expect(judge([service, runtime('ClusterServingRuntime')])).toEqual([]);
    expect(judge([service])).toMatchObject([{ outcome: 'fail', what: expect.stringContaining("runtime 'triton'") }]);
  });

  test('the gateway of a route may be somebody else’s', () => {
    const route = (name: string) =>
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'route', { spec: { parentRefs: [{ name }] } });
    const gateway = object('gateway.networking.k8s.io/v1', 'Gateway', 'front');
    expect(judge([gateway, route('front')])).toEqual([]);
    expect(judge([gateway, route('back')])).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('FIT-025', () => {
  const judge = (manifest: Manifest) => fit025.check(examplePlatform({ units: [exampleUnit(manifest)] }));
  const long = (length: number) => 'a'.repeat(length);

  test.each([
    ['Namespace', 'v1', 63, {}],
    ['Service', 'v1', 63, {}],
    ['ConfigMap', 'v1', 253, {}],
    ['StatefulSet', 'apps/v1', 52, {}],
    ['CronJob', 'batch/v1', 52, {}],
    ['Job', 'batch/v1', 63, {}],
    ['Job', 'batch/v1', 60, { spec: { completionMode: 'Indexed', completions: 16 } }],
    ['Job', 'batch.volcano.sh/v1alpha1', 53, { spec: { tasks: [{ name: 'worker', replicas: 16 }] } }],
    ['InferenceService', 'serving.kserve.io/v1beta1', 46, { spec: {} }],
  ])('the name of a %s (%s) has at most %i characters', (kind, apiVersion, most, rest) => {
    expect(judge(object(apiVersion, kind, long(most), rest))).toEqual([]);
    expect(judge(object(apiVersion, kind, long(most + 1), rest))).toMatchObject([
      { outcome: 'fail', fix: `Shorten its name to ${most} characters.` },
    ]);
  });

  test('a canary makes names of its own', () => {
    const spec = { canary: [{ predictor: { name: long(40) } }] };
    expect(judge(object('serving.kserve.io/v1beta1', 'InferenceService', 'classifier', { spec }))).toEqual([]);
    expect(judge(object('serving.kserve.io/v1beta1', 'InferenceService', 'classifiers-two', { spec }))).toMatchObject([
      { what: expect.stringContaining('the Service for a canary') },
    ]);
  });

  test.each([
    ['v1', 'ConfigMap', 'Bad_Name'],
    ['v1', 'Service', '9lives'],
    ['serving.kserve.io/v1beta1', 'InferenceService', '9lives'],
  ])('%s %s is not called %s', (apiVersion, kind, name) => {
    expect(judge(object(apiVersion, kind, name))).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('no such name') },
    ]);
  });

  test('roles take any name, and a reference is not judged', () => {
    expect(judge(object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'system:Reader'))).toEqual([]);
    expect(judge(object('v1', 'ConfigMap', '[[ref:string:plain:raw:east/bucketName]]'))).toEqual([]);
  });

  test('a label has at most 63 characters of those that are allowed', () => {
    const labelled = (value: string) => {
      const metadata = { name: 'settings', namespace: 'vision', labels: { team: value } };
      return judge({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    };
    expect(labelled('vision.A_1')).toEqual([]);
    expect(labelled('')).toEqual([]);
    expect(labelled('of vision')).toMatchObject([{ outcome: 'fail' }]);
    expect(labelled(long(64))).toMatchObject([{ outcome: 'fail' }]);
  });
});
