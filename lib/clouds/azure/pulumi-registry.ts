import { Registry } from '@pulumi/azure-native/containerregistry/registry.js';
import { worldwideName } from './physical-name.ts';
import type { AzureContext } from './pulumi-context.ts';
import { grant, ROLES } from './pulumi-identity.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** A registry for images, from which the nodes may pull. */
export function makeRegistry(context: AzureContext, { cluster, data, key }: ServiceBasis): MadeService<'registry'> {
  const { keep, location, name, tags } = context;
  const registry = new Registry(
    name('registry'),
    {
      resourceGroupName: data.name,
      registryName: worldwideName(context),
      location,
      // The others take no key of ours.
      sku: { name: 'Premium' },
      adminUserEnabled: false,
      identity: { type: 'UserAssigned', userAssignedIdentities: key.identity.id.apply((id) => ({ [id]: {} })) },
      encryption: {
        status: 'enabled',
        keyVaultProperties: { identity: key.identity.clientId, keyIdentifier: key.uri },
      },
      tags,
    },
    { ...keep, dependsOn: [...key.ready] },
  );
  const kubelet = cluster.identityProfile.apply((identities) => identities?.['kubeletidentity']?.objectId ?? '');
  const pull = grant(context, 'registry-pull', ROLES.acrPull, registry.id, kubelet);
  return { refs: { repositoryUrl: registry.loginServer }, ready: [pull] };
}
