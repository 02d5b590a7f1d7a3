// The Pulumi halves that the examples need; a new cloud is one line here.
import { awsResources } from 'cdk8s-ai/aws';
import { type CloudResources, existingResources } from 'cdk8s-ai/pulumi';

export const clouds: CloudResources = {
  aws: awsResources(),
  existing: existingResources({ kubeconfig: 'apiVersion: v1\nkind: Config\n' }),
};
