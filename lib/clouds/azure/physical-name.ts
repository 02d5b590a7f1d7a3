import { hashOf } from '../physical-names.ts';
import type { AzureContext } from './pulumi-context.ts';

/**
 * A name that nobody else in the world has: letters and digits, a letter first, at most 24.
 *
 * @param part tells several resources of a kind apart
 */
export function worldwideName({ cluster, location, settings }: AzureContext, part?: string): string {
  const { subscriptionId } = settings;
  const { name } = cluster;
  const hash = hashOf({ subscriptionId, location, name, ...(part === undefined ? {} : { part }) });
  const letters = name.replaceAll('-', '');
  return `${(/^[a-z]/.test(letters) ? letters : `c${letters}`).slice(0, 16)}${hash}`;
}
