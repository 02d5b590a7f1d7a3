import type { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { DataService } from '../cloud.ts';
import type { azureServiceRefs } from './facts.ts';
import { makeBucket } from './pulumi-bucket.ts';
import type { AzureContext } from './pulumi-context.ts';
import { makeDatabase } from './pulumi-database.ts';
import { makeFileSystem } from './pulumi-file-system.ts';
import { type DataKey, makeKey } from './pulumi-key.ts';
import type { AzureNetwork } from './pulumi-network.ts';
import { makeRegistry } from './pulumi-registry.ts';

/** What the services for data stand on. */
export interface ServiceBasis {
  readonly cluster: ManagedCluster;
  /** The resource group that goes with the cluster. */
  readonly group: ResourceGroup;
  readonly network: AzureNetwork;
  /** The resource group that stays with the data. */
  readonly data: ResourceGroup;
  /** Encrypts everything that is stored. */
  readonly key: DataKey;
}

/** A service that was made. */
export interface MadeService<Service extends DataService> {
  readonly refs: Readonly<Record<keyof (typeof azureServiceRefs)[Service], pulumi.Output<string>>>;
  /** References that each tenant has. */
  readonly tenantRefs?: Readonly<Record<string, pulumi.Output<string>>>;
  /** What must be there before the first object of the cluster. */
  readonly ready: readonly pulumi.Resource[];
}

const MAKERS: {
  readonly [Service in DataService]: (context: AzureContext, basis: ServiceBasis) => MadeService<Service>;
} = { objectStore: makeBucket, fileSystem: makeFileSystem, database: makeDatabase, registry: makeRegistry };

/**
 * The services that the cluster asks for, in a resource group of their own: with its group everything in it would go. All
 * are encrypted with one key that stays as long as the data.
 */
export function makeServices(
  context: AzureContext,
  basis: Omit<ServiceBasis, 'data' | 'key'>,
): { readonly refs: Readonly<Record<string, pulumi.Output<string>>>; readonly ready: readonly pulumi.Resource[] } {
  const { cluster, keep, location, name, settings, tags } = context;
  if (settings.services.length === 0) return { refs: {}, ready: [] };
  const resourceGroupName = `${cluster.name}-${location}-data`;
  const data = new ResourceGroup(name('data'), { resourceGroupName, location, tags }, keep);
  const key = makeKey(context, data);
  const made = settings.services.map((service) => MAKERS[service](context, { ...basis, data, key }));
  return {
    refs: Object.assign({}, ...made.map(({ refs, tenantRefs = {} }) => ({ ...refs, ...tenantRefs }))),
    ready: made.flatMap(({ ready }) => ready),
  };
}
