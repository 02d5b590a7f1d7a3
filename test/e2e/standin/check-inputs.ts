/** Compares inputs with the typings of the provider's package. */
import { isList, isObject, isSecret, type Json, type JsonObject, UNKNOWN } from './property-value.ts';
import { type Fields, resolve, type Shape, type Typings } from './typings.ts';

export interface Refusal {
  /** Path of the property, `taints[0].effect`. */
  readonly property: string;
  readonly reason: string;
}

/** How many valid names or values a message lists. */
const LISTED = 12;

/** Everything that the typings do not allow. Values that are not known yet are taken as right. */
export function checkInputs(typings: Typings, fields: Fields, inputs: JsonObject, owner: string, path = ''): Refusal[] {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const present = Object.entries(inputs).filter(([name, value]) => !name.startsWith('__') && value !== null);
  const missing = Object.entries(fields)
    .filter(([name, field]) => field.required && (inputs[name] ?? null) === null)
    .map(([name]) => ({ property: at(name), reason: `missing required property "${name}" of ${owner}` }));
  return [
    ...missing,
    ...present.flatMap(([name, value]) => {
      const field = fields[name];
      if (field) return checkValue(typings, field.shape, value, at(name));
      return [
        { property: at(name), reason: `unknown property "${name}" of ${owner}; it has ${list(Object.keys(fields))}` },
      ];
    }),
  ];
}

function checkValue(typings: Typings, declared: Shape, wrapped: Json, path: string): Refusal[] {
  const shape = resolve(typings, declared);
  const value = isSecret(wrapped) ? (wrapped['value'] ?? null) : wrapped;
  if (value === UNKNOWN || value === null || shape === 'any') return [];
  const expected = (what: string) => [{ property: path, reason: `expected ${what}, got ${describe(value)}` }];

  if (typeof shape === 'string') return typeof value === shape ? [] : expected(`a ${shape}`);
  if ('values' in shape) {
    if (shape.values.some((allowed) => allowed === value)) return [];
    return expected(`${shape.documented ? 'one of the documented values' : 'one of'} ${list(shape.values)}`);
  }
  if ('list' in shape) {
    if (!isList(value)) return expected('a list');
    return value.flatMap((each, index) => checkValue(typings, shape.list, each, `${path}[${index}]`));
  }
  if ('either' in shape) return checkAlternatives(typings, shape.either, value, path);
  if (!isObject(value)) return expected('an object');
  if ('map' in shape) {
    return Object.entries(value).flatMap(([key, each]) => checkValue(typings, shape.map, each, `${path}.${key}`));
  }
  const owner = typeof declared === 'object' && 'type' in declared ? declared.type : path;
  return 'fields' in shape ? checkInputs(typings, shape.fields, value, owner, path) : [];
}

/** One alternative must fit. When none does, the one with the fewest refusals is most likely the one that was meant. */
function checkAlternatives(typings: Typings, shapes: readonly Shape[], value: Json, path: string): Refusal[] {
  const attempts = shapes.map((shape) => checkValue(typings, shape, value, path));
  return attempts.reduce((best, next) => (next.length < best.length ? next : best), attempts[0] ?? []);
}

const list = (names: readonly (string | number | boolean)[]): string =>
  names.slice(0, LISTED).join(', ') + (names.length > LISTED ? `, … (${names.length})` : '');

const describe = (value: Json): string =>
  isList(value) ? 'a list' : isObject(value) ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`;
