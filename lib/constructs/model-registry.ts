import type { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { tenantFolder } from '../clouds/tenant-folder.ts';
import { PlatformError } from '../model/errors.ts';
import { tolerationFor } from '../model/kubernetes.ts';
import { classGiving } from '../model/storage-classes.ts';
import type { Value } from '../model/value.ts';
import { LeafChart } from './leaf-chart.ts';
import { ModelFetcher } from './model-fetcher.ts';
import { registryObjects } from './model-registry-objects.ts';
import type { RegistrySettings } from './model-registry-pods.ts';
import { type ModelSource, REGISTRY_SCHEME } from './model-source.ts';
import { dnsLabel, pathOf } from './names.ts';
import type { Tenant } from './tenant.ts';

/** The PostgreSQL database of a registry. */
export interface RegistryDatabase {
  /**
   * Name of the Secret in the tenant's namespace with the keys `username` and `password`. It is made outside of the
   * program; nothing has a default password.
   */
  readonly secretName: string;
  /** Host of the server. @default - the database of the cloud, or `inCluster` */
  readonly host?: Value<string>;
  /** @default 5432 */
  readonly port?: number;
  /** Name of the database, which belongs to the user of the Secret; each registry has one of its own. @default 'mlflow' */
  readonly name?: string;
  /** Runs a server in the tenant's namespace, with a volume of its own, for clouds that make none. @default - none */
  readonly inCluster?: {
    readonly capacityGiB: number;
    /**
     * FIT-021 checks that the cluster has it; `'premium-rwo' satisfies GcpStorageClass` is checked by the compiler, too.
     *
     * @default - the cluster's own default, or on a cloud without one its first class for disks
     */
    readonly storageClass?: string;
  };
}

/** A store that speaks the protocol of S3: Ceph, SeaweedFS, Garage, OSS. */
export interface RegistryStore {
  /** Address, such as `https://s3.example.com`. */
  readonly endpoint: string;
  readonly bucket: Value<string>;
  /** Name of the Secret in the tenant's namespace with the keys `access-key` and `secret-key`. */
  readonly secretName: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** Whether the bucket is named in the path of a request or in its host name, as OSS wants it. @default 'path' */
  readonly addressing?: 'path' | 'virtual';
}

/** Settings of MLflow. */
export interface MlflowProps {
  /** Where runs, models, versions and aliases are. */
  readonly database: RegistryDatabase;
  /** Where the files are. @default - the tenant's part of the bucket of the cloud */
  readonly store?: RegistryStore;
}

/** The program that keeps the models. */
export type RegistryBackend = { readonly kind: 'mlflow' } & MlflowProps;

/** The programs that can keep models. */
export const Registry = {
  /** MLflow: runs, models, versions and aliases; its clients need no access to database and store. */
  mlflow: (props: MlflowProps): RegistryBackend => ({ kind: 'mlflow', ...props }),
} as const;

/** Settings of a registry. */
export interface ModelRegistryProps {
  readonly backend: RegistryBackend;
  /**
   * When the database is copied to the store, in the words of cron. The copies of the last 31 days are kept.
   *
   * @default '17 2 * * *'
   */
  readonly backupSchedule?: string;
  /** Further tenants of the cluster whose pods read and write it. @default - none */
  readonly sharedWith?: readonly Tenant[];
}

/** Settings of one model of a registry. */
export interface RegisteredModelOptions {
  /** Folder of the model's files that is served, such as `artifacts/triton`. @default - all of them */
  readonly folder?: string;
}

/**
 * Models of a tenant with versions and aliases. The jobs and model servers of the tenant, and of those with whom it is
 * shared, reach it, and nobody else does: it asks for no name and password, because the network of a tenant is closed.
 */
export class ModelRegistry extends Construct {
  readonly registryName: string;
  /** Address for clients, the value of MLFLOW_TRACKING_URI. */
  readonly uri: string;
  readonly objects: Chart;
  readonly namespace: string;
  /** Namespaces whose pods reach it. */
  readonly reachedFrom: readonly string[];

  /**
   * @throws PlatformError NAME-001 when the id is no name of a Service; REGISTRY-001 when database or store are given
   *   twice, not at all, or in a way that makes no sense; REF-005 when the cloud was not asked for them
   */
  constructor(tenant: Tenant, id: string, props: ModelRegistryProps) {
    super(tenant, id);
    this.namespace = tenant.namespace;
    this.registryName = serviceName(this, id);
    this.uri = `http://${this.#host}`;
    const sharedWith = (props.sharedWith ?? []).map(({ namespace }) => namespace).sort();
    this.reachedFrom = [tenant.namespace, ...sharedWith];
    const { database, store } = props.backend;
    const { systemPool } = tenant.cluster;
    const settings: RegistrySettings = {
      name: this.registryName,
      host: this.#host,
      namespace: tenant.namespace,
      tenant: tenant.tenantName,
      podLabels: tenant.podLabels,
      priorityClass: tenant.priorityClass('high'),
      nodeSelector: systemPool.labels,
      tolerations: systemPool.taints.map(tolerationFor),
      database: databaseOf(this, tenant, database),
      store: storeOf(this, tenant, store),
      backupSchedule: props.backupSchedule ?? '17 2 * * *',
      sharedWith,
    };
    const chart = new LeafChart(this, {
      id: `registry-${tenant.tenantName}-${this.registryName}`,
      kind: 'app',
      runOnce: false,
    });
    for (const [key, manifest] of Object.entries(registryObjects(settings))) chart.add(key, manifest);
    this.objects = chart;
  }

  /**
   * A model for an InferenceService. Who names an alias gets what it stands for when a replica starts;
   * replicas that run keep what they have.
   *
   * @param versionOrAlias `3`, or `'champion'`
   * @throws PlatformError REGISTRY-002 for what MLflow does not accept as a name, a version or an alias
   */
  model(name: string, versionOrAlias: number | string, { folder }: RegisteredModelOptions = {}): ModelSource {
    const reference = typeof versionOrAlias === 'number' ? `/${versionOrAlias}` : `@${versionOrAlias}`;
    // MLflow reads v1 as a version and keeps the word latest for itself.
    const isReference =
      typeof versionOrAlias === 'number'
        ? Number.isInteger(versionOrAlias) && versionOrAlias > 0
        : /^[A-Za-z0-9_-]{1,255}$/.test(versionOrAlias) && !/^(v\d+|latest)$/i.test(versionOrAlias);
    const isFolder = folder === undefined || /^[\w.-]+(\/[\w.-]+)*$/.test(folder);
    if (name === '' || /[/:]/.test(name) || !isReference || !isFolder || folder?.split('/').includes('..') === true) {
      throw new PlatformError(
        'REGISTRY-002',
        pathOf(this),
        `MLflow keeps no model '${name}${reference}'${folder === undefined ? '' : ` with a folder '${folder}'`}`,
        "Write registry.model('classifier', 3) for a version, or registry.model('classifier', 'champion') for an alias.",
      );
    }
    const path = [`${encodeURIComponent(name)}${reference}`, ...(folder === undefined ? [] : [folder])].join('/');
    return {
      uri: `${REGISTRY_SCHEME}${this.#host}/${path}`,
      from: ModelFetcher.of(this).objects,
      reachedFrom: this.reachedFrom,
    };
  }

  get #host(): string {
    return `${this.registryName}.${this.namespace}.svc`;
  }
}

function serviceName(registry: ModelRegistry, id: string): string {
  const name = dnsLabel(registry, 'registry name', id, 40);
  if (/^[a-z]/.test(name)) return name;
  throw new PlatformError(
    'NAME-001',
    pathOf(registry),
    `the registry name '${name}' starts with a digit`,
    `Start it with a letter, such as 'm${name}'.`,
  );
}

function databaseOf(registry: ModelRegistry, tenant: Tenant, props: RegistryDatabase): RegistrySettings['database'] {
  const { secretName, host, port = 5432, name = 'mlflow', inCluster } = props;
  const common = { secretName: secretOf(registry, 'database.secretName', secretName), port, name };
  if (inCluster !== undefined) {
    const isSize = Number.isInteger(inCluster.capacityGiB) && inCluster.capacityGiB > 0;
    if (host !== undefined || !isSize) {
      throw problem(
        registry,
        host === undefined
          ? `database.inCluster.capacityGiB is ${inCluster.capacityGiB}`
          : 'the database is at a host and in the cluster',
        host === undefined ? 'Set it to a whole number of GiB.' : 'Leave out host or inCluster.',
      );
    }
    const storageClass = inCluster.storageClass ?? classWithoutDefault(tenant);
    const settings = { ...inCluster, ...(storageClass === undefined ? {} : { storageClass }) };
    return { ...common, host: `${registry.registryName}-database`, inCluster: settings };
  }
  if (host !== undefined) return { ...common, host: `${host}` };
  const { cluster } = tenant;
  const isOffered = ['refs', 'refsOnRequest'].some((refs) =>
    Object.hasOwn(cluster.cloud[refs as 'refs'] ?? {}, 'databaseHost'),
  );
  if (isOffered) return { ...common, host: `${cluster.ref('databaseHost')}` };
  throw problem(
    registry,
    `${cluster.cloud.id} makes no database, and none is given`,
    'Set database.host, or database.inCluster: { capacityGiB: 20 }.',
  );
}

/** What a claim has to name because the cluster has no default. */
function classWithoutDefault({ cluster }: Tenant): string | undefined {
  const { storageClasses = [] } = cluster.cloud;
  if (storageClasses.some(({ isDefault }) => isDefault === true)) return undefined;
  return classGiving(storageClasses, ['ReadWriteOnce'])?.name;
}

function storeOf(registry: ModelRegistry, tenant: Tenant, props: RegistryStore | undefined): RegistrySettings['store'] {
  const { cluster, namespace } = tenant;
  if (props !== undefined) {
    const { endpoint, bucket, region = 'us-east-1', addressing = 'path' } = props;
    if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
      throw problem(registry, `store.endpoint '${endpoint}' is no address`, "Write it as 'https://s3.example.com'.");
    const secretName = secretOf(registry, 'store.secretName', props.secretName);
    return {
      folder: `s3://${bucket}/${namespace}/${registry.registryName}`,
      region,
      s3: { endpoint, addressing, secretName },
    };
  }
  const isKnown = tenantFolder(cluster.cloud.id, '', namespace) !== undefined;
  const folder = isKnown ? tenantFolder(cluster.cloud.id, `${cluster.ref('bucketName')}`, namespace) : undefined;
  const { id, region } = cluster.cloud;
  if (folder !== undefined) {
    return {
      folder: `${folder}/${registry.registryName}`,
      ...(id === 'aws' && region !== undefined ? { region } : {}),
    };
  }
  throw problem(
    registry,
    `MLflow does not speak to a store of ${cluster.cloud.id} by itself, and none is given`,
    "Set store: { endpoint: 'https://s3.example.com', bucket: 'models', secretName: 'models-store' }.",
  );
}

function secretOf(registry: ModelRegistry, prop: string, name: string): string {
  if (name !== '') return name;
  throw problem(registry, `${prop} is empty`, 'Name a Secret of the namespace: there are no default credentials.');
}

function problem(registry: ModelRegistry, what: string, fix: string): PlatformError {
  return new PlatformError('REGISTRY-001', pathOf(registry), what, fix);
}
