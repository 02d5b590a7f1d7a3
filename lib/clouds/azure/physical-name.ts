import { hashOf } from '../physical-names.ts';
import type { AzureContext } from './pulumi-context.ts';

/**
 * A name that nobody else in the world has: letters and digits, at most 24.
 *
 * @param part tells several resources of a kind apart
 */
export function worldwideName({ cluster, location, settings }: AzureContext, part?: string): string {
  const { subscriptionId } = settings;
  const { name } = cluster;
  const hash = hashOf({ subscriptionId, location, name, ...(part === undefined ? {} : { part }) });
  return `${name.replaceAll('-', '').slice(0, 16)}${hash}`;
}
