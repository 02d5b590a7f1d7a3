import { getClientConfigOutput } from '@pulumi/azure-native/authorization/getClientConfig.js';
import { RoleAssignment } from '@pulumi/azure-native/authorization/roleAssignment.js';
import type { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import type { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { PoolModel } from '../../model/platform-model.ts';
import type { AzureContext } from './pulumi-context.ts';
import type { AzureNetwork } from './pulumi-network.ts';

/** An identity and what makes it useful. */
export interface IdentityWithRoles {
  readonly identity: UserAssignedIdentity;
  /** What must be there before somebody uses it. */
  readonly roles: readonly pulumi.Resource[];
}

/** @see https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const ROLES = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  aksClusterAdmin: 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  keyVaultCryptoServiceEncryptionUser: 'e147488a-f6f5-4113-8e2d-b22465e65bf6',
  networkContributor: '4d97b98b-1d4f-4787-a291-c67834d212e7',
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
} as const;

/** The identity with which AKS works on the network, and takes nodes from reservations. */
export function makeClusterIdentity(
  context: AzureContext,
  group: ResourceGroup,
  { nodes }: AzureNetwork,
): IdentityWithRoles {
  const { cluster, location, name, place, tags } = context;
  const identity = new UserAssignedIdentity(
    name('cluster'),
    { resourceGroupName: group.name, resourceName: cluster.name, location, tags },
    place,
  );
  const onNetwork = grant(context, 'cluster-network', ROLES.networkContributor, nodes.id, identity.principalId);
  const onReservations = reservedGroups(cluster.pools).map((scope, index) =>
    grant(context, `cluster-reservations-${index + 1}`, ROLES.contributor, scope, identity.principalId),
  );
  return { identity, roles: [onNetwork, ...onReservations] };
}

/** Lets an identity do what the role says, on the scope and below. */
export function grant(
  { name, place, roleId }: AzureContext,
  part: string,
  role: string,
  scope: pulumi.Input<string>,
  principalId: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions = place,
): RoleAssignment {
  return new RoleAssignment(
    name(part),
    { scope, roleDefinitionId: roleId(role), principalId, principalType: 'ServicePrincipal' },
    options,
  );
}

/** Lets the administrators into the cluster; local accounts, which nobody could take back, are off. */
export function makeAdministrators(context: AzureContext, cluster: ManagedCluster): readonly pulumi.Resource[] {
  const { name, options, place, roleId } = context;
  const who = options.administrators ?? { deployer: getClientConfigOutput({ provider: place.provider }).objectId };
  // Whoever deploys next is not put in the place of the first one.
  const stay = options.administrators === undefined ? { ignoreChanges: ['principalId'] } : {};
  return Object.entries(who).map(
    ([key, principalId]) =>
      new RoleAssignment(
        name(`admin-${key}`),
        { scope: cluster.id, roleDefinitionId: roleId(ROLES.aksClusterAdmin), principalId },
        { ...place, ...stay },
      ),
  );
}

/** The resource groups of the reservations that the pools take their nodes from. */
function reservedGroups(pools: readonly PoolModel[]): readonly string[] {
  const ids = pools.flatMap(({ capacity }) => (capacity.kind === 'reservation' ? [capacity.id] : []));
  return [...new Set(ids.map((id) => id.slice(0, id.toLowerCase().indexOf('/providers/'))))].sort();
}
