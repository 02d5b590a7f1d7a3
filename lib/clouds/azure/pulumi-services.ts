import { Registry } from '@pulumi/azure-native/containerregistry/registry.js';
import type { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import { hashOf } from '../physical-names.ts';
import type { AzureService, azureServiceRefs } from './facts.ts';
import { makeBucket } from './pulumi-bucket.ts';
import type { AzureContext } from './pulumi-context.ts';
import { grant, ROLES } from './pulumi-identity.ts';

/** What the services for data stand on. */
export interface ServiceBasis {
  readonly cluster: ManagedCluster;
  /** The resource group that goes with the cluster. */
  readonly group: ResourceGroup;
  /** The resource group that stays with the data. */
  readonly data: ResourceGroup;
}

/** A service that was made. */
export interface MadeService<Service extends AzureService> {
  readonly refs: Readonly<Record<keyof (typeof azureServiceRefs)[Service], pulumi.Output<string>>>;
  /** References that each tenant has. */
  readonly tenantRefs?: Readonly<Record<string, pulumi.Output<string>>>;
  /** What must be there before the first object of the cluster. */
  readonly ready: readonly pulumi.Resource[];
}

const MAKERS: {
  readonly [Service in AzureService]: (context: AzureContext, basis: ServiceBasis) => MadeService<Service>;
} = {
  objectStore: makeBucket,
  registry: makeRegistry,
};

/** The services that the cluster asks for, in a resource group of their own: with its group everything in it would go. */
export function makeServices(
  context: AzureContext,
  basis: Omit<ServiceBasis, 'data'>,
): { readonly refs: Readonly<Record<string, pulumi.Output<string>>>; readonly ready: readonly pulumi.Resource[] } {
  const { cluster, keep, location, name, settings, tags } = context;
  if (settings.services.length === 0) return { refs: {}, ready: [] };
  const resourceGroupName = `${cluster.name}-${location}-data`;
  const data = new ResourceGroup(name('data'), { resourceGroupName, location, tags }, keep);
  const made = settings.services.map((service) => MAKERS[service](context, { ...basis, data }));
  return {
    refs: Object.assign({}, ...made.map(({ refs, tenantRefs = {} }) => ({ ...refs, ...tenantRefs }))),
    ready: made.flatMap(({ ready }) => ready),
  };
}

/** A name that nobody else in the world has: letters and digits, at most 24. */
export function worldwideName({ cluster, location, settings }: AzureContext): string {
  const { subscriptionId } = settings;
  return `${cluster.name.replaceAll('-', '').slice(0, 16)}${hashOf({ subscriptionId, location, name: cluster.name })}`;
}

/** A registry for images, from which the nodes may pull. */
function makeRegistry(context: AzureContext, { cluster, data }: ServiceBasis): MadeService<'registry'> {
  const { keep, location, name, tags } = context;
  const registry = new Registry(
    name('registry'),
    {
      resourceGroupName: data.name,
      registryName: worldwideName(context),
      location,
      sku: { name: 'Standard' },
      adminUserEnabled: false,
      tags,
    },
    keep,
  );
  const kubelet = cluster.identityProfile.apply((identities) => identities?.['kubeletidentity']?.objectId ?? '');
  const pull = grant(context, 'registry-pull', ROLES.acrPull, registry.id, kubelet);
  return { refs: { repositoryUrl: registry.loginServer }, ready: [pull] };
}
