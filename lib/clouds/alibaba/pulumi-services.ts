import type { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import { Key } from '@pulumi/alicloud/kms/key.js';
import * as pulumi from '@pulumi/pulumi';
import type { AlibabaService, alibabaServiceRefs } from './facts.ts';
import { makeBucket } from './pulumi-bucket.ts';
import type { AlibabaContext } from './pulumi-context.ts';
import { makeDatabase } from './pulumi-database.ts';
import { makeFileSystem } from './pulumi-file-system.ts';
import type { AlibabaNetwork } from './pulumi-network.ts';
import { takesKey } from './settings.ts';

/** What the services for data stand on. */
export interface ServiceBasis {
  readonly cluster: ManagedKubernetes;
  readonly network: AlibabaNetwork;
  /** Id of the key that encrypts what is stored; empty when nothing takes one. */
  readonly key: pulumi.Output<string>;
}

/** A service that was made. */
export interface MadeService<Service extends AlibabaService> {
  readonly refs: Readonly<Record<keyof (typeof alibabaServiceRefs)[Service], pulumi.Output<string>>>;
  /** What must be there before the first object of the cluster. */
  readonly ready: readonly pulumi.Resource[];
}

const MAKERS: {
  readonly [Service in AlibabaService]: (context: AlibabaContext, basis: ServiceBasis) => MadeService<Service>;
} = { objectStore: makeBucket, fileSystem: makeFileSystem, database: makeDatabase };

/** The services that the cluster asks for. */
export function makeServices(
  context: AlibabaContext,
  basis: Omit<ServiceBasis, 'key'>,
): { readonly refs: Readonly<Record<string, pulumi.Output<string>>>; readonly ready: readonly pulumi.Resource[] } {
  const { settings } = context;
  const key = takesKey(settings) ? keyOf(context) : pulumi.output('');
  const made = settings.services.map((service) => MAKERS[service](context, { ...basis, key }));
  return { refs: Object.assign({}, ...made.map(({ refs }) => refs)), ready: made.flatMap(({ ready }) => ready) };
}

/** The key that was given, or the default key of the region, which nobody has enabled yet. Others would be a purchase. */
function keyOf({ cluster, keep, name, options, tags }: AlibabaContext): pulumi.Output<string> {
  const { dataKey, deletionProtection = true } = options;
  if (dataKey !== undefined) return pulumi.output(dataKey);
  return new Key(
    name('data'),
    {
      description: `Data of cluster ${cluster.name}`,
      deletionProtection: deletionProtection ? 'Enabled' : 'Disabled',
      tags,
    },
    keep,
  ).id;
}
