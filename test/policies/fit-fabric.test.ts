import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { FabricModel, JobModel } from '../../lib/model/platform-model.ts';
import { exampleJob, examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { fit010 } from '../../lib/policies/fit-010.ts';
import { fit011 } from '../../lib/policies/fit-011.ts';

const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

const limited: FabricModel = {
  kind: 'infiniband',
  required: true,
  perNode: 8,
  resource: 'rdma/ib',
  lockedMemory: 'limited',
};

const namespace = (level?: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'vision',
    ...(level === undefined ? {} : { labels: { 'pod-security.kubernetes.io/enforce': level } }),
  },
});

function pod(spec: JsonObject, annotations: Readonly<Record<string, string>> = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision', annotations },
    spec: { tolerations: [{ operator: 'Exists' }], ...spec },
  };
}

describe('FIT-010, of locked memory', () => {
  const asks = { resources: { limits: { 'rdma/ib': 1 } } };
  const root = { runAsUser: 0, capabilities: { add: ['IPC_LOCK'] } };

  function judge(manifests: readonly Manifest[], fabric: FabricModel = limited) {
    const pools = [{ ...examplePool, fabric, resources: { 'nvidia.com/gpu': 8, 'rdma/ib': 8 } }];
    return fit010.check(examplePlatform({ pools, jobs: [], units: [exampleUnit(...manifests)] }));
  }
  const withContainer = (securityContext: JsonObject, level = 'privileged') =>
    judge([namespace(level), pod({ containers: [{ name: 'main', ...asks, securityContext }] })]);

  test('root with the capability in a privileged namespace may lock what it likes', () => {
    expect(withContainer(root)).toEqual([]);
    expect(withContainer({ ...root, capabilities: { add: ['ALL'] } })).toEqual([]);
    expect(withContainer({ privileged: true })).toEqual([]);
  });

  test.each([
    ['restricted', 'refuses the capability IPC_LOCK'],
    ['baseline', 'refuses the capability IPC_LOCK'],
  ])('a namespace that enforces %s is in the way', (level, why) => {
    expect(withContainer(root, level)).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining(why), fix: expect.stringContaining('LimitMEMLOCK=infinity') },
    ]);
  });

  test('a user other than root loses the capability', () => {
    const what = expect.stringContaining('runs as user 1000, for whom IPC_LOCK does nothing');
    expect(withContainer({ ...root, runAsUser: 1000 })).toMatchObject([{ outcome: 'fail', what }]);
  });

  test('what the user of an image is nobody knows, unless root is ruled out', () => {
    const capabilities = { add: ['IPC_LOCK'] };
    expect(withContainer({ capabilities })).toMatchObject([{ outcome: 'unknown' }]);
    expect(withContainer({ capabilities, runAsNonRoot: true })).toMatchObject([{ outcome: 'fail' }]);
  });

  test('what the pod says holds for containers that say nothing', () => {
    const containers = [{ name: 'main', ...asks, securityContext: { capabilities: { add: ['IPC_LOCK'] } } }];
    const inherited = pod({ securityContext: { runAsUser: 0 }, containers });
    expect(judge([namespace('privileged'), inherited])).toEqual([]);
  });

  test('a container without interfaces needs nothing', () => {
    const containers = [{ name: 'log' }, { name: 'main', ...asks, securityContext: root }];
    expect(judge([namespace('privileged'), pod({ containers })])).toEqual([]);
  });

  test('nodes that set no limit ask for nothing', () => {
    const { lockedMemory: _, ...unlimited } = limited;
    expect(judge([namespace('restricted'), pod({ containers: [{ name: 'main', ...asks }] })], unlimited)).toEqual([]);
  });

  test('a pod that cannot land on the pool is not its business', () => {
    const elsewhere = { nodeSelector: { 'cdk8s-ai.dev/pool': 'other' }, containers: [{ name: 'main', ...asks }] };
    expect(judge([namespace('restricted'), pod(elsewhere)])).toEqual([]);
  });
});

describe('FIT-010, of jobs', () => {
  const check = (
    job: Partial<JobModel>,
    fabric: FabricModel = { kind: 'efa', required: true, perNode: 4, resource: 'x/efa' },
  ) => fit010.check(examplePlatform({ pools: [{ ...examplePool, fabric }], jobs: [{ ...exampleJob, ...job }] }));
  const perWorker = (devices: Readonly<Record<string, number>>) => ({
    perWorker: { ...exampleJob.perWorker, devices },
  });

  test('a gang that is too narrow for an interface does not fall back to TCP where the fabric is required', () => {
    expect(check(perWorker({ 'nvidia.com/gpu': 1 }))).toMatchObject([
      { where: exampleJob.path, fix: expect.stringContaining('at least 2 GPUs') },
    ]);
    expect(check(perWorker({ 'nvidia.com/gpu': 2, 'x/efa': 1 }))).toEqual([]);
  });

  test('interfaces that are claimed go with GPUs too', () => {
    const fabric: FabricModel = { kind: 'roce', required: true, perNode: 4, resource: 'mrdma', claimed: true };
    expect(check(perWorker({ 'nvidia.com/gpu': 1 }), fabric)).toMatchObject([
      { what: expect.stringContaining('get none of its interfaces'), fix: expect.stringContaining('at least 2 GPUs') },
    ]);
    expect(check(perWorker({ 'nvidia.com/gpu': 2 }), fabric)).toEqual([]);
  });

  test('one worker needs no fabric', () => {
    expect(check({ workers: 1, ...perWorker({ 'nvidia.com/gpu': 1 }) })).toEqual([]);
  });

  test('a fabric that is not required may be missed', () => {
    const fabric: FabricModel = { kind: 'efa', required: false, perNode: 4, resource: 'x/efa' };
    expect(check(perWorker({ 'nvidia.com/gpu': 1 }), fabric)).toEqual([]);
  });
});

describe('FIT-010, of RoCE', () => {
  const networks = ['rail-0', 'rail-1'].map((name) => ({
    name,
    interface: name,
    subnet: '10.64.0.0/24',
    addressesPerNode: 4,
  }));
  const fabric: FabricModel = {
    kind: 'roce',
    required: true,
    perNode: 2,
    rdma: {
      mode: 'sriov',
      interfaces: [],
      devices: { 'rdma/rail-0': 8, 'rdma/rail-1': 8 },
      driver: 'host',
      networks,
    },
  };
  const check = (annotations: Readonly<Record<string, string>>) => {
    const containers = [{ name: 'main', resources: { limits: { 'rdma/rail-0': 1 } } }];
    const pools = [{ ...examplePool, fabric, resources: { 'rdma/rail-0': 8, 'rdma/rail-1': 8 } }];
    return fit010.check(examplePlatform({ pools, jobs: [], units: [exampleUnit(pod({ containers }, annotations))] }));
  };

  test('a pod needs an address on every rail', () => {
    expect(check({ [NETWORKS]: 'rail-0,rail-1' })).toEqual([]);
    expect(check({ [NETWORKS]: '[{"name": "rail-0"}, {"name": "rail-1"}]' })).toEqual([]);
    expect(check({ [NETWORKS]: 'rail-0' })).toMatchObject([
      { what: expect.stringContaining('without an address in rail-1'), fix: expect.stringContaining('rail-0,rail-1') },
    ]);
  });
});

describe('FIT-011', () => {
  const network = (name: string, where = 'vision'): Manifest => ({
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name, namespace: where },
  });
  const check = (annotation: string, ...others: readonly Manifest[]) => {
    const probe = pod({ containers: [] }, { [NETWORKS]: annotation });
    return fit011.check(examplePlatform({ units: [exampleUnit(namespace(), probe, ...others)] }));
  };

  test.each([
    'rail-0',
    'vision/rail-0',
    'rail-0@net1',
    ' rail-0 , rail-0',
    '[{"name": "rail-0"}]',
    '[{"name": "rail-0", "namespace": "vision"}]',
    '',
  ])('every way to write a name is understood: %j', (annotation) => {
    expect(check(annotation, network('rail-0'))).toEqual([]);
  });

  test('a name that is missing is reported with those that are there', () => {
    expect(check('rail-2', network('rail-1'), network('rail-0'))).toMatchObject([
      {
        outcome: 'fail',
        what: "Pod 'probe' asks for network 'rail-2', which is not defined in namespace 'vision'",
        fix: "Ask for one of 'rail-0', 'rail-1', or define it there.",
      },
    ]);
  });

  test('a network of the same name elsewhere does not count', () => {
    expect(check('rail-0', network('rail-0', 'speech'))).toMatchObject([{ outcome: 'fail' }]);
  });

  test('what a namespace of somebody else holds is not known', () => {
    expect(check('fabric/rail-0')).toMatchObject([{ outcome: 'unknown' }]);
  });

  test.each([
    ['mellanox.com/v1alpha1', 'HostDeviceNetwork'],
    ['mellanox.com/v1alpha1', 'MacvlanNetwork'],
    ['sriovnetwork.openshift.io/v1', 'SriovNetwork'],
  ])('a network that an operator will make counts: %s %s', (apiVersion, kind) => {
    const maker = { apiVersion, kind, metadata: { name: 'rail-0' }, spec: { networkNamespace: 'vision' } };
    expect(check('rail-0', maker)).toEqual([]);
  });

  test('an annotation that Multus could not read is a finding', () => {
    expect(check('[{"name": ')).toMatchObject([{ outcome: 'fail', what: expect.stringContaining('cannot be read') }]);
  });
});
