import * as pulumi from '@pulumi/pulumi';

class Anything extends pulumi.CustomResource {}

const config = new pulumi.Config();
const resource = config.getObject<{ type: string; inputs: pulumi.Inputs }>('resource');
if (resource) new Anything(resource.type, 'it', resource.inputs);

const invoke = config.getObject<{ token: string; args: pulumi.Inputs }>('invoke');
export const result = invoke && pulumi.runtime.invoke(invoke.token, invoke.args);
