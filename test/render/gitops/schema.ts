// Holds an object against the OpenAPI schema of its CustomResourceDefinition, as strictly as an API server that is told
// to refuse unknown fields. CEL rules are left to the real one.
import { crdsOf } from '../../../lib/components/crds.ts';
import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import { groupOf, type Manifest } from '../../../lib/model/kubernetes.ts';

const CRDS = ['argo-cd', 'flux'].flatMap(crdsOf);

/** What the schema of the object's kind has against it. */
export function schemaProblems(object: Manifest): readonly string[] {
  const [version = ''] = object.apiVersion.split('/').slice(-1);
  const crd = CRDS.find(
    ({ spec }) => at(spec, 'group') === groupOf(object.apiVersion) && at(spec, 'names', 'kind') === object.kind,
  );
  const served = objectsIn(at(crd?.['spec'], 'versions')).find(({ name }) => name === version);
  const schema = at(served, 'schema', 'openAPIV3Schema');
  if (!isJsonObject(schema)) return [`${object.apiVersion} ${object.kind} is not served`];
  const { metadata, ...rest } = object;
  return problems(rest, schema, object.kind);
}

function problems(value: Json, schema: JsonObject, path: string): readonly string[] {
  const { type, properties, items, additionalProperties, required } = schema;
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value))
    return [`${path}: ${String(value)} is none of ${schema['enum'].join(', ')}`];
  if (typeof value === 'string' && typeof schema['pattern'] === 'string' && !new RegExp(schema['pattern']).test(value))
    return [`${path}: ${value} does not match ${schema['pattern']}`];
  if (typeof type === 'string' && !hasType(value, type)) return [`${path}: not of type ${type}`];
  if (Array.isArray(value))
    return isJsonObject(items) ? value.flatMap((item, index) => problems(item, items, `${path}[${index}]`)) : [];
  if (!isJsonObject(value)) return [];
  const missing = (Array.isArray(required) ? required : [])
    .filter((key) => value[String(key)] === undefined && key !== 'metadata')
    .map((key) => `${path}: ${String(key)} is missing`);
  const members = Object.entries(value).flatMap(([key, member]) => {
    const known = at(properties, key) ?? additionalProperties;
    if (member === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
    return isJsonObject(known) ? problems(member, known, `${path}.${key}`) : [`${path}: ${key} is unknown`];
  });
  return [...missing, ...members];
}

function hasType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isJsonObject(value) : typeof value === type;
}
