import type { ApiObject } from 'cdk8s';
import { pathOf } from '../constructs/names.ts';
import { PlatformError } from '../model/errors.ts';
import type { Manifest } from '../model/kubernetes.ts';

/**
 * The manifest of a cdk8s object: the one place that knows how cdk8s keeps it.
 *
 * @throws PlatformError REF-003 when a Pulumi Output was put into the object, which cdk8s would follow for ever
 */
export function readApiObject(object: ApiObject): Manifest {
  const { props } = object as unknown as { readonly props: object };
  const place = findOutput(props, [], new Set());
  if (place !== undefined) throw outputInManifest(`${pathOf(object)}.${place.join('.')}`);
  return object.toJson() as Manifest;
}

/** The error for an Output of Pulumi where a plain value or a `Ref` belongs. */
export function outputInManifest(where: string): PlatformError {
  return new PlatformError(
    'REF-003',
    where,
    'a Pulumi Output stands in a manifest, where it would print an apology instead of its value',
    "Use a Ref, such as cluster.ref('…'), which the deployment binds to the Output.",
  );
}

function findOutput(value: unknown, path: readonly string[], seen: Set<unknown>): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  if ('__pulumiOutput' in value) return path;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !Array.isArray(value)) return undefined;
  seen.add(value);
  for (const [key, member] of Object.entries(value)) {
    const found = findOutput(member, [...path, key], seen);
    if (found !== undefined) return found;
  }
  return undefined;
}
