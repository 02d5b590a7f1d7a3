import { Lazy } from 'cdk8s';
import { isSuspiciousKey, mayBeCredential, mayNameCredential } from '../model/credentials.ts';
import { type Json, type JsonObject, setOwn } from '../model/json.ts';
import type { Suspicions } from '../model/platform-model.ts';
import { Shape } from '../model/shape.ts';

/** Deeper than any reader of the manifests goes; what is deeper contains itself. */
const DEEPEST = 500;
/** What is left out: members without a value; these and empty lists and objects; nothing. */
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

/** Plain data, and what was seen in it on the way that is rare and worth a second look. */
export interface PlainData extends Suspicions {
  readonly value: Json | undefined;
}

/**
 * The data of an object as plain data, in one pass. What cdk8s resolves is resolved by the same rules: `Lazy` values,
 * anything with a `resolve` method (a `Ref` of ours), unions of number and string. What is plain already, as most data are,
 * is not copied: nobody who gets a manifest may change it.
 *
 * @throws Refusal for a Pulumi Output, for a class instance or a function, and for a value that contains itself
 */
export function plainData(value: unknown, leftOut: LeftOut): PlainData {
  const pass: Pass = { leftOut, mayRefer: false, mayLeak: false };
  return { value: plain(value, pass, 0), mayRefer: pass.mayRefer, mayLeak: pass.mayLeak };
}

interface Pass {
  readonly leftOut: LeftOut;
  mayRefer: boolean;
  mayLeak: boolean;
}

function plain(value: unknown, pass: Pass, depth: number): Json | undefined {
  switch (typeof value) {
    case 'string':
      noteText(value, pass);
      return value;
    case 'number':
    case 'boolean':
      return value;
    case 'undefined':
      return undefined;
    case 'object':
      if (value !== null) return plainObject(value, pass, depth + 1);
      return pass.leftOut === 'nothing' ? null : undefined;
    default:
      throw new Refusal('instance', `a ${typeof value} is not plain data`);
  }
}

/** No reference and no credential is shorter. */
const SHORTEST = 8;

function noteText(text: string, pass: Pass): void {
  if (text.length < SHORTEST) return;
  if (text.includes('[')) pass.mayRefer = true;
  if (mayBeCredential(text)) pass.mayLeak = true;
}

/** What the keys of an object tell. */
interface KeySuspicions extends Suspicions {
  /** Whether it is a name with its value, as an environment variable is written. */
  readonly isSetting: boolean;
}

const NO_KEYS: Shape<KeySuspicions> = Shape.none((keys) => ({
  mayRefer: keys.some((key) => key.includes('[')),
  mayLeak: keys.some(isSuspiciousKey),
  isSetting: keys.includes('name') && keys.includes('value'),
}));

function noteKeys({ mayRefer, mayLeak, isSetting }: KeySuspicions, { name }: Members, pass: Pass): void {
  if (mayRefer) pass.mayRefer = true;
  if (mayLeak || (isSetting && mayNameCredential(String(name)))) pass.mayLeak = true;
}

function plainObject(value: object, pass: Pass, depth: number): Json | undefined {
  if (depth > DEEPEST) throw new Refusal('endless', `it contains itself, or is nested deeper than ${DEEPEST} levels`);
  if (Object.getPrototypeOf(value) === Object.prototype) return plainMembers(value as Members, pass, depth);
  if (Array.isArray(value) && !('resolve' in value)) return plainItems(value, pass, depth);
  return plainToken(value as Token, pass, depth);
}

function plainMembers(value: Members, pass: Pass, depth: number): Json | undefined {
  // Made at the first member that cannot stay as it is.
  let copy: Record<string, Json> | undefined;
  let shape = NO_KEYS;
  let key = '';
  try {
    // A plain object inherits nothing enumerable, and `for in` is the fastest way through its members.
    for (key in value) {
      const member = value[key];
      if (typeof member === 'function' && key === 'resolve') return plain(value['resolve']?.(), pass, depth);
      const good = plain(member, pass, depth);
      if (good === undefined || good !== member) copy ??= membersBefore(key, value);
      if (good === undefined) continue;
      if (copy !== undefined) setOwn(copy, key, good);
      shape = shape.with(key);
    }
  } catch (error) {
    throw error instanceof Refusal ? error.under(key) : error;
  }
  if (shape === NO_KEYS && pass.leftOut === 'absent or empty') return undefined;
  noteKeys(shape.fact, value, pass);
  return copy ?? (value as JsonObject);
}

function membersBefore(key: string, value: Members): Record<string, Json> {
  const copy: Record<string, Json> = {};
  for (const before in value) {
    if (before === key) break;
    setOwn(copy, before, value[before] as Json);
  }
  return copy;
}

function plainItems(list: readonly unknown[], pass: Pass, depth: number): Json | undefined {
  if (list.length === 0 && pass.leftOut === 'absent or empty') return undefined;
  let copy: Json[] | undefined;
  let index = 0;
  try {
    for (; index < list.length; index++) {
      // A place in a list is kept even where its value is left out.
      const good = plain(list[index], pass, depth) ?? null;
      // Command lines are lists.
      if (typeof good === 'string' && mayNameCredential(good)) pass.mayLeak = true;
      if (good !== list[index]) copy ??= list.slice(0, index) as Json[];
      copy?.push(good);
    }
  } catch (error) {
    throw error instanceof Refusal ? error.under(index) : error;
  }
  return copy ?? (list as readonly Json[]);
}

function plainToken(value: Token, pass: Pass, depth: number): Json | undefined {
  if ('__pulumiOutput' in value) throw new Refusal('output', 'a Pulumi Output');
  if (value instanceof Lazy) return plain(value.produce(), pass, depth);
  if (typeof value.resolve === 'function') return plain(value.resolve(), pass, depth);
  if (isPlain(value)) return plainMembers({ ...value }, pass, depth);
  // cdk8s too keeps an object around the value: the generated classes that use unions take it out.
  const { value: member } = value;
  if (typeof member === 'number' || typeof member === 'string') return plainMembers({ value: member }, pass, depth);
  throw new Refusal('instance', `an instance of ${nameOfClass(value)} is not plain data`);
}

type Members = Record<string, unknown> & { readonly name?: unknown; resolve?: () => unknown };
type Token = Members & { readonly value?: unknown };

/** Objects without prototype, of another realm, and those that inherit from a plain object. */
function isPlain(value: object): value is Members {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || value.constructor === Object || Object.getPrototypeOf(prototype) === null;
}

function nameOfClass(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'a class';
}
