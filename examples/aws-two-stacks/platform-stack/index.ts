// The second stack: operators, teams and queues. `pulumi config set infrastructure <organization>/speech-infrastructure/<stack>`
// says which first stack it builds on.
import { Config, StackReference } from '@pulumi/pulumi';
import { deploy, stackResources } from 'cdk8s-ai/pulumi';
import { platform } from '../platform.ts';

const infrastructure = new StackReference(new Config().require('infrastructure'));
deploy(platform.verifiedModel(), { aws: stackResources(infrastructure) });
