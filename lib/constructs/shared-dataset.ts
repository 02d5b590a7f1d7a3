import { Construct } from 'constructs';
import { JUICEFS_NAMESPACE } from '../model/conventions.ts';
import { PlatformError } from '../model/errors.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { DatasetModel } from '../model/platform-model.ts';
import type { Value } from '../model/value.ts';
import { declareFact } from './fact.ts';
import { LeafChart } from './leaf-chart.ts';
import { dnsLabel, pathOf } from './names.ts';
import type { Tenant } from './tenant.ts';

/** A JuiceFS file system: its metadata is in a database, its content in an object store. */
export interface JuiceFsProps {
  /**
   * Name of the Secret that says where the file system is and holds its credentials. It is made outside of the program, with
   * the keys `name`, `metaurl`, `storage` and `bucket`, and `access-key` and `secret-key` where the store asks for them.
   * With these the driver also formats a file system that is new.
   *
   * @see https://juicefs.com/docs/csi/guide/pv/#volume-credentials
   */
  readonly secretName: string;
  /** Namespace of the Secret. @default 'juicefs', that of the driver: tenants cannot read it there */
  readonly secretNamespace?: string;
  /** Folder of the file system that is the dataset. It is made when it is not there. @default - `<namespace>/<name>` */
  readonly folder?: string;
  /** Address of the bucket in place of the Secret's, when only a deployment knows it. @default - that of the Secret */
  readonly bucket?: Value<string>;
}

/** Where the files of a dataset are. */
export type StorageProps = { readonly kind: 'juiceFs' } & JuiceFsProps;

/** The file systems that many nodes can mount. */
export const Storage = {
  /** JuiceFS, community edition. */
  juiceFs: (props: JuiceFsProps): StorageProps => ({ kind: 'juiceFs', ...props }),
} as const;

/** Settings of a dataset. */
export interface SharedDatasetProps {
  /** Where its files are. */
  readonly storage: StorageProps;
  /** Most that it may hold, in GiB. */
  readonly capacityGiB: number;
  /** Cache on each node that mounts it, in GiB. FIT-021 checks that the disks of the nodes have room for it. */
  readonly cacheGiB: number;
  /** Folder of the cache on the nodes, on their local disks, such as `/raid/juicefs`. */
  readonly cachePath: string;
  /**
   * Whether jobs that read the dataset first bring it into the caches of their nodes.
   *
   * @default - when the cache has room for all of it
   */
  readonly warmUp?: boolean;
}

/**
 * Files of a tenant that many nodes read and write at the same time, each with a cache on its own disks. Other workloads
 * mount it by its claim, a PersistentVolumeClaim of the dataset's name.
 */
export class SharedDataset extends Construct {
  readonly dataset: DatasetModel;
  /** Whether jobs bring it into the caches of their nodes before they start. */
  readonly warmUp: boolean;

  /** @throws PlatformError NAME-001 when the id is no DNS label; DATASET-001 for sizes or paths that make no sense */
  constructor(tenant: Tenant, id: string, props: SharedDatasetProps) {
    super(tenant, id);
    const name = dnsLabel(this, 'dataset name', id, 40);
    const { namespace } = tenant;
    const { storage, capacityGiB, cacheGiB } = props;
    this.dataset = {
      name,
      path: pathOf(this),
      tenant: tenant.tenantName,
      namespace,
      storageClass: `juicefs-${namespace}-${name}`,
      capacityGiB: gib(this, 'capacityGiB', capacityGiB),
      cacheGiB: gib(this, 'cacheGiB', cacheGiB),
      cachePath: absolute(this, 'cachePath', props.cachePath),
      // A reference stands in the model as the text by which it is found again.
      ...(storage.bucket === undefined ? {} : { bucket: `${storage.bucket}` }),
    };
    this.warmUp = props.warmUp ?? cacheGiB >= capacityGiB;
    declareFact(this, { kind: 'dataset', model: this.dataset });
    const chart = new LeafChart(this, { id: `dataset-${tenant.tenantName}-${name}`, kind: 'dataset', runOnce: false });
    chart.add(
      'storage-class',
      storageClass(this.dataset, folder(this, storage.folder ?? `${namespace}/${name}`), storage),
    );
    chart.add('claim', claim(this.dataset));
  }
}

function gib(dataset: SharedDataset, prop: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw problem(dataset, `${prop} is ${value}`, `Set ${prop} to a whole number of GiB.`);
}

function absolute(dataset: SharedDataset, prop: string, path: string): string {
  // The driver reads ':' as the border between two folders, and ',' and '=' as parts of its own syntax.
  if (/^(\/[A-Za-z0-9._-]+)+$/.test(path) && !path.split('/').includes('..')) return path;
  throw problem(dataset, `${prop} '${path}' is no absolute path`, `Set ${prop} to a folder such as '/raid/juicefs'.`);
}

function folder(dataset: SharedDataset, path: string): string {
  const isPath = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(path) && !path.split('/').includes('..');
  if (isPath) return path;
  throw problem(dataset, `folder '${path}' is no folder of a file system`, "Write it as 'datasets/imagenet'.");
}

function problem(dataset: SharedDataset, what: string, fix: string): PlatformError {
  return new PlatformError('DATASET-001', pathOf(dataset), what, fix);
}

function storageClass({ storageClass: name }: DatasetModel, path: string, storage: JuiceFsProps): Manifest {
  const { secretName, secretNamespace = JUICEFS_NAMESPACE } = storage;
  const secrets = ['provisioner', 'node-publish', 'controller-expand'].flatMap((use) => [
    [`csi.storage.k8s.io/${use}-secret-name`, secretName],
    [`csi.storage.k8s.io/${use}-secret-namespace`, secretNamespace],
  ]);
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'csi.juicefs.com',
    parameters: { ...Object.fromEntries(secrets), pathPattern: path },
    // Data outlives the claim: whoever wants it gone removes it from the file system.
    reclaimPolicy: 'Retain',
    allowVolumeExpansion: true,
  };
}

function claim({ name, namespace, storageClass: storageClassName, capacityGiB }: DatasetModel): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: {
      accessModes: ['ReadWriteMany'],
      storageClassName,
      resources: { requests: { storage: `${capacityGiB}Gi` } },
    },
  };
}
