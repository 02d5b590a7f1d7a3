import { describe, expect, test } from 'vitest';
import { IMAGES } from '../../lib/model/images.ts';
import { type JsonObject, merge } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ClusterModel, ComponentModel, PoolModel } from '../../lib/model/platform-model.ts';
import { tcpxoNeeds } from '../../lib/model/tcpxo.ts';
import { examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import type { Policy } from '../../lib/policies/policy.ts';
import { sec006 } from '../../lib/policies/sec-006.ts';
import { sec009 } from '../../lib/policies/sec-009.ts';
import { sec015 } from '../../lib/policies/sec-015.ts';
import { sec017 } from '../../lib/policies/sec-017.ts';

const object = (apiVersion: string, kind: string, rest: JsonObject, namespace = 'vision'): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'probe', namespace },
  ...rest,
});
const pod = (spec: JsonObject, namespace = 'vision') => object('v1', 'Pod', { spec }, namespace);
const judge = (rule: Policy, manifests: readonly Manifest[], changes: Partial<ClusterModel> = {}) =>
  rule.check(examplePlatform({ units: [exampleUnit(...manifests)], ...changes }));
const kserve = (values: JsonObject, installed = false): ComponentModel => ({
  id: 'kserve',
  namespace: 'kserve',
  version: 'v0.20.0',
  installed,
  neededBy: [],
  values,
  agents: [],
});

describe('SEC-006', () => {
  const ofPod = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const ofContainer = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const judged = (container: JsonObject, spec: JsonObject = {}, changes: Partial<ClusterModel> = {}) => {
    const containers = [{ name: 'main', securityContext: { ...ofContainer, ...container } }];
    return judge(sec006, [pod({ securityContext: ofPod, containers, ...spec })], changes);
  };

  test('a pod that keeps to the level passes, whether pod or container says it', () => {
    expect(judged({})).toEqual([]);
    expect(judged(ofPod, { securityContext: {} })).toEqual([]);
    expect(judged({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })).toEqual([]);
  });

  test.each([
    [{ privileged: true }, 'is privileged'],
    [{ runAsNonRoot: false }, 'may run as root'],
    [{ runAsUser: 0 }, 'may run as root'],
    [{ allowPrivilegeEscalation: undefined }, 'may gain rights'],
    [{ capabilities: {} }, 'keeps capabilities'],
    [{ capabilities: { drop: ['ALL'], add: ['IPC_LOCK'] } }, 'adds IPC_LOCK'],
    [{ seccompProfile: { type: 'Unconfined' } }, 'has no seccomp profile'],
  ])('a container with %j does not', (container, what) => {
    expect(judged(container)).toMatchObject([{ outcome: 'fail', what: expect.stringContaining(`'main' ${what}`) }]);
  });

  test('what the pod takes of its host is reported', () => {
    expect(judged({}, { hostNetwork: true, volumes: [{ name: 'a', hostPath: { path: '/' } }] })).toMatchObject([
      { what: expect.stringContaining('it sets hostNetwork; it mounts a volume of kind hostPath') },
    ]);
  });

  test.each([{ runAsNonRoot: false }, { runAsUser: 0 }])(
    'a pod with %j is refused, whatever its containers say',
    (own) => {
      const securityContext = { ...ofPod, ...own };
      expect(judged({ runAsNonRoot: true, runAsUser: 1000 }, { securityContext })).toMatchObject([
        { what: expect.stringContaining('it may run as root') },
      ]);
    },
  );

  test('direct memory access on nodes that limit locked memory may take root and IPC_LOCK, and nothing else', () => {
    const fabric = {
      kind: 'infiniband',
      required: true,
      perNode: 8,
      resource: 'rdma/ib',
      lockedMemory: 'limited',
    } as const;
    const root = { runAsNonRoot: false, runAsUser: 0, capabilities: { drop: ['ALL'], add: ['IPC_LOCK'] } };
    const asking = (security: JsonObject) =>
      judged(
        {},
        {
          containers: [
            { name: 'main', resources: { limits: { 'rdma/ib': 8 } }, securityContext: { ...ofContainer, ...security } },
          ],
        },
        { pools: [{ ...examplePool, fabric }] },
      );
    expect(asking(root)).toEqual([]);
    expect(asking({ ...root, privileged: true })).toHaveLength(1);
  });

  test('the daemon of GPUDirect-TCPXO may have the rights that it needs, and the worker beside it none', () => {
    const { annotations, sidecar } = tcpxoNeeds(['gpu-0', 'gpu-1']);
    const fabric = { kind: 'gpudirect-tcpxo', required: true, perNode: 2, networks: ['gpu-0', 'gpu-1'] } as const;
    const judgedWith = (
      daemon: JsonObject,
      worker: JsonObject = {},
      pools: readonly PoolModel[] = [{ ...examplePool, fabric }],
    ) => {
      const probe = pod({
        securityContext: ofPod,
        tolerations: [{ operator: 'Exists' }],
        initContainers: [merge(sidecar?.container ?? {}, { securityContext: daemon }) as JsonObject],
        containers: [{ name: 'main', securityContext: { ...ofContainer, ...worker } }],
        volumes: sidecar?.volumes ?? [],
      });
      return judge(sec006, [{ ...probe, metadata: { ...probe.metadata, annotations } }], { pools });
    };
    expect(judgedWith({})).toEqual([]);
    expect(judgedWith({ privileged: true })).toMatchObject([{ what: expect.stringContaining('is privileged') }]);
    expect(judgedWith({ capabilities: { add: ['SYS_ADMIN'] } })).toMatchObject([
      { what: expect.stringContaining('adds SYS_ADMIN') },
    ]);
    expect(judgedWith({}, { runAsUser: 0 })).toMatchObject([
      { what: expect.stringContaining("'main' may run as root") },
    ]);
    expect(judgedWith({}, {}, [examplePool])).toMatchObject([{ what: expect.stringContaining('kind hostPath') }]);
  });

  test('a model server gets what its runtime says, and writes to no root file system', () => {
    const spec = {
      predictor: { securityContext: ofPod, model: { modelFormat: { name: 'triton' }, runtime: 'triton' } },
    };
    const server = object('serving.kserve.io/v1beta1', 'InferenceService', { spec });
    const runtime = (security: JsonObject): Manifest => ({
      ...object('serving.kserve.io/v1alpha1', 'ServingRuntime', {
        spec: { containers: [{ name: 'kserve-container', securityContext: { ...ofContainer, ...security } }] },
      }),
      metadata: { name: 'triton', namespace: 'vision' },
    });
    expect(judge(sec006, [server, runtime({ readOnlyRootFilesystem: true })])).toEqual([]);
    expect(judge(sec006, [server, runtime({})])).toMatchObject([{ what: expect.stringContaining('root file system') }]);
    expect(judge(sec006, [server])).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('pods of others than tenants are not judged', () => {
    expect(judge(sec006, [pod({ containers: [{ name: 'main' }] }, 'kube-system')])).toEqual([]);
  });
});

describe('SEC-009', () => {
  const account = (automountServiceAccountToken?: boolean): Manifest => ({
    ...object(
      'v1',
      'ServiceAccount',
      automountServiceAccountToken === undefined ? {} : { automountServiceAccountToken },
    ),
    metadata: { name: 'own', namespace: 'vision' },
  });
  const own = { serviceAccountName: 'own' };

  test('a pod says no, or its account does', () => {
    expect(judge(sec009, [pod({ automountServiceAccountToken: false })])).toEqual([]);
    expect(judge(sec009, [pod(own), account(false)])).toEqual([]);
    expect(judge(sec009, [pod(own), account()])).toMatchObject([{ outcome: 'fail' }]);
    expect(judge(sec009, [pod(own)])).toMatchObject([{ outcome: 'unknown' }]);
    expect(judge(sec009, [pod({})])).toMatchObject([{ outcome: 'fail' }]);
  });

  test('a pod that asks for a token has an account of its own', () => {
    expect(judge(sec009, [pod({ ...own, automountServiceAccountToken: true })])).toEqual([]);
    expect(judge(sec009, [pod({ automountServiceAccountToken: true })])).toMatchObject([
      { what: expect.stringContaining("account 'default', which all pods share") },
    ]);
  });

  test('for a model server that says nothing KServe decides', () => {
    const server = object('serving.kserve.io/v1beta1', 'InferenceService', { spec: { predictor: { model: {} } } });
    const judged = (component: ComponentModel) => judge(sec009, [server], { components: [component] });
    expect(judged(kserve({ kserve: { security: { autoMountServiceAccountToken: false } } }))).toEqual([]);
    expect(judged(kserve({}))).toMatchObject([{ outcome: 'fail' }]);
    expect(judged(kserve({}, true))).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('SEC-015', () => {
  const DIGEST = `sha256:${'3f'.repeat(32)}`;
  const registries = ['docker.io/acme', 'localhost', 'registry.example.com', 'registry.example.com:5000'];
  const judged = (manifest: Manifest, changes: Partial<ClusterModel> = {}) =>
    sec015
      .check({ ...examplePlatform({ units: [exampleUnit(manifest)], ...changes }), registries })
      .map(({ what }) => what);
  const image = (text: string, rest: JsonObject = {}, changes: Partial<ClusterModel> = {}) =>
    judged(pod({ containers: [{ name: 'main', image: text, ...rest }] }), changes);

  test.each([
    `docker.io/acme/app:3.13@${DIGEST}`,
    `registry.example.com:5000/team/app@${DIGEST}`,
    `localhost/app:1@${DIGEST}`,
    `registry.example.com/app:latest@${DIGEST}`,
    `[[ref:string:plain:raw:east/registry]]/app@${DIGEST}`,
    'registry.example.com/app@[[ref:string:plain:raw:digest]]',
    IMAGES.triton,
    IMAGES.vllm,
  ])('%s is fine', (text) => {
    expect(image(text)).toEqual([]);
  });

  test.each([
    'registry.example.com/app',
    'registry.example.com/app:latest',
    'registry.example.com:5000/app:main',
    '[[ref:string:plain:raw:east/registry]]/app:latest',
  ])('%s moves', (text) => {
    expect(image(text)).toEqual([expect.stringContaining('which moves')]);
  });

  test.each([
    'registry.example.com/app:1',
    '[[ref:string:plain:raw:east/registry]]/app:1',
    'docker.io/vllm/vllm-openai:v0.27.0',
  ])('%s can be moved', (text) => {
    expect(image(text)).toEqual([expect.stringContaining('no digest')]);
  });

  test.each([`python:3.13@${DIGEST}`, `vllm/vllm-openai@${DIGEST}`])('%s names no registry', (text) => {
    expect(image(text)).toEqual([expect.stringContaining('names no registry')]);
  });

  test.each([
    `quay.io/team/app@${DIGEST}`,
    `docker.io/acme-2/app@${DIGEST}`,
    `registry.example.com.evil.example/app@${DIGEST}`,
    `docker.io/vllm/other@${DIGEST}`,
  ])('%s comes from elsewhere', (text) => {
    expect(image(text)).toEqual([expect.stringContaining('not among the registries')]);
  });

  test('the registry beside the cluster is allowed under the address that the deployment gives it', () => {
    const text = `123456789012.dkr.ecr.us-east-1.amazonaws.com/app@${DIGEST}`;
    expect(image(text)).toHaveLength(1);
    expect(image(text, {}, { cloud: { id: 'aws', settings: { services: ['registry'] } } })).toEqual([]);
  });

  test('what runs is not known where all of it is a reference', () => {
    expect(image('[[ref:string:plain:raw:app]]')).toEqual([expect.stringContaining('only the deployment knows')]);
  });

  test('an image that is never pulled may be called as it likes', () => {
    expect(image('installer:fixed', { imagePullPolicy: 'Never' })).toEqual([]);
  });

  const elsewhere = 'quay.io/team/app';
  test.each([
    ['the volume of a pod', pod({ volumes: [{ name: 'data', image: { reference: elsewhere } }] })],
    [
      'the workers of a model server',
      object('serving.kserve.io/v1beta1', 'InferenceService', {
        spec: { predictor: { workerSpec: { containers: [{ name: 'worker', image: elsewhere }] } } },
      }),
    ],
    [
      'a model that is an image',
      object('serving.kserve.io/v1beta1', 'InferenceService', {
        spec: { predictor: { model: { storageUri: `oci://${elsewhere}` } } },
      }),
    ],
    [
      'a runtime of KServe',
      object('serving.kserve.io/v1alpha1', 'ServingRuntime', {
        spec: { containers: [{ name: 'main', image: elsewhere }] },
      }),
    ],
    [
      'an LLMInferenceService',
      object('serving.kserve.io/v1alpha2', 'LLMInferenceService', {
        spec: { template: { containers: [{ name: 'main', image: elsewhere }] } },
      }),
    ],
  ])('%s is judged, too', (_, manifest) => {
    expect(judged(manifest)).toEqual([expect.stringContaining('quay.io'), expect.stringContaining('which moves')]);
  });

  test('what a component of this library brings is chosen by it, and still does not move', () => {
    const unit = {
      ...exampleUnit(pod({ containers: [{ name: 'main', image: 'gke.gcr.io/pause:3.8' }] })),
      kind: 'component',
    } as const;
    expect(sec015.check(examplePlatform({ units: [unit] }))).toEqual([]);
    const moving = {
      ...exampleUnit(pod({ containers: [{ name: 'main', image: 'gke.gcr.io/pause' }] })),
      kind: 'component',
    } as const;
    expect(sec015.check(examplePlatform({ units: [moving] }))).toHaveLength(1);
  });

  test('values of a chart give its images no tag that moves', () => {
    const chart = {
      release: 'grafana',
      namespace: 'monitoring',
      repository: 'https://charts.example.com',
      chart: 'grafana',
      version: '1.0.0',
      values: { grafana: { image: { tag: 'latest' } } },
      skipCrds: true,
      hooks: false,
    };
    const units = [{ ...exampleUnit(), charts: [chart] }];
    expect(sec015.check(examplePlatform({ units }))).toMatchObject([
      { what: expect.stringContaining('the tag latest') },
    ]);
  });
});

describe('SEC-017', () => {
  const account = (namespace: string, name: string, identity: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, annotations: { 'azure.workload.identity/client-id': identity } },
  });

  test('two accounts of one namespace may share an identity, of two they may not', () => {
    expect(judge(sec017, [account('vision', 'a', '1'), account('vision', 'b', '1')])).toEqual([]);
    expect(judge(sec017, [account('vision', 'a', '1'), account('speech', 'a', '1')])).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('namespaces speech and vision') },
    ]);
  });

  test('a pod on a cloud takes no keys, however it gets them; beside a cluster of one’s own it may have to', () => {
    const env = [{ name: 'AWS_SECRET_ACCESS_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'secret' } } }];
    const manifests = [pod({ containers: [{ name: 'main', env }] })];
    expect(judge(sec017, manifests)).toMatchObject([{ what: expect.stringContaining('AWS_SECRET_ACCESS_KEY') }]);
    expect(judge(sec017, manifests, { cloud: { id: 'existing', settings: {} } })).toEqual([]);
  });
});
