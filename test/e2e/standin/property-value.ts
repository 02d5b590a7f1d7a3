/**
 * Values as the Pulumi engine sends them to a provider: plain JSON in which a secret is wrapped and a value that a
 * preview cannot know is a fixed text.
 */

import type { JavaScriptValue, Struct } from 'google-protobuf/google/protobuf/struct_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** Stands for a value that is known only after deployment. Part of the provider protocol. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** The key that marks an object as a wrapped value, and the mark of a secret. Part of the provider protocol. */
export const SIGNATURE = '4dabf18193072939515e22adb298388d';
export const SECRET = '1b47061264138c4ac30d75fd1eb44270';

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
export const isSecret = (value: Json | undefined): value is JsonObject =>
  isObject(value) && value[SIGNATURE] === SECRET;

export const secret = (value: Json): JsonObject => ({ [SIGNATURE]: SECRET, value });

/** The same value without the wrappers of secrets, at any depth. */
export function reveal(value: Json): Json {
  if (isSecret(value)) return reveal(value['value'] ?? null);
  return mapChildren(value, reveal);
}

export function hasUnknown(value: Json): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

export function mapChildren(value: Json, map: (child: Json) => Json): Json {
  if (isList(value)) return value.map(map);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, map(child)]));
  return value;
}

/** Equality of content; the order of keys does not count. */
const sameValue = (a: Json | undefined, b: Json | undefined): boolean =>
  JSON.stringify(sorted(a ?? null)) === JSON.stringify(sorted(b ?? null));

function sorted(value: Json): Json {
  if (!isObject(value)) return mapChildren(value, sorted);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}

/** Names of the top-level properties that differ. Names that begin with two underscores are the engine's own. */
export const changedKeys = (olds: JsonObject, news: JsonObject): string[] =>
  [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => !key.startsWith('__') && !sameValue(olds[key], news[key]),
  );

export const fromStruct = (value: Struct | undefined): JsonObject => (value?.toJavaScript() as JsonObject) ?? {};
export const toStruct = (value: JsonObject): Struct =>
  struct.Struct.fromJavaScript(value as Record<string, JavaScriptValue>);

/** The type token and the name in a URN: `urn:pulumi:stack::project::parent$type::name`. */
export function parseUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = '', ...name] = urn.split('::');
  return { type: types.split('$').at(-1) ?? '', name: name.join('::') };
}
