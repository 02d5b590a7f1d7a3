import type { Cluster } from '@pulumi/gcp/container/cluster.js';
import type { CryptoKey } from '@pulumi/gcp/kms/cryptoKey.js';
import type * as pulumi from '@pulumi/pulumi';
import type { DataService } from '../cloud.ts';
import type { gcpServiceRefs } from './facts.ts';
import { makeBucket } from './pulumi-bucket.ts';
import type { GcpContext } from './pulumi-context.ts';
import { makeDatabase } from './pulumi-database.ts';
import { makeFileSystem } from './pulumi-file-system.ts';
import { makeKey } from './pulumi-key.ts';
import type { GcpNetwork } from './pulumi-network.ts';
import { makeRegistry } from './pulumi-registry.ts';

/** What the services for data stand on. */
export interface ServiceBasis {
  readonly apis: readonly pulumi.Resource[];
  readonly cluster: Cluster;
  readonly network: GcpNetwork;
  /** Encrypts everything that is stored. */
  readonly key: CryptoKey;
}

/** A service that was made. */
export interface MadeService<Service extends DataService> {
  readonly refs: Readonly<Record<keyof (typeof gcpServiceRefs)[Service], pulumi.Output<string>>>;
  /** What must be there before the first object of the cluster. */
  readonly ready?: readonly pulumi.Resource[];
}

const MAKERS: {
  readonly [Service in DataService]: (context: GcpContext, basis: ServiceBasis) => MadeService<Service>;
} = { objectStore: makeBucket, fileSystem: makeFileSystem, database: makeDatabase, registry: makeRegistry };

/** The services that the cluster asks for, all encrypted with one key that stays as long as the data. */
export function makeServices(
  context: GcpContext,
  basis: Omit<ServiceBasis, 'key'>,
): { readonly refs: Readonly<Record<string, pulumi.Output<string>>>; readonly ready: readonly pulumi.Resource[] } {
  const { services } = context.settings;
  if (services.length === 0) return { refs: {}, ready: [] };
  const key = makeKey(context, basis.apis);
  const made = services.map((service) => MAKERS[service](context, { ...basis, key }));
  return { refs: Object.assign({}, ...made.map(({ refs }) => refs)), ready: made.flatMap(({ ready = [] }) => ready) };
}
