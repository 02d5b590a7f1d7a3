import type * as pulumi from '@pulumi/pulumi';
import type { PlatformError } from '../../model/errors.ts';
import type { CloudId, ClusterModel } from '../../model/platform-model.ts';

/**
 * The Pulumi half of a cloud. Every kind of resource that the model can ask for is a member, so that a cloud which lacks
 * one does not compile.
 */
export interface CloudHalf<Id extends CloudId = never> {
  /** Whose clusters it makes: given for another cloud, it does not compile. `any` reaches clusters that are there. */
  readonly cloud: Id | 'any';
  /** Names of the references that it supplies for each cluster, or for this one, and whether they are secret. */
  readonly refs: RefNames | ((cluster: ClusterModel) => RefNames);
  /** What of the cluster it cannot honour. Asked for every cluster before anything is made. */
  refuse(cluster: ClusterModel): readonly PlatformError[];
  /** Makes network, control plane, identities and pools below `parent`, under names that begin with the cluster's. */
  cluster(cluster: ClusterModel, parent: pulumi.Resource): ClusterResources;
}

/** References by name, with whether their value may be shown. */
export type RefNames = Readonly<Record<string, 'plain' | 'secret'>>;

/** The references that the half supplies for the cluster. */
export function refNames(half: CloudHalf<CloudId>, cluster: ClusterModel): RefNames {
  return typeof half.refs === 'function' ? half.refs(cluster) : half.refs;
}

/** Which half makes the clusters of which cloud: `{ aws: awsResources() }`. */
export type CloudResources = { readonly [Id in CloudId]?: CloudHalf<Id> };

/** A cluster as the in-cluster half needs it. */
export interface ClusterResources {
  /** Text of a kubeconfig, or the path of one. */
  readonly kubeconfig?: pulumi.Input<string>;
  /** Context of the kubeconfig. */
  readonly context?: string;
  /** Only when it changes are the objects made anew: the cluster is another one. */
  readonly identifier: pulumi.Input<string>;
  /** The resource whose deletion takes the objects along; absent when the cluster was there before. */
  readonly resource?: pulumi.Resource;
  /** What must be there before the first object. */
  readonly ready: readonly pulumi.Resource[];
  /** The values of `refs`. */
  readonly refs: Readonly<Record<string, pulumi.Output<string>>>;
}
