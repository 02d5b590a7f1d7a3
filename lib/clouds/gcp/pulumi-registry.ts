import { Repository } from '@pulumi/gcp/artifactregistry/repository.js';
import * as pulumi from '@pulumi/pulumi';
import type { GcpContext } from './pulumi-context.ts';
import { agentOf, keyFor } from './pulumi-key.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** A repository for images whose tags never change their meaning. The nodes may pull from it as they are. */
export function makeRegistry(context: GcpContext, { apis, key }: ServiceBasis): MadeService<'registry'> {
  const { cluster, keep, name, project, region } = context;
  const agent = agentOf(context, 'artifactregistry', apis);
  const repository = new Repository(
    name('registry'),
    {
      repositoryId: cluster.name,
      location: region,
      format: 'DOCKER',
      description: `Images of ${cluster.name}`,
      dockerConfig: { immutableTags: true },
      kmsKeyName: keyFor(context, key, 'registry', agent),
    },
    keep,
  );
  return {
    refs: { repositoryUrl: pulumi.interpolate`${region}-docker.pkg.dev/${project}/${repository.repositoryId}` },
  };
}
