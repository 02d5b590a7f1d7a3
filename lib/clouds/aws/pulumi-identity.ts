import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js';
import type * as pulumi from '@pulumi/pulumi';
import type { AwsContext } from './pulumi-context.ts';

/** A role and what makes it useful. */
export interface RoleWithPolicies {
  readonly role: Role;
  /** What must be there before somebody takes the role. */
  readonly attachments: readonly pulumi.Resource[];
}

/** A role for one of the cluster's own parts, with policies that AWS manages. */
export function makeRole(
  context: AwsContext,
  part: string,
  service: 'ec2' | 'eks' | 'pods.eks',
  policies: readonly string[],
): RoleWithPolicies {
  const { cluster, name, place, region, managedPolicy } = context;
  const role = new Role(
    name(part),
    {
      // Roles are shared by all regions of an account.
      name: `${cluster.name}-${region}-${part}`,
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: `${service}.amazonaws.com` },
            Action: service === 'pods.eks' ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRole',
          },
        ],
      }),
    },
    place,
  );
  const attachments = policies.map((policy) => {
    const policyName = policy.slice(policy.lastIndexOf('/') + 1);
    return new RolePolicyAttachment(
      name(`${part}-${policyName}`),
      { role: role.name, policyArn: managedPolicy(policy) },
      place,
    );
  });
  return { role, attachments };
}
