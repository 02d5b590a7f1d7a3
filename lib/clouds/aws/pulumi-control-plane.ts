import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import { AccessEntry } from '@pulumi/aws/eks/accessEntry.js';
import { AccessPolicyAssociation } from '@pulumi/aws/eks/accessPolicyAssociation.js';
import { Cluster } from '@pulumi/aws/eks/cluster.js';
import { Key } from '@pulumi/aws/kms/key.js';
import type { ClusterAccess } from '../../render/pulumi/kubeconfig.ts';
import type { AwsContext } from './pulumi-context.ts';
import { makeRole } from './pulumi-identity.ts';
import type { AwsNetwork } from './pulumi-network.ts';

/** Days for which the logs of the control plane, the audit log among them, are kept. */
const LOG_DAYS = 90;
/** Days in which the deletion of a key can be taken back, the most that AWS allows. */
const KEY_DAYS = 30;

/** The control plane: private unless ranges are allowed, secrets encrypted with a key of its own, everything logged. */
export function makeControlPlane(context: AwsContext, network: AwsNetwork): Cluster {
  const { cluster, name, place, settings, options } = context;
  const { role, attachments } = makeRole(context, 'cluster', 'eks', ['AmazonEKSClusterPolicy']);
  const key = new Key(
    name('secrets'),
    {
      description: `Secrets of Kubernetes cluster ${cluster.name}`,
      enableKeyRotation: true,
      deletionWindowInDays: KEY_DAYS,
    },
    place,
  );
  // EKS would make the group by itself, and keep the logs for ever.
  const logs = new LogGroup(
    name('logs'),
    { name: `/aws/eks/${cluster.name}/cluster`, retentionInDays: LOG_DAYS },
    place,
  );
  const isPublic = settings.allowedCidrs.length > 0;
  return new Cluster(
    name('cluster'),
    {
      name: cluster.name,
      version: cluster.kubernetesVersion,
      roleArn: role.arn,
      vpcConfig: {
        subnetIds: [...network.subnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: isPublic,
        ...(isPublic ? { publicAccessCidrs: [...settings.allowedCidrs] } : {}),
      },
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
      encryptionConfig: { provider: { keyArn: key.arn }, resources: ['secrets'] },
      enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      // Network and DNS come as add-ons, which stay up to date with the cluster.
      bootstrapSelfManagedAddons: false,
      deletionProtection: options.deletionProtection ?? true,
    },
    { ...place, dependsOn: [...attachments, logs] },
  );
}

/** Lets the administrators in. Entries are resources; the ConfigMap that they replace locks everybody out when it breaks. */
export function makeAdministrators({ name, place, options, accessPolicy }: AwsContext, cluster: Cluster): void {
  for (const [who, principalArn] of Object.entries(options.administrators ?? {})) {
    const clusterName = cluster.name;
    const entry = new AccessEntry(name(`admin-${who}`), { clusterName, principalArn }, place);
    new AccessPolicyAssociation(
      name(`admin-${who}`),
      {
        clusterName,
        principalArn: entry.principalArn,
        policyArn: accessPolicy('AmazonEKSClusterAdminPolicy'),
        accessScope: { type: 'cluster' },
      },
      place,
    );
  }
}

/** The `aws` program gets a token, as the same identity. */
export function accessTo({ region, options }: AwsContext, cluster: Cluster): ClusterAccess {
  const { profile, roleArn } = options;
  const flags = [
    ...(roleArn === undefined ? [] : ['--role-arn', roleArn]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ];
  return {
    name: cluster.name,
    server: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority.data,
    exec: {
      command: 'aws',
      args: ['eks', 'get-token', '--cluster-name', cluster.name, '--region', region, '--output', 'json', ...flags],
    },
  };
}
