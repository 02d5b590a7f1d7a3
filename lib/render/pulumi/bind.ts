import * as pulumi from '@pulumi/pulumi';
import { PlatformError } from '../../model/errors.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import type { PlatformModel } from '../../model/platform-model.ts';
import { markersIn, type RefScalar, substitute } from '../../model/value.ts';
import { listed, usesOf } from '../bindings.ts';

/** What fills the references, by id. */
export type RefOutputs = ReadonlyMap<string, pulumi.Input<RefScalar>>;

/** A document in which the leaves that held references are Outputs; everything else is plain. */
export type Bound = string | number | boolean | null | pulumi.Output<RefScalar> | readonly Bound[] | BoundObject;

export interface BoundObject {
  readonly [key: string]: Bound;
}

/** @throws PlatformError REF-002 with every reference that nothing fills and where it is used */
export function requireBound(model: PlatformModel, ids: ReadonlySet<string>): void {
  const unbound = usesOf(model).filter((use) => !ids.has(use.id));
  if (unbound.length === 0) return;
  throw new PlatformError(
    'REF-002',
    model.name,
    `references without a value: ${listed(unbound)}`,
    "Pass their values to the deployment: deploy(model, clouds, { refs: { '…': output } }).",
  );
}

/**
 * The document with every reference bound to its Output, leaf by leaf: an unknown or secret value makes its own leaf
 * unknown or secret, and no other.
 */
function bindOutputs(value: Json, outputs: RefOutputs): Bound {
  if (typeof value === 'string') return bindText(value, outputs);
  if (Array.isArray(value)) return value.map((item) => bindOutputs(item, outputs));
  return isJsonObject(value) ? bindMembers(value, outputs) : (value as Bound);
}

/** As `bindOutputs`, for what is known to be an object. */
export function bindMembers(value: { readonly [key: string]: Json | undefined }, outputs: RefOutputs): BoundObject {
  const members = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  // From entries, not by assignment: a key such as `__proto__` is carried like any other.
  return Object.fromEntries(members.map(([key, member]) => [key, bindOutputs(member, outputs)]));
}

function bindText(text: string, outputs: RefOutputs): string | pulumi.Output<RefScalar> {
  const markers = markersIn(text);
  if (markers.length === 0) return text;
  const ids = [...new Set(markers.map((marker) => marker.id))];
  const bound = pulumi
    .all(ids.map((id) => outputs.get(id) ?? ''))
    .apply((values) => substitute(text, (marker) => values[ids.indexOf(marker.id)] ?? ''));
  return markers.some((marker) => marker.secret) ? pulumi.secret(bound) : bound;
}
