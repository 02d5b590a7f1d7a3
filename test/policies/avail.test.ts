import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ClusterModel, ComponentModel, ServiceModel } from '../../lib/model/platform-model.ts';
import { avail001 } from '../../lib/policies/avail-001.ts';
import { avail002 } from '../../lib/policies/avail-002.ts';
import { avail004 } from '../../lib/policies/avail-004.ts';
import { avail009 } from '../../lib/policies/avail-009.ts';
import { avail010 } from '../../lib/policies/avail-010.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import type { Policy } from '../../lib/policies/policy.ts';

const object = (apiVersion: string, kind: string, name: string, spec: JsonObject): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'vision' },
  spec,
});
const web = (replicas: number, labels: Readonly<Record<string, string>> = { app: 'web' }) =>
  object('apps/v1', 'Deployment', 'web', { replicas, template: { metadata: { labels }, spec: { containers: [] } } });
const budget = (spec: JsonObject, selector: JsonObject = { matchLabels: { app: 'web' } }) =>
  object('policy/v1', 'PodDisruptionBudget', 'web', { unhealthyPodEvictionPolicy: 'AlwaysAllow', selector, ...spec });
const scaler = (minReplicas: number, maxReplicas: number) =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas,
    maxReplicas,
  });
const judge = (rule: Policy, manifests: readonly Manifest[], changes: Partial<ClusterModel> = {}) =>
  rule.check(examplePlatform({ units: [exampleUnit(...manifests)], ...changes }));

describe('AVAIL-001', () => {
  test('one pod alone needs no budget, until an autoscaler makes it more', () => {
    expect(judge(avail001, [web(1)])).toEqual([]);
    expect(judge(avail001, [web(1), scaler(1, 3)])).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('up to 3 pods') },
    ]);
  });

  test.each([
    [{ matchLabels: { app: 'web' } }, 0],
    [{}, 0],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] }, 0],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, 1],
    [{ matchExpressions: [{ key: 'team', operator: 'Exists' }] }, 1],
    [{ matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }, 0],
    [{ matchLabels: { app: 'web', team: 'a' } }, 1],
  ])('the selector %j decides (%i findings)', (selector, findings) => {
    expect(judge(avail001, [web(2), budget({ maxUnavailable: 1 }, selector)])).toHaveLength(findings);
  });

  test('a budget of another namespace does not count', () => {
    const other = { ...budget({ maxUnavailable: 1 }), metadata: { name: 'web', namespace: 'speech' } };
    expect(judge(avail001, [web(2), other])).toHaveLength(1);
  });

  test('a model server with several replicas needs one', () => {
    const server = object('serving.kserve.io/v1beta1', 'InferenceService', 'classifier', {
      predictor: { minReplicas: 1, maxReplicas: 2, model: {} },
    });
    const selector = { matchLabels: { 'serving.kserve.io/inferenceservice': 'classifier' } };
    expect(judge(avail001, [server])).toHaveLength(1);
    expect(judge(avail001, [server, budget({ maxUnavailable: 1 }, selector)])).toEqual([]);
  });
});

describe('AVAIL-002', () => {
  const judged = (spec: JsonObject, ...others: readonly Manifest[]) =>
    judge(avail002, [web(4), ...others, budget(spec)]).map(({ what }) => what);

  test.each([{ maxUnavailable: 1 }, { maxUnavailable: '25%' }, { minAvailable: 3 }, { minAvailable: '75%' }])(
    '%j lets one of four go',
    (spec) => {
      expect(judged(spec)).toEqual([]);
    },
  );

  test.each([
    [{ maxUnavailable: 0 }, 'lets no pod go'],
    [{ maxUnavailable: '0%' }, 'lets no pod go'],
    [{ minAvailable: 4 }, 'keeps 4 of the 4 pods'],
    [{ minAvailable: '76%' }, 'keeps 4 of the 4 pods'],
    [{ minAvailable: 1, maxUnavailable: 1 }, 'minAvailable and maxUnavailable'],
    [{ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' }, 'never ready'],
  ])('%j is reported', (spec, what) => {
    expect(judged(spec)).toEqual([expect.stringContaining(what)]);
  });

  test('where an autoscaler may make them fewer, the fewest count', () => {
    expect(judged({ minAvailable: 2 }, scaler(2, 8))).toEqual([expect.stringContaining('keeps 2 of the 2 pods')]);
  });
});

describe('AVAIL-004', () => {
  const service: ServiceModel = {
    name: 'classifier',
    path: 'example/east/vision/classifier',
    namespace: 'vision',
    tenant: 'vision',
    pool: 'h100',
    mode: 'standard',
    scale: { min: 1, max: 1 },
    perReplica: { cpuMillis: 1000, memoryMiB: 1024, devices: {} },
    loadSeconds: 600,
  };
  const server = (probes: JsonObject, annotations: Readonly<Record<string, string>> = {}): Manifest => {
    const made = object('serving.kserve.io/v1beta1', 'InferenceService', 'classifier', {
      predictor: { model: probes },
    });
    return { ...made, metadata: { ...made.metadata, annotations } };
  };
  const judged = (manifest: Manifest, services = [service]) => judge(avail004, [manifest], { services });

  test.each([
    { startupProbe: { periodSeconds: 10, failureThreshold: 60 } },
    { startupProbe: { initialDelaySeconds: 570, periodSeconds: 10 } },
    { livenessProbe: { initialDelaySeconds: 600 } },
    {},
  ])('%j waits ten minutes', (probes) => {
    expect(judged(server(probes))).toEqual([]);
  });

  test.each([
    { startupProbe: { periodSeconds: 10, failureThreshold: 59 } },
    { startupProbe: {} },
    { livenessProbe: { initialDelaySeconds: 300 } },
  ])('%j does not', (probes) => {
    expect(judged(server(probes))).toMatchObject([
      { outcome: 'fail', fix: expect.stringContaining('failureThreshold: 60') },
    ]);
  });

  test('how long a service that is written by hand may take is not known, unless it has a startup probe', () => {
    expect(judged(server({ livenessProbe: {} }), [])).toMatchObject([{ outcome: 'unknown' }]);
    expect(judged(server({ startupProbe: {}, livenessProbe: {} }), [])).toEqual([]);
  });

  test('Knative waits as long, too', () => {
    const knative = { 'serving.kserve.io/deploymentMode': 'Knative' };
    const slow = [{ ...service, loadSeconds: 900 }];
    const deadline = (seconds: number) => ({ ...knative, 'serving.knative.dev/progress-deadline': `${seconds}s` });
    expect(judged(server({}, knative))).toEqual([]);
    expect(judged(server({}, knative), slow)).toMatchObject([
      { what: expect.stringContaining('Knative gives up after 600') },
    ]);
    expect(judged(server({}, deadline(900)), slow)).toEqual([]);
  });
});

const component = (id: string, values: JsonObject, installed = false): ComponentModel => ({
  id,
  namespace: id,
  version: 'v1',
  installed,
  neededBy: [],
  values,
  agents: [],
});

describe('AVAIL-009', () => {
  const waits = { waitForCompletion: { podSelector: 'app=job' } };
  const judged = (driver: JsonObject, changes: Partial<ClusterModel> = {}, installed = false) =>
    judge(avail009, [], { components: [component('gpu-operator', { driver }, installed)], ...changes });

  test.each([
    [{ maxParallelUpgrades: 2 }, 'changes 2 nodes at a time'],
    [{ maxParallelUpgrades: 0 }, 'all nodes at once'],
    [{ gpuPodDeletion: { force: true } }, 'gpuPodDeletion.force'],
    [{ drain: { enable: true, force: true } }, 'drain.force'],
    [{ waitForCompletion: {} }, 'waits for no job'],
  ])('%j is reported', (policy, what) => {
    expect(judged({ upgradePolicy: { ...waits, ...policy } })).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining(what) },
    ]);
  });

  test('nothing is said where nothing is upgraded, or nobody trains', () => {
    expect(judged({ upgradePolicy: waits })).toEqual([]);
    expect(judged({ enabled: false })).toEqual([]);
    expect(judged({ upgradePolicy: { autoUpgrade: false } })).toEqual([]);
    expect(judged({}, { jobs: [] })).toEqual([]);
  });

  test('the settings of an operator that is there are not known', () => {
    expect(judged({}, {}, true)).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('AVAIL-010', () => {
  test('the webhooks of components have two replicas', () => {
    const judged = (id: string, values: JsonObject, installed = false) =>
      judge(avail010, [], { components: [component(id, values, installed)] });
    expect(judged('cert-manager', { webhook: { replicaCount: 3 } })).toEqual([]);
    expect(judged('cert-manager', {})).toMatchObject([{ what: expect.stringContaining('has 1 replicas') }]);
    expect(judged('volcano', { custom: { admission_replicas: 1 } })).toHaveLength(1);
    expect(judged('volcano', {}, true)).toEqual([]);
  });

  const webhook = (settings: JsonObject) =>
    judge(avail010, [
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'labels' },
        webhooks: [{ name: 'labels.example.com', failurePolicy: 'Fail', ...settings }],
      },
    ]);
  const rules = (group: string, resource: string) => [
    { apiGroups: [group], apiVersions: ['*'], operations: ['CREATE'], resources: [resource] },
  ];

  test('one for pods that must answer is limited to some namespaces or objects', () => {
    const pods = { rules: rules('', 'pods') };
    expect(webhook(pods)).toMatchObject([{ outcome: 'fail', what: expect.stringContaining('every pod') }]);
    expect(webhook({ rules: rules('*', '*') })).toHaveLength(1);
    expect(webhook({ ...pods, namespaceSelector: { matchLabels: { team: 'a' } } })).toEqual([]);
    expect(webhook({ ...pods, objectSelector: { matchLabels: { team: 'a' } } })).toEqual([]);
    expect(webhook({ ...pods, failurePolicy: 'Ignore' })).toEqual([]);
    expect(webhook({ rules: rules('example.com', 'things') })).toEqual([]);
  });

  test('what happens while it is gone is said, and nobody waits for long', () => {
    expect(webhook({ failurePolicy: undefined })).toMatchObject([{ what: expect.stringContaining('does not say') }]);
    expect(webhook({ timeoutSeconds: 30 })).toMatchObject([{ what: expect.stringContaining('waits 30 seconds') }]);
  });
});
