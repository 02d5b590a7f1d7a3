import { isJsonObject, type Json, setOwn } from './json.ts';

/** The scalar types that may be known only after deployment. */
export type RefScalar = string | number | boolean;
type RefTypeName = 'string' | 'number' | 'boolean';
type Encoding = 'raw' | 'json' | 'url';

/** A value that is known now, or the promise of one that a deployment will supply. */
export type Value<T extends RefScalar> = T | Ref<T>;

/** What a marker in a manifest stands for. */
export interface Marker {
  readonly id: string;
  readonly type: RefTypeName;
  readonly secret: boolean;
  readonly encoding: Encoding;
}

/** What fills the references: their ids with plain values, as `pulumi stack output --json` prints them. */
export type Bindings = Readonly<Record<string, RefScalar>>;

const MARKER = /\[\[ref:(string|number|boolean):(plain|secret):(raw|json|url):([A-Za-z0-9._/-]+)\]\]/g;

/**
 * A reference to an identity that exists only after deployment: an endpoint, an ARN, a file-system id.
 *
 * In a manifest it stands as a text marker that carries its own type and secrecy, so no table of references is kept
 * anywhere. As a whole leaf it becomes a value of its type, inside a longer text it becomes part of that text.
 */
export class Ref<T extends RefScalar = string> {
  /** Path of the referred value, such as `east/datasets/bucketName`. */
  readonly id: string;
  readonly type: RefTypeName;
  /** Whether the value must never reach a file or a log. */
  readonly secret: boolean;
  readonly #encoding: Encoding;
  /** Only for the compiler: what the reference resolves to. */
  declare readonly valueType: T;

  private constructor(id: string, type: RefTypeName, secret: boolean, encoding: Encoding) {
    this.id = id;
    this.type = type;
    this.secret = secret;
    this.#encoding = encoding;
  }

  static string(id: string, options: { readonly secret?: boolean } = {}): Ref<string> {
    return new Ref<string>(id, 'string', options.secret ?? false, 'raw');
  }

  static number(id: string): Ref<number> {
    return new Ref<number>(id, 'number', false, 'raw');
  }

  /** The reference as a JSON text, for a place inside a JSON document. */
  static json(ref: Ref<RefScalar>): Ref<string> {
    return new Ref<string>(ref.id, ref.type, ref.secret, 'json');
  }

  /** The reference percent-encoded, for a place inside a URL. */
  static urlEncode(ref: Ref<RefScalar>): Ref<string> {
    return new Ref<string>(ref.id, ref.type, ref.secret, 'url');
  }

  /** The marker; cdk8s calls this when it resolves the tree. */
  resolve(): string {
    return `[[ref:${this.type}:${this.secret ? 'secret' : 'plain'}:${this.#encoding}:${this.id}]]`;
  }

  toString(): string {
    return this.resolve();
  }

  toJSON(): string {
    return this.resolve();
  }
}

/** Whether the text may hold a marker: quickly told, because most hold none. */
export function holdsMarker(text: string): boolean {
  return text.includes('[[ref:');
}

/** The markers in a text, in order. */
export function markersIn(text: string): readonly Marker[] {
  if (!holdsMarker(text)) return [];
  return [...text.matchAll(MARKER)].map(([, type, secrecy, encoding, id]) => ({
    id: id ?? '',
    type: type as RefTypeName,
    secret: secrecy === 'secret',
    encoding: encoding as Encoding,
  }));
}

/** The marker that is the whole text, if it is one. */
export function wholeMarker(text: string): Marker | undefined {
  const [marker, ...rest] = markersIn(text);
  return marker !== undefined &&
    rest.length === 0 &&
    text.startsWith('[[ref:') &&
    text.endsWith(']]') &&
    text.replace(MARKER, '') === ''
    ? marker
    : undefined;
}

/** The text or typed value that a string leaf becomes once its markers are looked up. */
export function substitute(text: string, lookUp: (marker: Marker) => RefScalar): RefScalar {
  const whole = wholeMarker(text);
  if (whole !== undefined) return encode(lookUp(whole), whole);
  return text.replace(MARKER, (found) => {
    const marker = wholeMarker(found);
    return marker === undefined ? found : String(encode(lookUp(marker), marker));
  });
}

/** The document with every marker replaced; keys never hold markers (REF-001). */
export function bind(value: Json, lookUp: (marker: Marker) => RefScalar): Json {
  if (typeof value === 'string') return substitute(value, lookUp);
  if (Array.isArray(value)) return value.map((item) => bind(item, lookUp));
  if (!isJsonObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) setOwn(result, key, bind(member, lookUp));
  return result;
}

function encode(value: RefScalar, marker: Marker): RefScalar {
  if (marker.encoding === 'json') return JSON.stringify(value);
  if (marker.encoding === 'url') return encodeURIComponent(String(value));
  return value;
}
