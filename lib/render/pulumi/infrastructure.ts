import * as pulumi from '@pulumi/pulumi';
import { PlatformError } from '../../model/errors.ts';
import type { ClusterModel, PlatformModel } from '../../model/platform-model.ts';
import type { RefScalar } from '../../model/value.ts';
import { usesIn } from '../bindings.ts';
import type { CloudHalf, CloudResources } from './cloud-resources.ts';
import { type BindingOutputs, bindingsOf, makeClusters, outputsOf, plan } from './clusters.ts';

/** How another stack reaches a cluster. */
export interface ClusterAccess {
  readonly kubeconfig: string;
  /** Another one means another cluster, in which everything has to be made anew. */
  readonly identifier: string;
}

/** What the stack with the infrastructure exports for the stack with the platform. */
export interface Infrastructure {
  /** The clusters by name. Secret. */
  readonly clusters: Readonly<Record<string, pulumi.Output<ClusterAccess>>>;
  /** Every reference that is no secret. */
  readonly bindings: BindingOutputs;
}

/**
 * Makes the clusters of the platform and nothing in them: the first of two stacks. It exports the result, both members
 * by their names, and a second stack fills the clusters with `deploy` and `stackResources`.
 *
 * @throws PlatformError PULUMI-001 when no half is given for a cloud; what a cloud refuses. Nothing has been made then; an
 *   AggregateError when there are several
 */
export function deployInfrastructure(model: PlatformModel, clouds: CloudResources): Infrastructure {
  const made = makeClusters(plan(model, clouds));
  const access = made.flatMap(({ cluster, resources: { kubeconfig, identifier } }) =>
    kubeconfig === undefined ? [] : [[cluster.name, pulumi.secret(pulumi.output({ kubeconfig, identifier }))] as const],
  );
  return { clusters: Object.fromEntries(access), bindings: bindingsOf(model, made, outputsOf(made)) };
}

/**
 * The Pulumi half of clusters that another stack has made with `deployInfrastructure`:
 * `deploy(model, { aws: stackResources(new StackReference('acme/research-infrastructure/prod')) })`.
 */
export function stackResources(stack: Pick<pulumi.StackReference, 'requireOutput'>): CloudHalf {
  return {
    cloud: 'any',
    refs: (cluster) => Object.fromEntries(refsIn(cluster).map((name) => [name, 'plain'])),
    refuse: () => [],
    cluster: (cluster) => {
      const access = stack
        .requireOutput('clusters')
        .apply((clusters: Readonly<Record<string, ClusterAccess>>) => exported(clusters, cluster.name, cluster));
      const bindings = stack.requireOutput('bindings') as pulumi.Output<Readonly<Record<string, RefScalar>>>;
      const bound = (name: string) =>
        bindings.apply((values) => String(exported(values, `${cluster.name}/${name}`, cluster)));
      return {
        kubeconfig: access.kubeconfig,
        // It came in one piece with the kubeconfig, and is no secret itself.
        identifier: pulumi.unsecret(access.identifier),
        ready: [],
        refs: Object.fromEntries(refsIn(cluster).map((name) => [name, bound(name)])),
      };
    },
  };
}

/** Names of the cluster's own references that its objects hold. Secret ones are not handed from stack to stack. */
function refsIn(cluster: ClusterModel): readonly string[] {
  const prefix = `${cluster.name}/`;
  const ids = usesIn(cluster).flatMap(({ id, secret }) => (id.startsWith(prefix) && !secret ? [id] : []));
  return [...new Set(ids)].map((id) => id.slice(prefix.length)).sort();
}

/**
 * One of the things that the first stack exports.
 *
 * @throws PlatformError PULUMI-004 when it does not
 */
export function exported<T>(values: Readonly<Record<string, T>>, key: string, cluster: ClusterModel): T {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (value !== undefined) return value;
  throw new PlatformError(
    'PULUMI-004',
    cluster.path,
    `the stack with the infrastructure exports no '${key}'`,
    'Deploy that stack from the same program first, and export what deployInfrastructure gives.',
  );
}
