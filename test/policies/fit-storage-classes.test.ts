import {
  AiCluster,
  alibaba,
  aws,
  azure,
  type Cloud,
  check,
  existing,
  gcp,
  ModelRegistry,
  Platform,
  Registry,
  SharedDataset,
  Storage,
  Tenant,
} from 'cdk8s-ai';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { AccessMode, ComponentModel, StorageClassModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import { fit021 } from '../../lib/policies/fit-021.ts';

const DISKS: StorageClassModel = {
  name: 'disks',
  accessModes: ['ReadWriteOnce'],
  bindingMode: 'WaitForFirstConsumer',
  provisioner: 'disk.example.com',
};
const FILES: StorageClassModel = { name: 'files', accessModes: ['ReadWriteOnce', 'ReadWriteMany'] };

/** What FIT-021 says of objects on a cluster with the classes; without any, these are not known. */
function judge(
  storageClasses: readonly StorageClassModel[] | undefined,
  objects: readonly Manifest[],
  components: readonly ComponentModel[] = [],
) {
  const cloud = { id: 'existing', settings: {}, ...(storageClasses === undefined ? {} : { storageClasses }) } as const;
  return fit021.check(examplePlatform({ cloud, components, units: [exampleUnit(...objects)] }));
}

const claim = (spec: JsonObject): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'saved', namespace: 'vision' },
  spec: { accessModes: ['ReadWriteOnce'], ...spec },
});

const ofProgram = (rest: JsonObject, annotations: Record<string, string> = {}): Manifest => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'own', annotations },
  ...rest,
});

describe('a claim that names a class', () => {
  test('gets its volume where the cluster or the program has it', () => {
    expect(judge([DISKS], [claim({ storageClassName: 'disks' })])).toEqual([]);
    expect(judge([DISKS], [claim({ storageClassName: 'own' }), ofProgram({})])).toEqual([]);
    expect(judge(undefined, [claim({ storageClassName: 'own' }), ofProgram({})])).toEqual([]);
  });

  test('waits for ever where neither has it, and is told one that does', () => {
    expect(judge([FILES, DISKS], [claim({ storageClassName: 'gp3' })])).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/vision/saved',
        what: "the cluster has no StorageClass 'gp3', which claim 'saved' names",
        fix: "Set storageClassName to 'disks', or define 'gp3' in the program.",
      },
    ]);
  });

  test('is not decided where nobody said which classes the cluster has', () => {
    expect(judge(undefined, [claim({ storageClassName: 'gp3' })])).toMatchObject([
      { outcome: 'unknown', fix: "Say it: existing({ storageClasses: [{ name: 'gp3' }] }), or define it." },
    ]);
  });

  test('may name what only volumes of the program carry, or a volume itself, or no class on purpose', () => {
    const volume: Manifest = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'nfs' },
      spec: { storageClassName: 'manual' },
    };
    expect(judge([], [claim({ storageClassName: 'manual' }), volume])).toEqual([]);
    expect(judge([], [claim({ storageClassName: 'other', volumeName: 'nfs' })])).toEqual([]);
    expect(judge([], [claim({ storageClassName: '' })])).toEqual([]);
  });
});

describe('a claim that names no class', () => {
  const isDefault = { ...DISKS, isDefault: true };

  test('gets its volume from the default of the cluster or of the program', () => {
    expect(judge([FILES, isDefault], [claim({})])).toEqual([]);
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    expect(judge([], [claim({}), ofProgram({}, annotations)])).toEqual([]);
    expect(judge(undefined, [claim({}), ofProgram({}, annotations)])).toEqual([]);
  });

  test('waits for ever where there is none', () => {
    expect(judge([DISKS], [claim({})])).toMatchObject([
      {
        outcome: 'fail',
        what: "claim 'saved' names no StorageClass, and the cluster has no default",
        fix: "Set storageClassName to 'disks'.",
      },
    ]);
    expect(judge([], [claim({})])).toMatchObject([{ outcome: 'fail', fix: /SharedDataset.*ReadWriteOnce/ }]);
  });

  test('is not decided where nobody said whether there is one', () => {
    expect(judge(undefined, [claim({}), ofProgram({})])).toMatchObject([
      { outcome: 'unknown', what: expect.stringContaining("a default StorageClass for claim 'saved'") },
    ]);
  });

  test('is judged by what the default gives', () => {
    expect(judge([isDefault], [claim({ accessModes: ['ReadWriteMany'] })])).toMatchObject([
      {
        outcome: 'fail',
        what: "claim 'saved' wants ReadWriteMany, and StorageClass 'disks' gives ReadWriteOnce",
        fix: 'Use a SharedDataset, or a StorageClass of the program that gives ReadWriteMany.',
      },
    ]);
    expect(judge([isDefault, FILES], [claim({ accessModes: ['ReadWriteMany'] })])).toMatchObject([
      { fix: "Set storageClassName to 'files'." },
    ]);
  });
});

describe('access modes', () => {
  const many = { accessModes: ['ReadWriteMany'] };

  test('that nobody stated are no reason for a finding', () => {
    expect(judge([{ name: 'disks' }], [claim({ ...many, storageClassName: 'disks' })])).toEqual([]);
    expect(judge([DISKS], [claim({ ...many, storageClassName: 'own' }), ofProgram({ provisioner: 'x' })])).toEqual([]);
  });

  test('of a class of the program are those of its driver', () => {
    const own = ofProgram({ provisioner: 'disk.example.com' });
    expect(judge([DISKS], [claim({ ...many, storageClassName: 'own' }), own])).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining("StorageClass 'own' gives ReadWriteOnce") },
    ]);
  });

  test('of raw devices are not those of file systems', () => {
    expect(judge([DISKS], [claim({ ...many, storageClassName: 'disks', volumeMode: 'Block' })])).toEqual([]);
  });

  test('that no node can use make a class useless here, but not another one of its driver', () => {
    const useless: StorageClassModel = { name: 'far', accessModes: [], provisioner: 'files.example.com' };
    expect(judge([useless], [claim({ ...many, storageClassName: 'far' })])).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('gives nothing that nodes of this cluster can mount') },
    ]);
    const near = ofProgram({ provisioner: 'files.example.com' });
    expect(judge([useless], [claim({ ...many, storageClassName: 'own' }), near])).toEqual([]);
  });
});

describe('claims are found', () => {
  const volumeClaimTemplate = { spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gp3' } };
  const template = (spec: JsonObject, kind = 'Deployment', rest: JsonObject = {}): Manifest => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'db', namespace: 'vision' },
    spec: { template: { spec: { containers: [], ...spec } }, ...rest },
  });

  test('in a StatefulSet', () => {
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, ...volumeClaimTemplate }];
    expect(judge([DISKS], [template({}, 'StatefulSet', { volumeClaimTemplates })])).toMatchObject([
      { what: expect.stringContaining("claim 'data' of StatefulSet 'db'") },
    ]);
  });

  test('in the volumes that a pod brings and takes with it', () => {
    const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }];
    expect(judge([DISKS], [template({ volumes })])).toMatchObject([
      { what: expect.stringContaining("volume 'scratch' of Deployment 'db'") },
    ]);
  });

  test('in the values of a chart, unless somebody else installed it', () => {
    const prometheus: ComponentModel = {
      id: 'kube-prometheus-stack',
      namespace: 'monitoring',
      version: '1',
      installed: false,
      neededBy: [],
      values: { prometheus: { prometheusSpec: { storageSpec: { volumeClaimTemplate } } } },
      agents: [],
    };
    expect(judge([DISKS], [], [prometheus])).toMatchObject([
      {
        where: 'example/east',
        what: expect.stringContaining('the volume of kube-prometheus-stack.prometheus.prometheusSpec.storageSpec'),
      },
    ]);
    expect(judge([DISKS], [], [{ ...prometheus, installed: true }])).toEqual([]);
  });
});

describe('for any classes and any claim', () => {
  const mode = fc.constantFrom<AccessMode>('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod');
  const modes = fc.uniqueArray(mode, { maxLength: 4 });
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const storageClass = fc.record<StorageClassModel>(
    {
      name,
      isDefault: fc.boolean(),
      accessModes: modes,
      bindingMode: fc.constantFrom('WaitForFirstConsumer', 'Immediate'),
    },
    { requiredKeys: ['name'] },
  );
  const classes = fc.uniqueArray(storageClass, { selector: (one) => one.name, maxLength: 4 });
  const wanted = fc.record({ accessModes: modes, storageClassName: name }, { requiredKeys: ['accessModes'] });

  test('there is one finding at most, and the class that it tells to name mends it', () => {
    fc.assert(
      fc.property(classes, wanted, (some, spec) => {
        const [finding, ...more] = judge(some, [claim(spec)]);
        expect(more).toEqual([]);
        const named = /^Set storageClassName to '(.+?)'/.exec(finding?.fix ?? '')?.[1];
        if (named !== undefined) expect(judge(some, [claim({ ...spec, storageClassName: named })])).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('what is stated is decided, and what is not stated breaks nothing', () => {
    fc.assert(
      fc.property(classes, wanted, (some, spec) => {
        expect(judge(some, [claim(spec)]).filter(({ outcome }) => outcome === 'unknown')).toEqual([]);
        expect(judge(undefined, [claim(spec)])).toMatchObject([{ outcome: 'unknown' }]);
      }),
      { numRuns: 500 },
    );
  });

  test('a class more at the end, which is no default, breaks nothing', () => {
    fc.assert(
      fc.property(classes, modes, wanted, (some, accessModes, spec) => {
        if (judge(some, [claim(spec)]).length > 0) return;
        expect(judge([...some, { name: 'more', accessModes }], [claim(spec)])).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('our own claims', () => {
  const findings = (cloud: Cloud, storageClass?: string) => {
    const platform = new Platform({ name: 'research' });
    const cluster = new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
    const vision = new Tenant(cluster, 'vision', { quota: [] });
    const inCluster = { capacityGiB: 20, ...(storageClass === undefined ? {} : { storageClass }) };
    const store = { endpoint: 'https://s3.example.com', bucket: 'models', secretName: 'store' };
    new ModelRegistry(vision, 'models', {
      backend: Registry.mlflow({ database: { secretName: 'db', inCluster }, store }),
    });
    new SharedDataset(vision, 'saved', {
      storage: Storage.juiceFs({ secretName: 'juicefs' }),
      capacityGiB: 10,
      cacheGiB: 1,
      cachePath: '/cache',
    });
    return check(platform.model()).findings.filter(({ code }) => code === 'FIT-021');
  };

  test.each<[string, Cloud]>([
    ['EKS', aws({ region: 'us-east-1' })],
    ['GKE', gcp({ project: 'p', region: 'us-central1' })],
    ['AKS', azure({ subscriptionId: 's', location: 'eastus2' })],
    ['ACK', alibaba({ region: 'cn-hangzhou' })],
    ['a cluster with a default', existing({ storageClasses: [{ name: 'ceph', isDefault: true }] })],
  ])('get their volumes on %s', (_, cloud) => {
    expect(findings(cloud)).toEqual([]);
  });

  test('are not decided on a cluster that does not say its classes, and told on one that has none', () => {
    expect(findings(existing())).toMatchObject([{ outcome: 'unknown' }]);
    expect(findings(existing({ storageClasses: [] }))).toMatchObject([{ outcome: 'fail' }]);
  });

  test('with a class of another cloud are told the class of this one', () => {
    expect(findings(gcp({ project: 'p', region: 'us-central1' }), 'managed-csi')).toMatchObject([
      {
        outcome: 'fail',
        where: 'east/vision/models/objects/database',
        fix: "Set storageClassName to 'standard-rwo', or define 'managed-csi' in the program.",
      },
    ]);
  });
});
