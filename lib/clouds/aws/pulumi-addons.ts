import { Addon } from '@pulumi/aws/eks/addon.js';
import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import type { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import { tolerationFor } from '../../model/kubernetes.ts';
import type { AwsContext } from './pulumi-context.ts';
import { makeRole } from './pulumi-identity.ts';
import { EBS_ADDON } from './storage-classes.ts';

/** What an add-on needs beside its name. */
export interface AddonSettings {
  /** Service account that gets a role of its own with a policy that AWS manages. */
  readonly identity?: { readonly serviceAccount: string; readonly policy: string };
  /** Values of the add-on, by its own schema. */
  readonly values?: object;
  readonly after?: readonly pulumi.Resource[];
}

/** What every node needs from its first second; these run on nodes that nothing else can use yet. */
export function makeNodeAddons(context: AwsContext, cluster: Cluster): readonly pulumi.Resource[] {
  const agent = makeAddon(context, cluster, 'eks-pod-identity-agent', {});
  const identity = { serviceAccount: 'aws-node', policy: 'AmazonEKS_CNI_Policy' };
  return [agent, makeAddon(context, cluster, 'vpc-cni', { identity }), makeAddon(context, cluster, 'kube-proxy', {})];
}

/** What runs on the system pool: without its nodes these would never become healthy. */
export function makeClusterAddons(
  context: AwsContext,
  cluster: Cluster,
  systemPool: NodeGroup,
): readonly pulumi.Resource[] {
  const { labels, taints } = context.cluster.systemPool;
  const placement = { nodeSelector: labels, tolerations: taints.map(tolerationFor) };
  const identity = { serviceAccount: 'ebs-csi-controller-sa', policy: 'service-role/AmazonEBSCSIDriverPolicy' };
  const after = [systemPool];
  // Without it a claim that names no class would wait for ever.
  const disks = { controller: placement, defaultStorageClass: { enabled: true } };
  return [
    makeAddon(context, cluster, 'coredns', { values: placement, after }),
    makeAddon(context, cluster, EBS_ADDON, { identity, values: disks, after }),
  ];
}

/** An add-on of EKS. */
export function makeAddon(context: AwsContext, cluster: Cluster, addonName: string, settings: AddonSettings): Addon {
  const { identity, values, after = [] } = settings;
  const owner = identity === undefined ? undefined : makeRole(context, addonName, 'pods.eks', [identity.policy]);
  return new Addon(
    context.name(addonName),
    {
      clusterName: cluster.name,
      addonName,
      resolveConflictsOnCreate: 'OVERWRITE',
      resolveConflictsOnUpdate: 'OVERWRITE',
      ...(values === undefined ? {} : { configurationValues: JSON.stringify(values) }),
      ...(identity === undefined || owner === undefined
        ? {}
        : { podIdentityAssociations: [{ serviceAccount: identity.serviceAccount, roleArn: owner.role.arn }] }),
    },
    { ...context.place, dependsOn: [...after, ...(owner?.attachments ?? [])] },
  );
}
