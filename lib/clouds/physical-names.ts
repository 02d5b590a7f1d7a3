import { createHash } from 'node:crypto';

/**
 * Tells pools apart by what cannot be changed in place. A replacement so has another name, and can be made before the old
 * pool goes.
 */
export function hashOf(immutable: object): string {
  return createHash('sha256').update(JSON.stringify(immutable)).digest('hex').slice(0, 8);
}

/** The name, or its beginning and a hash of the whole where the cloud allows no more characters. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, most - hash.length - 1)}-${hash}`;
}
