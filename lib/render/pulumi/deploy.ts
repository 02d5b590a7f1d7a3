import { Provider } from '@pulumi/kubernetes/provider.js';
import * as pulumi from '@pulumi/pulumi';
import { PlatformError, throwAll } from '../../model/errors.ts';
import type { ClusterModel, PlatformModel } from '../../model/platform-model.ts';
import type { RefScalar } from '../../model/value.ts';
import { usesOf } from '../bindings.ts';
import { type RefOutputs, requireBound } from './bind.ts';
import { type CloudHalf, type CloudResources, type ClusterResources, refNames } from './cloud-resources.ts';
import { Component } from './resources.ts';
import { withoutRunOnce } from './run-once.ts';
import { deployUnits } from './units.ts';

/** What a program may add to a deployment. */
export interface DeployOptions {
  /**
   * Values for the references that the program itself made with `Ref.string('…')`, by id.
   *
   * @default - the references that the clouds supply
   */
  readonly refs?: Readonly<Record<string, pulumi.Input<RefScalar>>>;
  /**
   * Run-once units to start, as `cluster/unit`: `east/job-vision-resnet`. They are started once, are not changed by later
   * deployments and keep running when they are taken out of the list.
   *
   * @default - none: jobs are submitted by whoever runs them
   */
  readonly runOnce?: readonly string[];
}

/** What a deployment gives back to the program. */
export interface Deployment {
  readonly clusters: Readonly<Record<string, DeployedCluster>>;
  /**
   * Every reference that is no secret, for `export const bindings = …`: the file that the GitOps renderer reads.
   */
  readonly bindings: Readonly<Record<string, pulumi.Output<RefScalar>>>;
}

/** One cluster of a deployment. */
export interface DeployedCluster {
  /** For objects that the program puts into the cluster itself. */
  readonly provider: Provider;
  /** Secret. Absent when the cluster is reached through the user's own kubeconfig. */
  readonly kubeconfig?: pulumi.Output<string>;
  /** The references of this cluster by name, such as `vpcId`. */
  readonly refs: Readonly<Record<string, pulumi.Output<string>>>;
}

interface Planned {
  readonly cluster: ClusterModel;
  readonly half: CloudHalf;
}

/**
 * Makes the whole platform: each cluster with its cloud's half, and in it every object and chart, in the order of the
 * model's own graph.
 *
 * @throws PlatformError PULUMI-001 when no half is given for a cloud; REF-002 for references that nothing fills; what a
 *   cloud refuses. Nothing has been made then; an AggregateError when there are several
 */
export function deploy(model: PlatformModel, clouds: CloudResources, options: DeployOptions = {}): Deployment {
  const platform = withoutRunOnce(model, options.runOnce);
  const planned = plan(platform, clouds);
  const own = options.refs ?? {};
  const offered = planned.flatMap(({ cluster, half }) =>
    Object.keys(refNames(half, cluster)).map((name) => `${cluster.name}/${name}`),
  );
  requireBound(platform, new Set([...offered, ...Object.keys(own)]));

  const made = planned.map((one) => ({ ...one, ...makeCluster(one) }));
  const outputs: RefOutputs = new Map([
    ...made.flatMap(({ cluster, resources }) =>
      Object.entries(resources.refs).map(([name, value]) => [`${cluster.name}/${name}`, value] as const),
    ),
    ...Object.entries(own),
  ]);
  for (const { cluster, component, provider, resources } of made) {
    const { resource } = resources;
    const deletedWith = resource === undefined ? {} : { deletedWith: resource };
    deployUnits(cluster, outputs, { parent: component, provider, ...deletedWith });
  }
  return {
    clusters: Object.fromEntries(made.map((one) => [one.cluster.name, deployedCluster(one)])),
    bindings: bindings(platform, planned, outputs),
  };
}

function plan(platform: PlatformModel, clouds: CloudResources): readonly Planned[] {
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

function makeCluster({ cluster, half }: Planned) {
  const component = new Component('Cluster', cluster.name);
  const resources = half.cluster(cluster, component);
  const { kubeconfig, context, identifier, ready } = resources;
  const provider = new Provider(
    cluster.name,
    {
      ...(kubeconfig === undefined ? {} : { kubeconfig: pulumi.secret(kubeconfig) }),
      ...(context === undefined ? {} : { context }),
      clusterIdentifier: identifier,
      enableServerSideApply: true,
      // Names are ours and stay, so a change is an update, as it is everywhere else; the default would delete first.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    },
    // Everything in the cluster waits for its provider, and so for nodes that can run it.
    { parent: component, dependsOn: [...ready] },
  );
  return { component, resources, provider };
}

function deployedCluster({
  provider,
  resources,
}: {
  provider: Provider;
  resources: ClusterResources;
}): DeployedCluster {
  const { kubeconfig, refs } = resources;
  return { provider, refs, ...(kubeconfig === undefined ? {} : { kubeconfig: pulumi.secret(kubeconfig) }) };
}

/** All outputs but those that the cloud, or a place where one is used, calls secret. */
function bindings(platform: PlatformModel, planned: readonly Planned[], outputs: RefOutputs): Deployment['bindings'] {
  const secrets = new Set(usesOf(platform).flatMap((use) => (use.secret ? [use.id] : [])));
  for (const { cluster, half } of planned) {
    for (const [name, secrecy] of Object.entries(refNames(half, cluster)))
      if (secrecy === 'secret') secrets.add(`${cluster.name}/${name}`);
  }
  return Object.fromEntries(
    [...outputs].filter(([id]) => !secrets.has(id)).map(([id, value]) => [id, pulumi.output(value)]),
  );
}
