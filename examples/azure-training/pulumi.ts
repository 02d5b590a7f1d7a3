// The entry of `pulumi up`: the same platform, with the infrastructure under it.
// `pulumi stack output bindings --json > bindings.json` hands what it knows to the file renderers.
import { azureResources } from 'cdk8s-ai/azure';
import { deploy } from 'cdk8s-ai/pulumi';
import { platform } from './platform.ts';

export const { bindings } = deploy(platform.verifiedModel(), { azure: azureResources() });
