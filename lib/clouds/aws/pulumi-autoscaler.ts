import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import type * as pulumi from '@pulumi/pulumi';
import { at } from '../../model/json.ts';
import type { AwsContext } from './pulumi-context.ts';
import { makePodRole } from './pulumi-identity.ts';

/**
 * Lets cluster-autoscaler, where this platform installs it, resize the node groups of its own cluster. It finds them by
 * tags that EKS itself puts on them.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
 * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md#iam-policy
 */
export function makeAutoscalerIdentity(context: AwsContext, cluster: Cluster): readonly pulumi.Resource[] {
  const autoscaler = context.cluster.components.find(({ id, installed }) => id === 'cluster-autoscaler' && !installed);
  if (autoscaler === undefined) return [];
  const { namespace, values } = autoscaler;
  const serviceAccount = String(at(values, 'rbac', 'serviceAccount', 'name'));
  return [
    makePodRole(context, cluster, 'cluster-autoscaler', { namespace, serviceAccount }, [
      {
        Action: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
          'autoscaling:DescribeLaunchConfigurations',
          'autoscaling:DescribeScalingActivities',
          'ec2:DescribeImages',
          'ec2:DescribeInstanceTypes',
          'ec2:DescribeLaunchTemplateVersions',
          'ec2:GetInstanceTypesFromInstanceRequirements',
          'eks:DescribeNodegroup',
        ],
        Resource: '*',
      },
      {
        Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/eks:cluster-name': context.cluster.name } },
      },
    ]),
  ];
}
