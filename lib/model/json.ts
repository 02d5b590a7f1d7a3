/** A value that survives `JSON.stringify` unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A plain object of JSON values; an absent member may be written as `undefined`. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Whether the value is a JSON object rather than a list or a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member at a path of keys, or `undefined` when any step is missing. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of path) {
    if (Array.isArray(here)) here = here[Number(key)];
    else if (isJsonObject(here)) here = Object.hasOwn(here, key) ? here[key] : undefined;
    else return undefined;
  }
  return here;
}

/** The objects of a list, or nothing when the value is not a list. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return NONE;
  // Nearly all lists hold nothing else, and rules ask for the same ones again and again.
  for (let index = 0; index < value.length; index++) if (!isJsonObject(value[index])) return value.filter(isJsonObject);
  return value as readonly JsonObject[];
}

const NONE: readonly JsonObject[] = [];

/**
 * Calls `visit` for every string of the value, keys included, with the path of keys that leads to it. The path is one
 * list for all calls: who keeps it takes a copy.
 */
export function visitStrings(
  value: Json | undefined,
  visit: (text: string, path: readonly string[], isKey: boolean) => void,
  path: string[] = [],
): void {
  if (typeof value === 'string') visit(value, path, false);
  else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      path.push(String(index));
      visitStrings(value[index], visit, path);
      path.pop();
    }
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      path.push(key);
      visit(key, path, true);
      visitStrings(value[key], visit, path);
      path.pop();
    }
  }
}

/** Whether any string of the value, but for keys, passes the test: for documents of which few hold what is sought. */
export function someText(value: Json | undefined, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (someText(value[index], test)) return true;
    return false;
  }
  const members = value as JsonObject;
  // A plain object inherits nothing enumerable, and `for in` is the fastest way through its members.
  for (const key in members) if (someText(members[key], test)) return true;
  return false;
}

/** The same value with keys in code-unit order, absent members dropped: equal values give equal text. */
export function sorted<T extends Json>(value: T): T;
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => sorted(item));
  if (!isJsonObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) setOwn(result, key, sorted(member));
  }
  return result;
}

/** Sets a member by definition, so that a key such as `__proto__` is carried like any other. */
export function setOwn(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** `override` laid over `base`: objects are merged member by member, anything else replaces. */
export function merge(base: Json, override: Json | undefined): Json {
  if (override === undefined) return base;
  if (!isJsonObject(base) || !isJsonObject(override)) return override;
  const result: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(base), ...Object.keys(override)])) {
    const [under, over] = [base[key], override[key]];
    const merged = under === undefined ? over : merge(under, over);
    if (merged !== undefined) setOwn(result, key, merged);
  }
  return result;
}
