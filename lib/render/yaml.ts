import { PlatformError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import { Shape } from '../model/shape.ts';

/*
 * A YAML writer for plain data. Every text it makes is read back as the same value by YAML 1.1 and YAML 1.2 readers alike:
 * PyYAML, js-yaml, `yaml`, and sigs.k8s.io/yaml, through which kubectl and the controllers read.
 *
 * A string goes unquoted only when no reader could take it for anything else: the rules name what is surely safe and
 * quote the rest, so a reader's private idea of a number, a date or a boolean cannot touch it.
 */

/** As deep as js-yaml reads, the least of the readers above; the deepest CRD schema we know has 47 levels. */
const MAX_DEPTH = 98;

/** A line break and the indentation of a depth. */
const INDENT = Array.from({ length: MAX_DEPTH }, (_, depth) => `\n${'  '.repeat(depth)}`);

/** Readers look for the colon of a `key: value` line within 1,024 characters; a longer key is written as `? key`. */
const LONGEST_KEY = 1000;

/** What forbids an unquoted string: its start, a character, or a colon or blank before something that matters. */
const UNSAFE = /^(?![A-DF-Za-df-z_/]|[Ee](?![-+\d])|--[A-Za-z])|[^ \w./@+=~,%$():-]|:(?![\w/])| (?![\w./@+=~,%$()-])/;

/** Amounts that begin with a digit and yet are no number in any dialect: `500m`, `16Gi`, `25%`, `30s`. */
const AMOUNT = /^\d+(?:\.\d+)?(?:[numkMGTP%]|[KMGTPE]i|ms|s|h)$/;

/** The words that YAML 1.1 takes for a boolean or null; none is longer than five letters. */
const WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Control characters but tab and line feed, the line breaks of YAML 1.1 (NEL, LS, PS), byte order marks, non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const UNPRINTABLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;
const EVERY_UNPRINTABLE = new RegExp(UNPRINTABLE, 'g');

/** Anything but printable ASCII other than the double quote and the backslash. */
const NEEDS_ESCAPES = /[^ !#-[\]-~]/;

/** Half of a surrogate pair: no encoding carries it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * One YAML document in block style, ending with a line break. `undefined` members are dropped.
 *
 * @throws PlatformError naming the path in the document: YAML-001 for what is not plain data (NaN, a function, a class
 *   instance, a hole in a list), YAML-002 for a lone surrogate, YAML-003 for a value that contains itself or is nested
 *   deeper than 98 levels
 */
export function emitYaml(value: Json): string {
  return emit(value, AS_GIVEN, '').concat('\n').slice(1);
}

/**
 * Objects of Kubernetes as documents one after the other, joined by `---`. Their members are ordered by key, whatever
 * the order in which a program has put them together. Errors also name the document, counted from 1.
 */
export function emitDocuments(values: readonly Json[]): string {
  if (values.length === 0) return '';
  const texts = values.map((value, index) => emit(value, BY_KEY, `document ${index + 1}: `));
  return texts.join('\n---').concat('\n').slice(1);
}

/** A document that begins with the end of the line before it. */
function emit(value: Json, order: Order, prefix: string): string {
  top = 0;
  try {
    const text = node(value, 0, 0, order);
    // A scalar goes into a line of its own: Go's reader of streams drops what stands behind the dashes.
    return text.startsWith(' ') ? `\n${text.slice(1)}` : text;
  } catch (error) {
    throw error instanceof Refusal ? error.asPlatformError(value, prefix) : error;
  }
}

/** What follows `key:` or `-`: a blank and a scalar, or lines of their own at `depth`, lists at `listDepth`. */
function node(value: unknown, depth: number, listDepth: number, order: Order): string {
  switch (typeof value) {
    case 'string':
      return ` ${scalar(value, depth)}`;
    case 'number':
      return ` ${numeral(value)}`;
    case 'boolean':
      return value ? ' true' : ' false';
    case 'object':
      if (value === null) return ' null';
      return Array.isArray(value) ? sequence(value, listDepth, order) : mapping(value, depth, order);
    default:
      throw new Refusal('YAML-001', `${typeof value} is not plain data`, PLAIN_DATA);
  }
}

/** The values of all members that are being written, from the outermost object on. */
const pending: unknown[] = [];
let top = 0;

/** The members of an object, each in a line of its own; after a dash the first of them is in the line of the dash. */
function mapping(object: object, depth: number, order: Order, isItem = false): string {
  if (!isPlain(object)) throw new Refusal('YAML-001', `${className(object)} is not plain data`, PLAIN_DATA);
  const start = top;
  let shape = order;
  // A plain object inherits nothing enumerable, and `for in` is the fastest way through its members.
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    pending[top++] = value;
    shape = shape.with(key);
  }
  let text = '';
  let member: Member | undefined;
  try {
    for (member of shape.fact) {
      const value = pending[start + member.place];
      const { key, blank } = lineOf(member, depth, isItem && text === '');
      if (typeof value === 'string') text += blank + scalar(value, depth + 1);
      else text += key + node(value, depth + 1, depth, order);
    }
  } catch (error) {
    throw error instanceof Refusal && member !== undefined ? error.under(member.key) : error;
  }
  top = start;
  if (text !== '') return text;
  return isItem ? `${dashAt(depth - 1)} {}` : ' {}';
}

/** The items of a list, each dash below the first letter of the list's key, as kubectl prints them. */
function sequence(items: readonly unknown[], depth: number, order: Order): string {
  if (items.length === 0) return ' []';
  const dash = dashAt(depth);
  let text = '';
  let index = 0;
  try {
    for (; index < items.length; index++) {
      const item = items[index];
      const isMapping = typeof item === 'object' && item !== null && !Array.isArray(item);
      text += isMapping ? mapping(item, depth + 1, order, true) : dash + node(item, depth + 1, depth + 1, order);
    }
  } catch (error) {
    throw error instanceof Refusal ? error.under(index) : error;
  }
  return text;
}

function indentation(depth: number): string {
  const indent = INDENT[depth];
  if (indent === undefined)
    throw new Refusal('YAML-003', `it is nested deeper than ${MAX_DEPTH} levels`, 'Flatten it.');
  return indent;
}

function dashAt(depth: number): string {
  return `${indentation(depth)}-`;
}

/** The text of a string: unquoted where safe, in lines of its own at `depth` where that survives, else quoted. */
function scalar(text: string, depth: number): string {
  if (isPlainSafe(text)) return text;
  if (depth > 0 && text.includes('\n') && survivesInLines(text)) return lines(text, indentation(depth));
  return quoted(text);
}

function isPlainSafe(text: string): boolean {
  return UNSAFE.test(text) ? AMOUNT.test(text) : text.length > 5 || !WORD.test(text);
}

/** A member as all objects of the same keys have it. */
interface Member {
  readonly key: string;
  /** Its place among the members as the object has them. */
  readonly place: number;
  /** What is written for the key, by depth: in a line of its own, and in the line of a dash. */
  readonly lines: (Line | undefined)[];
  readonly dashed: (Line | undefined)[];
}

/** What is written up to the colon, and up to the string that follows it. */
interface Line {
  readonly key: string;
  readonly blank: string;
}

type Order = Shape<readonly Member[]>;

const AS_GIVEN: Order = Shape.none(membersOf);
const BY_KEY: Order = Shape.none((keys) => byKey(membersOf(keys)));

/** By these people know an object of Kubernetes, so they come first. */
const FIRST: readonly string[] = ['apiVersion', 'kind', 'metadata'];

function membersOf(keys: readonly string[]): readonly Member[] {
  return keys.map((key, place) => ({ key, place, lines: [], dashed: [] }));
}

/** In the order of code units, after what people know an object by. */
function byKey(members: readonly Member[]): readonly Member[] {
  const isObject = ['apiVersion', 'kind'].every((key) => members.some((member) => member.key === key));
  const rank = ({ key }: Member) => (isObject && FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  return members.toSorted((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
}

function lineOf({ key, lines, dashed }: Member, depth: number, isDashed: boolean): Line {
  const known = isDashed ? dashed : lines;
  const line =
    known[depth] ?? lineWith(key, isDashed ? `${dashAt(depth - 1)} ` : indentation(depth), indentation(depth));
  known[depth] = line;
  return line;
}

function lineWith(key: string, start: string, indent: string): Line {
  const text = isPlainSafe(key) ? key : quoted(key);
  const line = start + (text.length > LONGEST_KEY ? `? ${text}${indent}:` : `${text}:`);
  return { key: line, blank: `${line} ` };
}

/** Readers differ on blanks before the first letter and editors cut blanks from the end: such a text is quoted. */
function survivesInLines(text: string): boolean {
  return /^\n*[^\n\t ]/.test(text) && !/[\t ]$/.test(text) && !UNPRINTABLE.test(text) && !LONE_SURROGATE.test(text);
}

/** A literal block; its header says whether the text ends without, with one, or with several line breaks. */
function lines(text: string, indent: string): string {
  const header = text.endsWith('\n\n') ? '|+' : text.endsWith('\n') ? '|' : '|-';
  const body = header === '|-' ? text : text.slice(0, -1);
  return header + `\n${body}`.replace(/\n(?=[^\n])/g, indent);
}

/** Double quotes, or single quotes where they spare the reader backslashes (JSON and patterns in annotations). */
function quoted(text: string): string {
  if (!NEEDS_ESCAPES.test(text)) return `"${text}"`;
  if (!/[^ -~]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  if (LONE_SURROGATE.test(text)) {
    throw new Refusal(
      'YAML-002',
      `${JSON.stringify(text)} holds half of a surrogate pair, which no file can carry`,
      'Remove it.',
    );
  }
  return JSON.stringify(text).replace(EVERY_UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function numeral(value: number): string {
  if (!Number.isFinite(value))
    throw new Refusal('YAML-001', `${value} is not a number that JSON knows`, 'Give a finite number.');
  // Some readers take the integer `-0` for 0.
  if (Object.is(value, -0)) return '-0.0';
  // YAML 1.1 knows an exponent only after a fraction: 1e+21 would be read as a string.
  const text = String(value);
  return text.includes('e') ? text.replace(/^(-?\d)e/, '$1.0e') : text;
}

const PLAIN_DATA = 'Give text, a number, a boolean, null, a list or a plain object.';

function isPlain(object: object): object is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(object);
  // The last is the `Object.prototype` of another realm, such as a test runner's sandbox.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function className(object: object): string {
  const name: unknown = object.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object with a prototype';
}

/** Thrown where the bad value is met; the path is put together on the way out, so that good values pay nothing for it. */
class Refusal extends Error {
  readonly path: (string | number)[] = [];
  readonly code: string;
  readonly fix: string;

  constructor(code: string, what: string, fix: string) {
    super(what);
    this.code = code;
    this.fix = fix;
  }

  under(key: string | number): this {
    this.path.unshift(key);
    return this;
  }

  asPlatformError(root: unknown, prefix: string): PlatformError {
    const cycle = this.code === 'YAML-003' ? cycleAlong(root, this.path) : undefined;
    if (cycle === undefined) return new PlatformError(this.code, prefix + show(this.path), this.message, this.fix);
    const [outer, inner] = cycle;
    return new PlatformError(
      this.code,
      prefix + show(inner),
      `it is the same object as ${show(outer)}, which contains it`,
      'Break the cycle.',
    );
  }
}

/** The first object on the path that is met again further down: where it was and where it is met again. */
function cycleAlong(
  root: unknown,
  path: readonly (string | number)[],
): [readonly (string | number)[], readonly (string | number)[]] | undefined {
  const seen = new Map<unknown, number>();
  let here = root;
  for (const [steps, key] of path.entries()) {
    const before = seen.get(here);
    if (before !== undefined) return [path.slice(0, before), path.slice(0, steps)];
    seen.set(here, steps);
    here = Reflect.get(Object(here), key);
  }
  return undefined;
}

function show(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'the whole document';
  const step = (key: string | number) =>
    typeof key === 'string' && /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return path.map(step).join('').replace(/^\./, '');
}
