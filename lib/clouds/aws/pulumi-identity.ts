import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import { PodIdentityAssociation } from '@pulumi/aws/eks/podIdentityAssociation.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js';
import * as pulumi from '@pulumi/pulumi';
import { shortened } from '../physical-names.ts';
import type { AwsContext } from './pulumi-context.ts';

/** Characters that IAM allows in the name of a role. */
const ROLE_NAME_LENGTH = 64;

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
      name: shortened(`${cluster.name}-${region}-${part}`, ROLE_NAME_LENGTH),
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

/** What a role may do, in the words of IAM. */
export interface Statement {
  readonly Action: readonly string[];
  readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A role that the pods of one service account take. The association has to be there before they start. */
export function makePodRole(
  context: AwsContext,
  cluster: Cluster,
  part: string,
  account: { readonly namespace: string; readonly serviceAccount: string },
  statements: readonly Statement[],
): PodIdentityAssociation {
  const { name, place } = context;
  const { role } = makeRole(context, part, 'pods.eks', []);
  const policy = new RolePolicy(
    name(part),
    {
      name: part,
      role: role.name,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
      }),
    },
    place,
  );
  return new PodIdentityAssociation(
    name(part),
    { clusterName: cluster.name, ...account, roleArn: role.arn },
    { ...place, dependsOn: [policy] },
  );
}
