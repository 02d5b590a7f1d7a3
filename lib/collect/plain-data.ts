import { Lazy } from 'cdk8s';
import { type Json, setOwn } from '../model/json.ts';

/** Deeper than any reader of the manifests goes; what is deeper contains itself. */
const DEEPEST = 500;
/** A list of keys up to this length is sorted where it stands, which is faster than the general sort. */
const SHORT = 24;

/** What a copy leaves out: members without a value; these and empty lists and objects; nothing. */
export type LeftOut = 'absent' | 'absent or empty' | 'nothing';

/** Why a value cannot stand in a manifest. */
export type Reason = 'output' | 'instance' | 'endless';

/** A value that cannot stand in a manifest. The path is put together on the way out, so that good values pay nothing. */
export class Refusal extends Error {
  readonly reason: Reason;
  readonly path: (string | number)[] = [];

  constructor(reason: Reason, what: string) {
    super(what);
    this.reason = reason;
  }

  under(key: string | number): this {
    this.path.unshift(key);
    return this;
  }
}

/** A copy, and whether a text was met in it that may hold a reference or the print of an Output: rare, and worth a second look. */
export interface PlainCopy {
  readonly value: Json | undefined;
  readonly suspicious: boolean;
}

/**
 * Copies the data of an object into plain, sorted data in one pass. What cdk8s resolves is resolved by the same rules:
 * `Lazy` values, anything with a `resolve` method (a `Ref` of ours), unions of number and string.
 *
 * @throws Refusal for a Pulumi Output, for a class instance or a function, and for a value that contains itself
 */
export function plainCopy(value: unknown, leftOut: LeftOut): PlainCopy {
  const pass: Pass = { leftOut, suspicious: false };
  return { value: copyOf(value, pass, 0), suspicious: pass.suspicious };
}

/**
 * The manifest that `ApiObject.toJson()` makes of the data of an object and of the metadata that cdk8s keeps apart, of
 * which what is empty is left out. The members by which people know an object come first.
 *
 * @throws Refusal as `plainCopy`
 */
export function plainManifest(data: object, metadata: object): PlainCopy {
  const head = copyOfHead(metadata);
  const pass: Pass = { leftOut: 'absent', suspicious: head.suspicious };
  const first = { apiVersion: undefined, kind: undefined, metadata: head.value };
  return { value: copyOfMembers(data as Members, pass, 1, first), suspicious: pass.suspicious };
}

function copyOfHead(metadata: object): PlainCopy {
  try {
    return plainCopy(metadata, 'absent or empty');
  } catch (error) {
    throw error instanceof Refusal ? error.under('metadata') : error;
  }
}

interface Pass {
  readonly leftOut: LeftOut;
  suspicious: boolean;
}

function copyOf(value: unknown, pass: Pass, depth: number): Json | undefined {
  switch (typeof value) {
    case 'string':
      if (value.includes('[')) pass.suspicious = true;
      return value;
    case 'number':
    case 'boolean':
      return value;
    case 'undefined':
      return undefined;
    case 'object':
      if (value !== null) return copyOfObject(value, pass, depth + 1);
      return pass.leftOut === 'nothing' ? null : undefined;
    default:
      throw new Refusal('instance', `a ${typeof value} is not plain data`);
  }
}

function copyOfObject(value: object, pass: Pass, depth: number): Json | undefined {
  if (depth > DEEPEST) throw new Refusal('endless', `it contains itself, or is nested deeper than ${DEEPEST} levels`);
  if (Object.getPrototypeOf(value) === Object.prototype) return copyOfMembers(value as Members, pass, depth);
  if (Array.isArray(value) && !('resolve' in value)) return copyOfItems(value, pass, depth);
  return copyOfToken(value as Token, pass, depth);
}

/** The members in order, after those that are there already; `metadata` among these stays as it is. */
function copyOfMembers(value: Members, pass: Pass, depth: number, first?: Copy): Json | undefined {
  const copy: Copy = first ?? {};
  let isEmpty = true;
  let key = '';
  try {
    for (key of sortedKeys(value)) {
      if (first !== undefined && key === 'metadata') continue;
      const member = value[key];
      if (typeof member === 'function' && key === 'resolve') return copyOf(value['resolve']?.(), pass, depth);
      const plain = copyOf(member, pass, depth);
      if (plain === undefined) continue;
      if (key.includes('[')) pass.suspicious = true;
      if (key === '__proto__') setOwn(copy as Record<string, Json>, key, plain);
      else copy[key] = plain;
      isEmpty = false;
    }
  } catch (error) {
    throw error instanceof Refusal ? error.under(key) : error;
  }
  return isEmpty && pass.leftOut === 'absent or empty' ? undefined : copy;
}

function copyOfItems(list: readonly unknown[], pass: Pass, depth: number): Json | undefined {
  if (list.length === 0 && pass.leftOut === 'absent or empty') return undefined;
  const copy = new Array<Json>(list.length);
  let index = 0;
  try {
    // A place in a list is kept even where its value is left out.
    for (; index < list.length; index++) copy[index] = copyOf(list[index], pass, depth) ?? null;
  } catch (error) {
    throw error instanceof Refusal ? error.under(index) : error;
  }
  return copy;
}

function copyOfToken(value: Token, pass: Pass, depth: number): Json | undefined {
  if ('__pulumiOutput' in value) throw new Refusal('output', 'a Pulumi Output');
  if (value instanceof Lazy) return copyOf(value.produce(), pass, depth);
  if (typeof value.resolve === 'function') return copyOf(value.resolve(), pass, depth);
  if (isPlain(value)) return copyOfMembers(value, pass, depth);
  // cdk8s too keeps an object around the value: the generated classes that use unions take it out.
  const { value: member } = value;
  if (typeof member === 'number' || typeof member === 'string') return copyOfMembers({ value: member }, pass, depth);
  throw new Refusal('instance', `an instance of ${nameOfClass(value)} is not plain data`);
}

type Copy = Record<string, Json | undefined>;
type Members = Record<string, unknown> & { resolve?: () => unknown };
type Token = Members & { readonly value?: unknown };

/** Objects without prototype, of another realm, and those that inherit from a plain object. */
function isPlain(value: object): value is Members {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || value.constructor === Object || Object.getPrototypeOf(prototype) === null;
}

/** The keys in code-unit order. Nearly all lists of keys are short. */
function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  if (keys.length > SHORT) return keys.sort();
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index] as string;
    let place = index;
    for (; place > 0 && (keys[place - 1] as string) > key; place--) keys[place] = keys[place - 1] as string;
    keys[place] = key;
  }
  return keys;
}

function nameOfClass(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'a class';
}
