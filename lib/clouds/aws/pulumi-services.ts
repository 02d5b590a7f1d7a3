import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import type { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js';
import { Key } from '@pulumi/aws/kms/key.js';
import type * as pulumi from '@pulumi/pulumi';
import type { DataService } from '../cloud.ts';
import type { awsServiceRefs } from './facts.ts';
import { makeBucket } from './pulumi-bucket.ts';
import type { AwsContext } from './pulumi-context.ts';
import { makeDatabase } from './pulumi-database.ts';
import { makeFileSystem } from './pulumi-file-system.ts';
import type { AwsNetwork } from './pulumi-network.ts';
import { makeRegistry } from './pulumi-registry.ts';

/** What the services for data stand on. */
export interface ServiceBasis {
  readonly cluster: Cluster;
  readonly network: AwsNetwork;
  readonly systemPool: NodeGroup;
  /** Encrypts everything that is stored. */
  readonly key: Key;
}

/** A service that was made. */
export interface MadeService<Service extends DataService> {
  readonly refs: Readonly<Record<keyof (typeof awsServiceRefs)[Service], pulumi.Output<string>>>;
  /** What must be there before the first object of the cluster. */
  readonly ready?: readonly pulumi.Resource[];
}

const MAKERS: {
  readonly [Service in DataService]: (context: AwsContext, basis: ServiceBasis) => MadeService<Service>;
} = { objectStore: makeBucket, fileSystem: makeFileSystem, database: makeDatabase, registry: makeRegistry };

/** The services that the cluster asks for, all encrypted with one key that stays as long as the data. */
export function makeServices(
  context: AwsContext,
  basis: Omit<ServiceBasis, 'key'>,
): { readonly refs: Readonly<Record<string, pulumi.Output<string>>>; readonly ready: readonly pulumi.Resource[] } {
  const { cluster, keep, name, settings } = context;
  if (settings.services.length === 0) return { refs: {}, ready: [] };
  const key = new Key(name('data'), { description: `Data of cluster ${cluster.name}`, enableKeyRotation: true }, keep);
  const made = settings.services.map((service) => MAKERS[service](context, { ...basis, key }));
  return { refs: Object.assign({}, ...made.map(({ refs }) => refs)), ready: made.flatMap(({ ready = [] }) => ready) };
}
