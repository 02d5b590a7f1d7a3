/** What the engine plans or has done, as plain data for assertions. */
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  mapChildren,
  parseUrn,
  SIGNATURE,
  UNKNOWN as UNKNOWN_ON_THE_WIRE,
} from '../standin/property-value.ts';

/** In inputs and outputs of a plan: a value known only after deployment, and one that is kept secret. */
export const UNKNOWN = '[unknown]';
export const SECRET = '[secret]';

export interface PlannedResource {
  readonly urn: string;
  /** The last part of the URN. */
  readonly name: string;
  readonly type: string;
  /** Not a component: a provider makes it. */
  readonly custom: boolean;
  /** What the engine does with it; `same` in a state. */
  readonly operation: string;
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
  /** URNs. */
  readonly dependencies: readonly string[];
  readonly parent: string | undefined;
  /** URN of the provider. */
  readonly provider: string | undefined;
  readonly deletedWith: string | undefined;
  readonly protect: boolean;
  /** Paths of the inputs that are secret, `spec.password`. */
  readonly secrets: readonly string[];
  /** Paths of the inputs that are not known yet. */
  readonly unknowns: readonly string[];
}

export interface Plan {
  /** In the order in which the engine registered them. */
  readonly resources: readonly PlannedResource[];
  /** Count of resources by operation, `{ create: 7 }`. */
  readonly changes: { readonly [operation: string]: number };
}

/** What the engine began or ended with a resource, in the order of time. */
export interface Step {
  readonly urn: string;
  readonly operation: string;
  readonly moment: 'begin' | 'end';
}

/** The state after a change, and how it was reached. */
export interface Deployment extends Plan {
  readonly steps: readonly Step[];
}

/** A resource as the engine writes it in a preview and in an exported state. */
export interface RawResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly inputs?: JsonObject;
  readonly outputs?: JsonObject;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly deletedWith?: string;
  readonly protect?: boolean;
}

export function plannedResource(raw: RawResource, operation: string): PlannedResource {
  const inputs = readable(raw.inputs ?? {}) as JsonObject;
  return {
    urn: raw.urn,
    name: parseUrn(raw.urn).name,
    type: raw.type,
    custom: raw.custom ?? false,
    operation,
    inputs,
    outputs: readable(raw.outputs ?? {}) as JsonObject,
    dependencies: raw.dependencies ?? [],
    parent: raw.parent,
    // The engine writes `<URN>::<id>`.
    provider: raw.provider?.split('::').slice(0, -1).join('::'),
    deletedWith: raw.deletedWith,
    protect: raw.protect ?? false,
    secrets: pathsOf(inputs, SECRET),
    unknowns: pathsOf(inputs, UNKNOWN),
  };
}

/** The one resource with this type and name. */
export function resource(plan: Plan, type: string, name: string): PlannedResource {
  const found = plan.resources.filter((each) => each.type === type && each.name === name);
  const [only] = found;
  if (only && found.length === 1) return only;
  const names = plan.resources.filter((each) => each.type === type).map((each) => each.name);
  throw new Error(
    `the plan has ${found.length} resources ${type} named ${name}; of that type it has: ${names.join(', ')}`,
  );
}

function readable(value: Json): Json {
  if (value === UNKNOWN_ON_THE_WIRE) return UNKNOWN;
  if (!isObject(value)) return mapChildren(value, readable);
  if (SIGNATURE in value) return SECRET;
  const own = Object.entries(value).filter(([key]) => !key.startsWith('__'));
  return Object.fromEntries(own.map(([key, child]) => [key, readable(child)]));
}

function pathsOf(value: Json, marker: string, path = ''): string[] {
  if (value === marker) return [path];
  if (isList(value)) return value.flatMap((child, index) => pathsOf(child, marker, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => pathsOf(child, marker, path === '' ? key : `${path}.${key}`));
}
