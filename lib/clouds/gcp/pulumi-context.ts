import { Provider } from '@pulumi/gcp/provider.js';
import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { GcpOptions } from './pulumi-options.ts';
import { type GcpSettings, gcpSettings } from './settings.ts';

/** What every step of making one cluster needs. */
export interface GcpContext {
  readonly cluster: ClusterModel;
  readonly project: string;
  readonly region: string;
  readonly settings: GcpSettings;
  readonly options: GcpOptions;
  /** Below the cluster's component, by the cluster's own provider. */
  readonly place: { readonly parent: pulumi.Resource; readonly provider: Provider };
  /** As `place`, for what holds data: protected, and left in the project when it leaves the program. */
  readonly keep: pulumi.CustomResourceOptions;
  /** Pulumi name of a resource of the cluster. */
  name(part: string): string;
}

export function gcpContext(cluster: ClusterModel, parent: pulumi.Resource, options: GcpOptions): GcpContext {
  const settings = gcpSettings(cluster);
  const { project } = settings;
  const region = cluster.cloud.region ?? '';
  const { impersonateServiceAccount } = options;
  const provider = new Provider(
    `${cluster.name}/gcp`,
    {
      project,
      region,
      ...(impersonateServiceAccount === undefined ? {} : { impersonateServiceAccount }),
      defaultLabels: { 'cdk8s-ai-cluster': cluster.name },
    },
    { parent },
  );
  const place = { parent, provider };
  return {
    cluster,
    project,
    region,
    settings,
    options,
    place,
    keep: { ...place, protect: options.deletionProtection ?? true, retainOnDelete: true },
    name: (part) => `${cluster.name}/${part}`,
  };
}
