import { Repository } from '@pulumi/gcp/artifactregistry/repository.js';
import type { Cluster } from '@pulumi/gcp/container/cluster.js';
import * as pulumi from '@pulumi/pulumi';
import type { GcpService, gcpServiceRefs } from './facts.ts';
import { makeBucket } from './pulumi-bucket.ts';
import type { GcpContext } from './pulumi-context.ts';

/** A service that was made. */
export interface MadeService<Service extends GcpService> {
  readonly refs: Readonly<Record<keyof (typeof gcpServiceRefs)[Service], pulumi.Output<string>>>;
  /** What must be there before the first object of the cluster. */
  readonly ready?: readonly pulumi.Resource[];
}

const MAKERS: { readonly [Service in GcpService]: (context: GcpContext, cluster: Cluster) => MadeService<Service> } = {
  objectStore: makeBucket,
  registry: makeRegistry,
};

/** The services that the cluster asks for. */
export function makeServices(
  context: GcpContext,
  cluster: Cluster,
): { readonly refs: Readonly<Record<string, pulumi.Output<string>>>; readonly ready: readonly pulumi.Resource[] } {
  const made = context.settings.services.map((service) => MAKERS[service](context, cluster));
  return { refs: Object.assign({}, ...made.map(({ refs }) => refs)), ready: made.flatMap(({ ready = [] }) => ready) };
}

/** A repository for images whose tags never change their meaning. The nodes may pull from it as they are. */
function makeRegistry({ cluster, keep, name, project, region }: GcpContext): MadeService<'registry'> {
  const repository = new Repository(
    name('registry'),
    {
      repositoryId: cluster.name,
      location: region,
      format: 'DOCKER',
      description: `Images of ${cluster.name}`,
      dockerConfig: { immutableTags: true },
    },
    keep,
  );
  return {
    refs: { repositoryUrl: pulumi.interpolate`${region}-docker.pkg.dev/${project}/${repository.repositoryId}` },
  };
}
