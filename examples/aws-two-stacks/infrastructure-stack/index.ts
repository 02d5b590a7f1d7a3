// The first stack: cluster, nodes, bucket and identities. `pulumi stack output bindings --json > ../bindings.json` hands
// what it knows to the file renderers.
import { awsResources } from 'cdk8s-ai/aws';
import { deployInfrastructure } from 'cdk8s-ai/pulumi';
import { platform } from '../platform.ts';

export const { clusters, bindings } = deployInfrastructure(platform.verifiedModel(), { aws: awsResources() });
