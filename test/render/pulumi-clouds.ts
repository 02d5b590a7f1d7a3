// The Pulumi halves that the examples need; a new cloud is one line here.
import { alibabaResources } from 'cdk8s-ai/alibaba';
import { awsResources } from 'cdk8s-ai/aws';
import { azureResources } from 'cdk8s-ai/azure';
import { gcpResources } from 'cdk8s-ai/gcp';
import { type CloudResources, existingResources } from 'cdk8s-ai/pulumi';

export const clouds: CloudResources = {
  alibaba: alibabaResources(),
  aws: awsResources(),
  azure: azureResources(),
  existing: existingResources({ kubeconfig: 'apiVersion: v1\nkind: Config\n' }),
  gcp: gcpResources(),
};
