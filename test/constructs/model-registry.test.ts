import {
  AiCluster,
  alibaba,
  aws,
  azure,
  type Cloud,
  existing,
  Framework,
  gcp,
  InferenceService,
  type Manifest,
  type MlflowProps,
  ModelRegistry,
  Platform,
  type PlatformError,
  Registry,
  Runtime,
  Scheduler,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { containersOf, podTemplatesOf } from '../../lib/model/kubernetes.ts';

const onAws = aws({ region: 'us-west-2', services: ['database', 'objectStore'] });
const database = { secretName: 'models-database' };
const store = { endpoint: 'https://s3.example.com:9000', bucket: 'models', secretName: 'models-store' };

/** The registry `models` of the team `vision`, beside the team `apps`. */
function register(backend: MlflowProps, cloud: Cloud = onAws, isShared = false) {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  const vision = new Tenant(cluster, 'vision', { quota: [] });
  const apps = new Tenant(cluster, 'apps', { quota: [] });
  const registry = new ModelRegistry(vision, 'models', {
    backend: Registry.mlflow(backend),
    sharedWith: isShared ? [apps] : [],
  });
  const objects = () =>
    (platform.model().clusters[0]?.units ?? []).flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
  const object = (kind: string, name = 'models'): Manifest => {
    const found = objects().find((one) => one.kind === kind && one.metadata.name === name);
    if (found === undefined) throw new Error(`no ${kind} ${name}`);
    return found;
  };
  return { cluster, registry, objects, object };
}

function envOf(manifest: Manifest, container: string): Readonly<Record<string, unknown>> {
  const [template] = podTemplatesOf(manifest);
  const found = containersOf(template?.spec ?? {}).find(({ name }) => name === container);
  return Object.fromEntries(
    objectsIn(found?.['env']).map(({ name, value, valueFrom }) => [String(name), value ?? valueFrom]),
  );
}

function argsOf(manifest: Manifest): readonly string[] {
  return at(podTemplatesOf(manifest)[0]?.spec, 'containers', 0, 'args') as readonly string[];
}

function thrownBy(action: () => unknown): PlatformError {
  try {
    action();
  } catch (error) {
    return error as PlatformError;
  }
  throw new Error('nothing was thrown');
}

describe('a registry', () => {
  test('stands on the database and in the bucket of the cloud', () => {
    const { cluster, object } = register({ database });
    const server = object('Deployment');
    expect(envOf(server, 'mlflow')).toMatchObject({
      PGHOST: `${cluster.ref('databaseHost')}`,
      PGDATABASE: 'mlflow',
      PGSSLMODE: 'require',
      PGPASSWORD: { secretKeyRef: { name: 'models-database', key: 'password' } },
      AWS_DEFAULT_REGION: 'us-west-2',
    });
    expect(argsOf(server)).toContain(
      `--artifacts-destination=s3://${cluster.ref('bucketName')}/vision/models/artifacts`,
    );
  });

  test.each([
    [
      gcp({ project: 'p', region: 'europe-west4', services: ['objectStore'] }),
      /^gs:\/\/\[\[ref.+\]\]\/vision\/models\/artifacts$/,
    ],
    [
      azure({
        subscriptionId: '00000000-0000-0000-0000-000000000000',
        location: 'westeurope',
        services: ['objectStore'],
      }),
      /^wasbs:\/\/tenant-vision@\[\[ref.+\]\]\.blob\.core\.windows\.net\/models\/artifacts$/,
    ],
  ])('is in the tenant’s part of the bucket on every cloud whose store MLflow speaks to', (cloud, folder) => {
    const { object } = register({ database: { ...database, inCluster: { capacityGiB: 20 } } }, cloud);
    const [destination] = argsOf(object('Deployment')).filter((arg) => arg.startsWith('--artifacts-destination='));
    expect(destination?.slice('--artifacts-destination='.length)).toMatch(folder);
  });

  test('has a database in the cluster where none is made, whose password comes from a Secret', () => {
    const { object } = register({ database: { ...database, inCluster: { capacityGiB: 20 } }, store }, existing());
    expect(envOf(object('Deployment'), 'mlflow')).toMatchObject({ PGHOST: 'models-database', PGSSLMODE: 'disable' });
    const postgres = object('StatefulSet', 'models-database');
    expect(envOf(postgres, 'postgres')['POSTGRES_PASSWORD']).toEqual({
      secretKeyRef: { name: 'models-database', key: 'password' },
    });
    expect(at(postgres['spec'], 'volumeClaimTemplates', 0, 'spec', 'resources', 'requests', 'storage')).toBe('20Gi');
  });

  test('names a class of disks for its database only where the cluster has no default', () => {
    const classOf = (cloud: Cloud, inCluster: { capacityGiB: number; storageClass?: string } = { capacityGiB: 20 }) => {
      const { object } = register({ database: { ...database, inCluster }, store }, cloud);
      const claim = at(object('StatefulSet', 'models-database')['spec'], 'volumeClaimTemplates', 0, 'spec');
      return at(claim, 'storageClassName');
    };
    const ack = alibaba({ region: 'cn-hangzhou' });
    expect(classOf(ack)).toBe('alicloud-disk-topology-alltype');
    expect(classOf(ack, { capacityGiB: 20, storageClass: 'alicloud-disk-essd' })).toBe('alicloud-disk-essd');
    expect(classOf(gcp({ project: 'p', region: 'europe-west4' }))).toBeUndefined();
    expect(classOf(existing())).toBeUndefined();
    expect(classOf(existing({ storageClasses: [{ name: 'unknown' }] }))).toBeUndefined();
    expect(classOf(existing({ storageClasses: [{ name: 'disks', accessModes: ['ReadWriteOnce'] }] }))).toBe('disks');
  });

  test('reaches database and store at their ports, and no port beside', () => {
    const { object } = register({ database: { ...database, host: 'db.example.com', port: 6432 }, store }, existing());
    expect(at(object('NetworkPolicy', 'models-registry')['spec'], 'egress', 0, 'ports')).toEqual([
      { protocol: 'TCP', port: 6432 },
      { protocol: 'TCP', port: 9000 },
    ]);
  });

  test('copies its database to its store each night, with the same credentials', () => {
    const { cluster, object } = register({ database });
    const backup = object('CronJob', 'models-backup');
    expect(at(backup['spec'], 'schedule')).toBe('17 2 * * *');
    expect(envOf(backup, 'dump')).toMatchObject({ PGPASSWORD: { secretKeyRef: { key: 'password' } } });
    expect(at(podTemplatesOf(backup)[0]?.spec, 'containers', 0, 'command', 3)).toBe(
      `s3://${cluster.ref('bucketName')}/vision/models/backups`,
    );
  });

  test('lies open to the tenants that it is shared with, from both sides, and to nobody else', () => {
    expect(() => register({ database }).object('NetworkPolicy', 'models-shared')).toThrow(/no NetworkPolicy/);
    const { object } = register({ database }, onAws, true);
    const server = { matchLabels: at(object('Service')['spec'], 'selector') };
    const namespace = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
    const ports = [{ protocol: 'TCP', port: 5000 }];
    expect(object('NetworkPolicy', 'models-shared')['spec']).toEqual({
      podSelector: server,
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: namespace('apps') }], ports }],
    });
    const way = object('NetworkPolicy', 'to-vision-models');
    expect(way.metadata.namespace).toBe('apps');
    expect(at(way['spec'], 'egress')).toEqual([
      { to: [{ namespaceSelector: namespace('vision'), podSelector: server }], ports },
    ]);
  });

  test.each<[string, RegExp, MlflowProps, Cloud]>([
    ['no name of a Secret', /database\.secretName is empty/, { database: { secretName: '' } }, onAws],
    ['no database', /existing makes no database/, { database, store }, existing()],
    ['no store', /speak to a store of existing/, { database: { ...database, host: 'db' } }, existing()],
    [
      'a store that MLflow cannot speak to',
      /store of alibaba/,
      { database: { ...database, host: 'db' } },
      alibaba({ region: 'cn-beijing', services: ['objectStore'] }),
    ],
    [
      'a database twice',
      /at a host and in the cluster/,
      { database: { ...database, host: 'db', inCluster: { capacityGiB: 1 } } },
      onAws,
    ],
    [
      'an address that is none',
      /store\.endpoint 's3' is no address/,
      { database, store: { ...store, endpoint: 's3' } },
      onAws,
    ],
  ])('is refused with %s', (_what, message, backend, cloud) => {
    const error = thrownBy(() => register(backend, cloud));
    expect(error.code).toBe('REGISTRY-001');
    expect(error.message).toMatch(message);
  });

  test('says what to ask the cloud for', () => {
    const error = thrownBy(() => register({ database }, aws({ region: 'us-west-2' })));
    expect(error.message).toMatch(/aws\(\{ services: \['database'\] \}\)/);
  });
});

describe('a model of a registry', () => {
  test('is named by version or alias, and a folder of it may be', () => {
    const { registry } = register({ database });
    expect(registry.model('classifier', 3).uri).toBe('mlflow://models.vision.svc/classifier/3');
    expect(registry.model('classifier', 'champion', { folder: 'artifacts/triton' }).uri).toBe(
      'mlflow://models.vision.svc/classifier@champion/artifacts/triton',
    );
    expect(registry.model('größer @ 2', 1).uri).toBe('mlflow://models.vision.svc/gr%C3%B6%C3%9Fer%20%40%202/1');
  });

  test.each([
    ['', 1],
    ['a/b', 1],
    ['classifier', 0],
    ['classifier', 1.5],
    ['classifier', 'v2'],
    ['classifier', 'latest'],
    ['classifier', 'no spaces'],
  ])('is refused when MLflow has none of that name: %j %j', (name, reference) => {
    const { registry } = register({ database });
    expect(thrownBy(() => registry.model(name, reference)).code).toBe('REGISTRY-002');
  });

  test('brings the container that fetches it once, for KServe and nobody else', () => {
    const { registry, objects, object } = register({ database });
    const fetchers = () => objects().filter(({ kind }) => kind === 'ClusterStorageContainer');
    expect(fetchers()).toEqual([]);
    registry.model('classifier', 1);
    registry.model('classifier', 2);
    expect(fetchers()).toHaveLength(1);
    const container = object('ClusterStorageContainer', 'mlflow-vision-models');
    expect(at(container['spec'], 'supportedUriFormats')).toEqual([{ prefix: 'mlflow://models.vision.svc/' }]);
  });
});

describe('what uses a registry', () => {
  function platformWith(sharedWith: 'apps' | 'nobody') {
    const platform = new Platform({ name: 'research' });
    const cluster = new AiCluster(platform, 'east', { cloud: onAws, kubernetesVersion: '1.35' });
    const l4 = cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 8 });
    const vision = new Tenant(cluster, 'vision', { quota: [l4.gpus(4)] });
    const apps = new Tenant(cluster, 'apps', { quota: [l4.gpus(4)] });
    const registry = new ModelRegistry(vision, 'models', {
      backend: Registry.mlflow({ database }),
      ...(sharedWith === 'apps' ? { sharedWith: [apps] } : {}),
    });
    const train = (tenant: Tenant) => {
      const queue = new TrainingQueue(tenant, 'all', { scheduler: Scheduler.volcano(), capability: [l4.gpus(4)] });
      const job = { framework: Framework.pytorch(), pool: l4, workers: 1, gpusPerWorker: 1, image: 'train@sha256:0' };
      return new TrainingJob(queue, 'train', { ...job, registry });
    };
    const serve = (tenant: Tenant) =>
      new InferenceService(tenant, 'classifier', {
        model: registry.model('classifier', 1),
        runtime: Runtime.triton(),
        pool: l4,
        scale: { min: 1 },
      });
    const unit = (id: string) => platform.model().clusters[0]?.units.find((one) => one.id === id);
    return { vision, apps, train, serve, unit };
  }

  test('waits for it: jobs for the registry, services for what fetches from it', () => {
    const { vision, train, serve, unit } = platformWith('nobody');
    train(vision);
    serve(vision);
    expect(unit('job-vision-train')?.dependsOn).toContain('registry-vision-models');
    expect(unit('service-vision-classifier')?.dependsOn).toContain('fetcher-vision-models');
    expect(unit('fetcher-vision-models')?.dependsOn).toEqual(
      expect.arrayContaining(['kserve', 'registry-vision-models']),
    );
  });

  test('finds it by the variable that MLflow’s clients read', () => {
    const { vision, train, unit } = platformWith('nobody');
    train(vision);
    const job = unit('job-vision-train')?.objects.find(({ manifest }) => manifest.kind === 'Job')?.manifest;
    if (job === undefined) throw new Error('no job');
    expect(envOf(job, 'worker')['MLFLOW_TRACKING_URI']).toBe('http://models.vision.svc');
  });

  test('is refused in a namespace that does not reach it, and not once it is shared', () => {
    const closed = platformWith('nobody');
    expect(thrownBy(() => closed.train(closed.apps)).code).toBe('JOB-004');
    expect(thrownBy(() => closed.serve(closed.apps)).code).toBe('MODEL-002');
    const open = platformWith('apps');
    open.train(open.apps);
    open.serve(open.apps);
  });
});
