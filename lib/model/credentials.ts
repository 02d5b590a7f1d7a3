import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { remembered } from './remembered.ts';
import { markersIn } from './value.ts';

/** A place where a credential stands in a document. The credential itself is never carried along. */
export interface Leak {
  /** Keys that lead to it, joined by dots. */
  readonly at: string;
  /** What it is, with its article: `a private key`. */
  readonly what: string;
}

/** Shapes that nothing but a credential has, by the prefixes that their issuers publish for scanners. */
const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?!\s*(?:X{3}|[.]{3}|[*]{3}))/],
  ['a client key of a kubeconfig', /client-key-data["']?:\s*["']?[A-Za-z0-9+/=]{40}/],
  ['an AWS access key id', /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/],
  ['an Alibaba Cloud access key id', /(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])/],
  ['a Google API key', /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/],
  ['an Azure storage account key', /AccountKey=[A-Za-z0-9+/]{60,}={0,2}/],
  ['a Hugging Face token', /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/],
  ['a GitHub token', /(?<![A-Za-z0-9])(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50})/],
  ['a GitLab token', /(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20}/],
  ['a Slack token', /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ['an NVIDIA API key', /(?<![A-Za-z0-9])nvapi-[A-Za-z0-9_-]{20,}/],
  ['an API key of a model provider', /(?<![A-Za-z0-9])sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_]{32,}/],
  ['an npm token', /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}/],
  ['a Docker Hub token', /(?<![A-Za-z0-9])dckr_[a-z]{3}_[A-Za-z0-9_-]{20}/],
  ['a login of an image registry', /"auth"\s*:\s*"[A-Za-z0-9+/=]{8,}"/],
  ['a bearer token', /(?<![A-Za-z0-9])(?:Bearer|Basic) [A-Za-z0-9+/._~-]{20,}/],
  ['a JSON web token', /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
];
const SHORTEST_SHAPE = 16;
const SHORTEST_ADDRESS = 8;
/** A piece that every one of the shapes has; most texts have none, and one search tells. */
const SIGN =
  /-----BEGIN|client-key-data|A(?:KIA|SIA|Iza|ccountKey=)|LTAI|hf_|gh[oprsu]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt)-|xox[abeoprs]-|nvapi-|sk-|npm_|dckr_|"auth"|B(?:earer|asic) |eyJ/;

/** The password of an address such as `redis://user:password@host`. */
const ADDRESS = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{0,128}:([^\s/@"'`]{1,256})@(?!sha\d)/g;

/** How far the name of a value is trusted: settings that a program reads, the values of a chart, or any other field. */
export type Naming = 'setting' | 'chart value' | 'field';

/** Every credential in the document, in the order of the document. */
export function credentialsIn(document: Json | undefined, naming: Naming): readonly Leak[] {
  const search: Search = { path: [], leaks: [] };
  walk(document, naming, search);
  return search.leaks;
}

/**
 * Whether a text may by itself be a credential: `false` is certain, and quickly told.
 */
export function mayBeCredential(text: string): boolean {
  if (text.length < SHORTEST_ADDRESS) return false;
  if (text.length >= SHORTEST_SHAPE && (SIGN.test(text) || decoded(text) !== '')) return true;
  return text.includes('://') && text.includes('@');
}

/** Whether the name of a setting, or a text with settings in it, may name a credential: `false` is certain. */
export function mayNameCredential(text: string): boolean {
  return CREDENTIAL_WORD.test(text);
}

/** Whether a key is a credential, or names one by its last word as `password` does, and unlike a `topologyKey`. */
export function isSuspiciousKey(key: string): boolean {
  const { credential, namesOne } = keyFacts(key);
  return credential !== undefined || namesOne;
}

/** A search on its way: the keys that lead to the present place, and what was found before it. */
interface Search {
  readonly path: (string | number)[];
  readonly leaks: Leak[];
}

/** What credential the text holds by its shape alone, in clear or as base64, if any. */
export function credentialIn(text: string): string | undefined {
  if (text.length < SHORTEST_ADDRESS) return undefined;
  return shapeOf(text) ?? (text.length < SHORTEST_SHAPE ? undefined : shapeOf(decoded(text)));
}

/** Whether a setting of this name and value is a credential in clear: the name says so, and the value refers to nothing. */
export function isNamedCredential(name: string, value: string | number, naming: Naming): boolean {
  const sort = sortOf(name);
  if (sort === undefined || refersElsewhere(String(value))) return false;
  if (sort === 'password') return !/^[A-Z][A-Z0-9_]*_(PASSWORD|SECRET|KEY|TOKEN)$/.test(String(value));
  if (naming === 'field' || isNumber(value) || namesCredential(String(value))) return false;
  return naming === 'setting' || sort !== 'secret' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(String(value));
}

function walk(value: Json | undefined, naming: Naming, search: Search): void {
  if (typeof value === 'string') {
    const what = credentialIn(value) ?? (naming === 'field' ? undefined : settingIn(value));
    if (what !== undefined) report(search, what);
  } else if (Array.isArray(value)) inList(value, naming, search);
  else if (isJsonObject(value)) inObject(value, naming, search);
}

function inObject(value: JsonObject, naming: Naming, search: Search): void {
  // A plain object inherits nothing enumerable, and `for in` is the fastest way through its members.
  for (const key in value) {
    const member = value[key];
    search.path.push(key);
    const { credential, namesOne } = keyFacts(key);
    if (credential !== undefined) report(search, credential);
    if (!isScalar(member)) walk(member, naming, search);
    else {
      // `{ name, value }` is how an environment variable, a header or a parameter is written anywhere in Kubernetes.
      const name = key === 'value' ? value['name'] : undefined;
      const isSetting = typeof name === 'string';
      const leak = isSetting
        ? isNamedCredential(name, member, 'setting')
        : namesOne && isNamedCredential(lastPart(key), member, naming);
      if (leak) report(search, `a literal value of '${shown(isSetting ? name : key)}'`);
      else walk(member, naming, search);
    }
    search.path.pop();
  }
}

/** Command lines are lists: `--token=x`, or `--token` and then `x`. */
function inList(list: readonly Json[], naming: Naming, search: Search): void {
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    search.path.push(index);
    const [, flag, inline] =
      typeof item === 'string' && item.startsWith('-') ? (/^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(item) ?? []) : [];
    const next = list[index + 1];
    const value = inline ?? (typeof next === 'string' && !next.startsWith('-') ? next : undefined);
    if (flag !== undefined && value !== undefined && isNamedCredential(flag, value, 'setting')) {
      report(search, `a literal value of '--${shown(flag)}'`);
    } else walk(item, typeof item === 'string' ? 'setting' : naming, search);
    search.path.pop();
  }
}

function report({ path, leaks }: Search, what: string): void {
  leaks.push({ at: path.map((key) => shown(String(key))).join('.'), what });
}

/** Settings inside a text, be it a file in a ConfigMap or a command line: `name: value`, `"name": "value"`, `--name=value`. */
const SETTING =
  /(?:^|[\s{,])(?:--)?["']?([A-Za-z][\w.-]{0,63})["']?[ \t]*[:=][ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"',(){}[\]]+)(?=[\s,}]|$))/g;

/** A piece of every word that names a credential (see `sortOf`); most texts have none, and one search tells. */
const CREDENTIAL_WORD = /pass|secret|token|key/i;

function settingIn(text: string): string | undefined {
  if (!CREDENTIAL_WORD.test(text)) return undefined;
  for (const [, name = '', double, single, plain = ''] of text.matchAll(SETTING)) {
    const value = double ?? single ?? plain;
    // Without quotes, `token = args.token` is a line of a program.
    const isCode = value === plain && namesCredential(value);
    if (!isCode && isNamedCredential(name, value, 'chart value')) return `a literal value of '${name}'`;
  }
  return undefined;
}

function shapeOf(text: string): string | undefined {
  if (text.length >= SHORTEST_SHAPE && SIGN.test(text)) {
    const shape = SHAPES.find(([, pattern]) => pattern.test(text));
    if (shape !== undefined) return shape[0];
  }
  if (text.length < SHORTEST_ADDRESS || !text.includes('://')) return undefined;
  const hasPassword = [...text.matchAll(ADDRESS)].some(([, password = '']) => !refersElsewhere(password));
  return hasPassword ? 'an address with a password' : undefined;
}

/** The text behind base64, or nothing when it is none. */
function decoded(text: string): string {
  const compact = text.trim();
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact) ? atob(compact) : '';
}

/** What a key is by itself, whatever its value. */
const keyFacts = remembered((key) => ({
  credential: credentialIn(key),
  namesOne: sortOf(lastPart(key)) !== undefined,
}));

/** Which sort of credential a name ends in: `HF_TOKEN`, `dbPassword`, `secret-access-key`. */
const sortOf = remembered((name): 'password' | 'secret' | 'key' | undefined => {
  const [last = '', before = ''] = wordsOf(name).toReversed();
  if (['password', 'passwd', 'passphrase'].includes(last)) return 'password';
  if (last === 'secret') return 'secret';
  if (['token', 'apikey', 'secretkey', 'accesskey'].includes(last)) return 'key';
  return last === 'key' && ['api', 'access', 'secret', 'signing', 'encryption', 'private'].includes(before)
    ? 'key'
    : undefined;
});

/** Words of a name in any spelling; a number at the end, and the word `value`, say nothing. */
function wordsOf(name: string): readonly string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  while (/^(\d+|value)$/.test(words.at(-1) ?? '')) words.pop();
  return words;
}

/** Whether a value is itself the name under which a credential is kept, as in `secretKey: client-secret`. */
function namesCredential(value: string): boolean {
  return /^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)+$/.test(value) && /(password|secret|token|key)$/i.test(value);
}

/** Whether the value points to a credential, or to nothing, instead of being one. */
function refersElsewhere(value: string): boolean {
  return (
    value.trim() === '' ||
    markersIn(value).length > 0 ||
    /^(true|false|yes|no|on|off|null|none|dummy|empty|unused)$/i.test(value) ||
    /^[.~]{0,2}\//.test(value) ||
    /\$\(|\$\{|^\$\w+$|\{\{|^<[^>]*>$|^\*+$|^%[sv]$/.test(value) ||
    /^(arn:|[a-z][a-z0-9+.-]+:\/\/)/.test(value)
  );
}

function isNumber(value: string | number): boolean {
  return typeof value === 'number' || /^-?[\d.]+$/.test(value);
}

function isScalar(value: Json | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** The name of an annotation or label without its domain. */
function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** A key that is itself a credential must not be printed either. */
function shown(key: string): string {
  return credentialIn(key) === undefined ? key : '(hidden)';
}
