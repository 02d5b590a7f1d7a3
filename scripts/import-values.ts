// Types of a chart's values from its default values. Helm accepts any key and ignores what no template reads, so the
// type is what catches a misspelt one: every key that the chart knows is optional, and no other key compiles.
import yaml from 'js-yaml';
import type { JSONSchema } from 'json-schema-to-typescript';
import { openMap, typed } from './import-emit.ts';
import { isMap, isString, type JsonMap, typeByName } from './import-names.ts';

/** TypeScript texts in the shape of the values. */
interface Types {
  readonly [key: string]: string | Types;
}

/** What we know of a chart's values. */
export interface Values {
  readonly defaults: JsonMap;
  /** Types of keys whose default does not show them. */
  readonly types: Types;
  /** Keys that templates read although the defaults lack them. */
  readonly adds: Types;
}

/**
 * Reads a chart's default values and, where there is one, the file of what they do not tell.
 *
 * @throws when `types` names a key that the defaults lack, or `adds` one that they have: the chart has changed
 */
export function parseValues(defaults: string, keys: string | undefined, where: string): Values {
  const load = (text: string) => yaml.load(text, { schema: yaml.CORE_SCHEMA }) ?? {};
  const { types = {}, adds = {} } = load(keys ?? '') as Partial<Values>;
  const values = load(defaults) as JsonMap;
  const stale = [
    ...leaves(types).filter((path) => !has(values, path)),
    ...leaves(adds).filter((path) => has(values, path)),
  ];
  if (stale.length > 0) throw new Error(`${where}: keys to revise: ${stale.map((path) => path.join('.')).join(', ')}`);
  return { defaults: values, types, adds };
}

function leaves(types: Types): string[][] {
  return Object.entries(types).flatMap(([key, type]) =>
    typeof type === 'string' ? [[key]] : leaves(type).map((path) => [key, ...path]),
  );
}

function has(values: unknown, [key, ...rest]: readonly string[]): boolean {
  return key === undefined || (isMap(values) && key in values && has(values[key], rest));
}

/** The values of a chart with those of a subchart under its name; what the chart says itself wins, as in Helm. */
export function withSubchart(chart: Values, name: string, subchart: Values): Values {
  const under = <T extends JsonMap>(own: T, sub: JsonMap): T =>
    merge(own, { [name]: merge((own[name] ?? {}) as JsonMap, sub) }) as T;
  return {
    defaults: under(chart.defaults, subchart.defaults),
    types: under(chart.types, subchart.types),
    adds: under(chart.adds, subchart.adds),
  };
}

function merge(winner: JsonMap, other: JsonMap): JsonMap {
  const merged: Record<string, unknown> = { ...other, ...winner };
  for (const [key, value] of Object.entries(winner)) {
    const weaker = other[key];
    if (isMap(value) && isMap(weaker)) merged[key] = merge(value, weaker);
  }
  return merged;
}

/** Schema of the values: all keys optional, none but these. */
export function valuesSchema(title: string, { defaults, types, adds }: Values): JSONSchema {
  return { ...closedMap(defaults, types, adds), title };
}

function closedMap(defaults: JsonMap, types: Types, adds: Types): JSONSchema {
  const under = (all: Types, key: string) => (typeof all[key] === 'string' ? {} : (all[key] ?? {}));
  const keys = new Set([...Object.keys(defaults), ...Object.keys(adds)]);
  const properties = [...keys].map((key) => {
    const told = types[key] ?? (key in defaults ? undefined : adds[key]);
    const type =
      typeof told === 'string' ? typed(told) : typeOf(key, defaults[key], under(types, key), under(adds, key));
    return [key, { ...type, ...describe(defaults[key]) }];
  });
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}

function typeOf(key: string, value: unknown, types: Types, adds: Types): JSONSchema {
  const open = Object.keys({ ...types, ...adds }).length === 0;
  const told = open ? typeByName(key, value) : undefined;
  if (told) return typed(told);
  if (Array.isArray(value)) return typed(value.length > 0 && value.every(isString) ? 'string[]' : 'unknown[]');
  if (value === undefined || isMap(value)) {
    return open && Object.keys(value ?? {}).length === 0 ? openMap : closedMap(value ?? {}, types, adds);
  }
  return typed(value === null ? 'unknown' : typeof value);
}

function describe(value: unknown): { description?: string } {
  const empty =
    value === undefined || value === null || value === '' || (typeof value === 'object' && !Array.isArray(value));
  const text = empty ? '' : JSON.stringify(value);
  return text && text !== '[]' && text.length <= 80 ? { description: `@default ${text.replaceAll('*/', '*\\/')}` } : {};
}
