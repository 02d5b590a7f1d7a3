// The entry of `pulumi up`: the cluster exists, so only what is in it is deployed.
// `pulumi config set --secret kubeconfig < kubeconfig.yaml` says which cluster it is.
import { Config } from '@pulumi/pulumi';
import { deploy, existingResources } from 'cdk8s-ai/pulumi';
import { platform } from './platform.ts';

const kubeconfig = new Config().requireSecret('kubeconfig');
export const { bindings } = deploy(platform.verifiedModel(), { existing: existingResources({ kubeconfig }) });
