/** Outputs of resources that nobody created: shaped by the typings, the same on every run, unknown in a preview. */
import { createHash } from 'node:crypto';
import { isList, isObject, isSecret, type Json, type JsonObject, secret, UNKNOWN } from './property-value.ts';
import { type Fields, resolve, type Shape, type Typings } from './typings.ts';

/** Nested output types may contain themselves; nobody reads that deep. */
const MAX_DEPTH = 6;

/** Makes the value of an output that the cloud would have chosen. `path` names the property within its resource. */
export type Choose = (path: string, shape: Shape) => Json;

export const unknownOutputs: Choose = () => UNKNOWN;

/**
 * The outputs of a resource: its inputs, or what was planned for it, and for each output that is always there and was not
 * given, or is not known, what `choose` makes of it. Objects that were given in part are completed in the same way.
 */
export function completeOutputs(
  typings: Typings,
  fields: Fields,
  inputs: JsonObject,
  choose: Choose,
  path = '',
): JsonObject {
  const outputs: Record<string, Json> = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const shape = fields[name]?.shape ?? 'any';
      return [name, completeValue(typings, shape, value, choose, path ? `${path}.${name}` : name)];
    }),
  );
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && outputs[name] === undefined)
      outputs[name] = choose(path ? `${path}.${name}` : name, field.shape);
  }
  return outputs;
}

function completeValue(typings: Typings, declared: Shape, value: Json, choose: Choose, path: string): Json {
  const shape = resolve(typings, declared);
  if (value === UNKNOWN) return choose(path, declared);
  if (isSecret(value)) return secret(completeValue(typings, declared, value['value'] ?? null, choose, path));
  if (typeof shape === 'string') return value;
  if ('fields' in shape && isObject(value)) return completeOutputs(typings, shape.fields, value, choose, path);
  if (!('list' in shape) || !isList(value)) return value;
  return value.map((each, index) => completeValue(typings, shape.list, each, choose, `${path}[${index}]`));
}

/** A chooser of recognizable values; `seed` tells one resource from another, `arn` names it the cloud's way. */
export function fakeOutputs(typings: Typings, seed: string, arn: string): Choose {
  const digest = (path: string) => createHash('sha256').update(`${seed} ${path}`).digest('hex');
  const text = (path: string): string => {
    const name = path.split('.').at(-1) ?? path;
    if (/arn$/i.test(name)) return arn;
    if (/(endpoint|issuer|url|uri|link)$/i.test(name)) return `https://${digest(path).slice(0, 12)}.stand-in.invalid`;
    if (/json$/i.test(name)) return '{}';
    if (name === 'data' || /(certificate|kubeconfig)$/i.test(name)) return Buffer.from(digest(path)).toString('base64');
    return `${name}-${digest(path).slice(0, 12)}`;
  };
  const choose = (path: string, declared: Shape, depth: number): Json => {
    const shape = resolve(typings, declared);
    if (shape === 'string' || shape === 'any') return text(path);
    if (shape === 'number') return 1;
    if (shape === 'boolean') return false;
    if ('values' in shape) return shape.values[0] ?? null;
    if ('list' in shape) return depth < MAX_DEPTH ? [choose(path, shape.list, depth + 1)] : [];
    if ('either' in shape) return choose(path, shape.either[0] ?? 'any', depth + 1);
    if (!('fields' in shape) || depth >= MAX_DEPTH) return {};
    const always = Object.entries(shape.fields).filter(([, field]) => field.required);
    return Object.fromEntries(always.map(([name, field]) => [name, choose(`${path}.${name}`, field.shape, depth + 1)]));
  };
  return (path, shape) => choose(path, shape, 0);
}
