import type * as pulumi from '@pulumi/pulumi';
import { PlatformError } from '../../model/errors.ts';
import type { CloudHalf } from './cloud-resources.ts';

/** How a cluster that exists is reached. */
export interface ExistingOptions {
  /**
   * Text of a kubeconfig, or the path of one.
   *
   * @default - the user's own kubeconfig, of which a context has to be named
   */
  readonly kubeconfig?: pulumi.Input<string>;
  /**
   * Context of the kubeconfig.
   *
   * @default - the context that the cluster names, `existing({ context })`; else the current one of the given kubeconfig
   */
  readonly context?: string;
}

/**
 * The Pulumi half of clusters that exist already, on any cloud: nothing is made outside of Kubernetes. It also serves a
 * second stack whose clusters a first one has made.
 */
export function existingResources(options: ExistingOptions = {}): CloudHalf {
  const contextOf = (settings: { readonly context?: unknown }) =>
    options.context ?? (typeof settings.context === 'string' ? settings.context : undefined);
  return {
    cloud: 'any',
    refs: {},
    refuse: ({ path, cloud }) =>
      options.kubeconfig === undefined && contextOf(cloud.settings) === undefined
        ? [
            new PlatformError(
              'PULUMI-003',
              path,
              'nothing says which cluster this is, and the current context of whoever deploys may be any',
              "Name a context, existing({ context: '…' }), or pass existingResources({ kubeconfig }).",
            ),
          ]
        : [],
    cluster: ({ name, cloud }) => {
      const context = contextOf(cloud.settings);
      return {
        ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
        ...(context === undefined ? {} : { context }),
        identifier: context ?? name,
        ready: [],
        refs: {},
      };
    },
  };
}
