import { Provider } from '@pulumi/kubernetes/provider.js';
import * as pulumi from '@pulumi/pulumi';
import { factsOf } from '../../model/cluster-facts.ts';
import type { PlatformModel } from '../../model/platform-model.ts';
import type { RefScalar } from '../../model/value.ts';
import { bindMembers, type RefOutputs, requireBound } from './bind.ts';
import { type CloudResources, refNames } from './cloud-resources.ts';
import { type BindingOutputs, bindingsOf, type MadeCluster, makeClusters, outputsOf, plan } from './clusters.ts';
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
  readonly bindings: BindingOutputs;
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

  const made = makeClusters(planned).map((one) => ({ ...one, provider: makeProvider(one) }));
  const outputs: RefOutputs = new Map([...outputsOf(made), ...Object.entries(own)]);
  for (const { cluster, component, provider, resources } of made) {
    const { resource } = resources;
    const deletedWith = resource === undefined ? {} : { deletedWith: resource };
    // For the rules of a policy pack, which see the stack and not the program (lib/crossguard).
    const facts = bindMembers(factsOf(platform, cluster), outputs);
    new Component('Facts', cluster.name, { parent: component }, facts);
    deployUnits(cluster, outputs, { parent: component, provider, ...deletedWith });
  }
  return {
    clusters: Object.fromEntries(made.map((one) => [one.cluster.name, deployedCluster(one)])),
    bindings: bindingsOf(platform, planned, outputs),
  };
}

function makeProvider({ cluster, component, resources }: MadeCluster): Provider {
  const { kubeconfig, context, identifier, ready } = resources;
  return new Provider(
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
}

function deployedCluster({ provider, resources }: MadeCluster & { readonly provider: Provider }): DeployedCluster {
  const { kubeconfig, refs } = resources;
  return { provider, refs, ...(kubeconfig === undefined ? {} : { kubeconfig: pulumi.secret(kubeconfig) }) };
}
