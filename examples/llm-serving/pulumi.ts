// The entry of `pulumi up`: the same platform, with the infrastructure under it.
import { awsResources } from 'cdk8s-ai/aws';
import { deploy } from 'cdk8s-ai/pulumi';
import { platform } from './platform.ts';

export const { bindings } = deploy(platform.verifiedModel(), { aws: awsResources() });
