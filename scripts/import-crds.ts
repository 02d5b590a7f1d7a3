// CustomResourceDefinitions: as data for the renderers, and as types of the kinds that we emit.
import yaml from 'js-yaml';
import type { JSONSchema } from 'json-schema-to-typescript';
import { coreTypeOf } from './import-core.ts';
import { openMap, typed } from './import-emit.ts';

interface OpenApiSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** The part of a CustomResourceDefinition that this file reads; the rest is carried as it is. */
export interface Crd {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: OpenApiSchema };
    }[];
  };
}

/**
 * The CRDs of a YAML stream, without the status and empty creation time that code generators leave in.
 *
 * @throws when the stream holds anything but CRDs
 */
export function parseCrds(text: string, where: string): Crd[] {
  // The core schema is YAML 1.2's: a bare `=` or a date stays a string.
  return yaml
    .loadAll(text, null, { schema: yaml.CORE_SCHEMA })
    .filter(Boolean)
    .map((document) => {
      const { status, ...crd } = document as Crd & { status?: unknown };
      if (crd.kind !== 'CustomResourceDefinition') throw new Error(`${where}: a ${crd.kind} among the CRDs`);
      const { creationTimestamp, ...metadata } = crd.metadata as Crd['metadata'] & { creationTimestamp?: unknown };
      return { ...crd, metadata };
    });
}

/** JSON array with one CRD a line, in order of names. */
export function crdData(crds: readonly Crd[]): string {
  const lines = crds.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).map((crd) => JSON.stringify(crd));
  return `[\n${lines.join(',\n')}\n]\n`;
}

/**
 * Schema of the union of the kinds, each under the name that our types give it.
 *
 * @param kinds kind -> name of its interface
 * @throws when a kind has no CRD
 */
export function crdSchema(title: string, crds: readonly Crd[], kinds: Readonly<Record<string, string>>): JSONSchema {
  const convert = converter();
  const anyOf = Object.entries(kinds).map(([kind, name]) => {
    const crd = crds.find(({ spec }) => spec.names.kind === kind);
    const version = crd?.spec.versions.find(({ storage }) => storage);
    if (!crd || !version) throw new Error(`${title}: no CRD for kind ${kind}`);
    const { apiVersion, kind: _, metadata, status, ...own } = version.schema.openAPIV3Schema.properties ?? {};
    return {
      title: name,
      type: 'object' as const,
      properties: {
        apiVersion: typed(`'${crd.spec.group}/${version.name}'`),
        kind: typed(`'${kind}'`),
        metadata: typed('ObjectMeta'),
        ...convert.properties(own, name),
      },
      required: ['apiVersion', 'kind', 'metadata', ...(version.schema.openAPIV3Schema.required ?? [])],
    };
  });
  return { title, anyOf };
}

/**
 * Translates OpenAPI schemas. Every object gets a name made of its path; equal schemas become one object, so that the
 * generator declares them once, under the name they had first.
 */
function converter() {
  const known = new Map<string, JSONSchema>();

  const properties = (from: Readonly<Record<string, OpenApiSchema>>, parent: string): Record<string, JSONSchema> =>
    Object.fromEntries(
      Object.entries(from).map(([key, schema]) => {
        const description = describe(schema);
        const type = convert(schema, key, `${parent}${key.charAt(0).toUpperCase()}${key.slice(1)}`);
        // An object that is shared must stay the same object, so it carries no comment of one of its places.
        return [key, description && type.title === undefined ? { ...type, description } : type];
      }),
    );

  const convert = (schema: OpenApiSchema, key: string, name: string): JSONSchema => {
    if (schema['x-kubernetes-int-or-string']) return typed('string | number');
    if (schema.enum) return { enum: [...schema.enum] };
    if (schema.items) return { type: 'array', items: convert(schema.items, key, name) };
    if (schema.properties) return coreOrNamed(schema, key, name);
    if (typeof schema.additionalProperties === 'object') {
      return { type: 'object', additionalProperties: convert(schema.additionalProperties, key, name) };
    }
    if (schema.type === 'string' || schema.type === 'boolean') return { type: schema.type };
    if (schema.type === 'integer' || schema.type === 'number') return { type: 'number' };
    return schema.type === 'object' ? openMap : typed('unknown');
  };

  const coreOrNamed = (schema: OpenApiSchema, key: string, name: string): JSONSchema => {
    const core = coreTypeOf(schema, key);
    if (core) {
      const beyond = core.beyond.map((key) => [key, schema.properties?.[key] ?? {}]);
      const more = properties(Object.fromEntries(beyond), name);
      return beyond.length === 0
        ? typed(core.name)
        : { allOf: [typed(core.name), { type: 'object', properties: more }] };
    }
    const identity = JSON.stringify(schema);
    const existing = known.get(identity);
    if (existing) return existing;
    const named: JSONSchema = {
      title: name,
      type: 'object',
      properties: properties(schema.properties ?? {}, name),
      required: [...(schema.required ?? [])],
      additionalProperties: schema['x-kubernetes-preserve-unknown-fields'] === true,
    };
    known.set(identity, named);
    return named;
  };

  return { properties };
}

function describe({ default: value, minimum, maximum }: OpenApiSchema): string | undefined {
  const facts = [
    value === undefined ? '' : `@default ${JSON.stringify(value)}`,
    minimum === undefined ? '' : `@minimum ${minimum}`,
    maximum === undefined ? '' : `@maximum ${maximum}`,
  ];
  return facts.filter(Boolean).join(' ') || undefined;
}
