import * as pulumi from '@pulumi/pulumi';
import { PlatformError, throwAll } from '../../model/errors.ts';
import type { CloudId, ClusterModel, PlatformModel } from '../../model/platform-model.ts';
import type { RefScalar } from '../../model/value.ts';
import { usesOf } from '../bindings.ts';
import type { RefOutputs } from './bind.ts';
import { type CloudHalf, type CloudResources, type ClusterResources, refNames } from './cloud-resources.ts';
import { Component } from './resources.ts';

/** A cluster and who makes it. */
export interface Planned {
  readonly cluster: ClusterModel;
  readonly half: CloudHalf<CloudId>;
}

/** A cluster that is made, with nothing in it yet. */
export interface MadeCluster extends Planned {
  readonly component: Component;
  readonly resources: ClusterResources;
}

/** References that are no secrets, with their values. */
export type BindingOutputs = Readonly<Record<string, pulumi.Output<RefScalar>>>;

/**
 * Finds the half for each cluster.
 *
 * @throws PlatformError PULUMI-001 when there is none for a cloud; what a half refuses; an AggregateError when there are
 *   several
 */
export function plan(platform: PlatformModel, clouds: CloudResources): readonly Planned[] {
  const problems: PlatformError[] = [];
  const planned = platform.clusters.flatMap((cluster) => {
    const { id } = cluster.cloud;
    const half = clouds[id];
    if (half === undefined) {
      problems.push(
        new PlatformError(
          'PULUMI-001',
          cluster.path,
          `nothing makes clusters of '${id}'`,
          `Pass it to the deployment: deploy(model, { ${id}: ${id}Resources() }).`,
        ),
      );
      return [];
    }
    problems.push(...half.refuse(cluster));
    return [{ cluster, half }];
  });
  throwAll(problems);
  return planned;
}

/** Makes network, control plane, identities and pools of each cluster. */
export function makeClusters(planned: readonly Planned[]): readonly MadeCluster[] {
  return planned.map(({ cluster, half }) => {
    const component = new Component('Cluster', cluster.name);
    return { cluster, half, component, resources: half.cluster(cluster, component) };
  });
}

/** What the clusters supply for the references, by id. */
export function outputsOf(made: readonly MadeCluster[]): RefOutputs {
  return new Map(
    made.flatMap(({ cluster, resources }) =>
      Object.entries(resources.refs).map(([name, value]) => [`${cluster.name}/${name}`, value] as const),
    ),
  );
}

/** All outputs but those that the cloud, or a place where one is used, calls secret. */
export function bindingsOf(platform: PlatformModel, planned: readonly Planned[], outputs: RefOutputs): BindingOutputs {
  const secrets = new Set(usesOf(platform).flatMap((use) => (use.secret ? [use.id] : [])));
  for (const { cluster, half } of planned) {
    for (const [name, secrecy] of Object.entries(refNames(half, cluster)))
      if (secrecy === 'secret') secrets.add(`${cluster.name}/${name}`);
  }
  return Object.fromEntries(
    [...outputs].filter(([id]) => !secrets.has(id)).map(([id, value]) => [id, pulumi.output(value)]),
  );
}
