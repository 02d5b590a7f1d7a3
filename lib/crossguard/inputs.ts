import { isJsonObject, type Json } from '../model/json.ts';

/** Stands for what only the deployment will tell. */
export const UNKNOWN = Symbol('unknown');

/** The inputs of a resource, or a part of them. */
export type Input = string | number | boolean | null | typeof UNKNOWN | readonly Input[] | InputObject;
export interface InputObject {
  readonly [key: string]: Input;
}

/** A text that came from a secret reference, or what a rule sees of an unknown value: for both, something that is elsewhere. */
export const ELSEWHERE = '[[ref:string:secret:raw:stack]]';

/** The inputs as plain data. A policy pack gets them in a wrapper that throws when an unknown member is read. */
export function readInputs(value: unknown): Input {
  if (typeof value !== 'object' || value === null) return value as Input;
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => member(value, index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, member(value, key)]));
}

function member(holder: object, key: string | number): Input {
  let value: unknown;
  try {
    value = Reflect.get(holder, key);
  } catch {
    return UNKNOWN;
  }
  return readInputs(value);
}

/** The document with the leaves at these paths, where there are such, taken for secret references. */
export function hide(value: Input, paths: readonly (readonly string[])[]): Input {
  if (paths.length === 0) return value;
  if (paths.some((path) => path.length === 0)) return ELSEWHERE;
  const below = (key: string) => paths.flatMap(([first, ...rest]) => (first === key ? [rest] : []));
  if (Array.isArray(value)) return value.map((item: Input, index) => hide(item, below(String(index))));
  if (!isInputObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item, below(key))]));
}

/**
 * The document as rules read it: an unknown member reads as something that is elsewhere, and `touched` is told its path.
 * Parts without unknown members are not copied.
 */
export function watched(value: Input, touched: (path: string) => void, path = ''): Json {
  return hasUnknown(value) ? watch(value, touched, path) : (value as Json);
}

function watch(value: Input, touched: (path: string) => void, path: string): Json {
  if (typeof value !== 'object' || value === null) return value as Json;
  const copy: object = Array.isArray(value) ? [] : {};
  for (const [key, item] of Object.entries(value) as [string, Input][]) {
    const here = path === '' ? key : `${path}.${key}`;
    const get = () => {
      touched(here);
      return ELSEWHERE;
    };
    const descriptor = item === UNKNOWN ? { get } : { value: watched(item, touched, here) };
    Object.defineProperty(copy, key, { ...descriptor, enumerable: true, configurable: true });
  }
  return copy as Json;
}

function hasUnknown(value: Input): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown);
}

export function isInputObject(value: Input | undefined): value is InputObject {
  return isJsonObject(value);
}
