// JSON schemas as kubeconform reads them: of Kubernetes' own kinds from the OpenAPI document of the API server, of others
// from the pinned CRDs. A member that the schema does not name is an error.

import { isJsonObject, type Json, type JsonObject, objectsIn } from '../../lib/model/json.ts';
import { groupOf, type Manifest } from '../../lib/model/kubernetes.ts';

/** Where kubeconform looks for the schema of a kind; for the core group it takes the version for the group. */
export const SCHEMA_LOCATION = '{{.Group}}/{{.ResourceKind}}-{{.ResourceAPIVersion}}.json';

export function schemaFile(apiVersion: string, kind: string): string {
  const [group = '', version = group] = apiVersion.split('/');
  return `${group}/${kind.toLowerCase()}-${version}.json`;
}

/** Finds the schema of a kind, or nothing where neither Kubernetes nor a CRD has it. */
export type SchemaSource = (apiVersion: string, kind: string) => JsonObject | undefined;

/** @param openApi the document that the API server serves at /openapi/v2 */
export function schemaSource(openApi: JsonObject, crds: readonly Manifest[]): SchemaSource {
  const definitions = openApi['definitions'] as Readonly<Record<string, JsonObject>>;
  const names = new Map(
    Object.entries(definitions).flatMap(([name, definition]) =>
      objectsIn(definition['x-kubernetes-group-version-kind']).map((one) => [keyOf(one), name] as const),
    ),
  );
  return (apiVersion, kind) => {
    const name = names.get(`${apiVersion}/${kind}`);
    if (name !== undefined) return builtIn(name, definitions);
    const schema = crdSchema(apiVersion, kind, crds);
    return schema === undefined ? undefined : custom(schema, definitions);
  };
}

function keyOf({ group, version, kind }: JsonObject): string {
  return `${group === '' ? '' : `${String(group)}/`}${String(version)}/${String(kind)}`;
}

/** The definition with everything that it refers to. */
function builtIn(name: string, all: Readonly<Record<string, JsonObject>>): JsonObject {
  const wanted = [name];
  const definitions: Record<string, Json> = {};
  for (const one of wanted) {
    if (definitions[one] !== undefined) continue;
    definitions[one] = LOOSE[one] ?? closed(all[one] ?? {});
    wanted.push(...referencesIn(definitions[one]));
  }
  return { $ref: `#/definitions/${name}`, definitions };
}

const PREFIX = '#/definitions/';

function referencesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isJsonObject(value)) return [];
  const own = value['$ref'];
  const here = typeof own === 'string' && own.startsWith(PREFIX) ? [own.slice(PREFIX.length)] : [];
  return [...here, ...Object.values(value).flatMap(referencesIn)];
}

/** What the document calls a string and the API server also takes as a number. */
const LOOSE: Readonly<Record<string, JsonObject>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
};

function crdSchema(apiVersion: string, kind: string, crds: readonly Manifest[]): JsonObject | undefined {
  const specs = crds.map(({ spec }) => spec).filter(isJsonObject);
  const spec = specs.find(
    ({ group, names }) => group === groupOf(apiVersion) && isJsonObject(names) && names['kind'] === kind,
  );
  const version = objectsIn(spec?.['versions']).find(({ name }) => apiVersion.endsWith(`/${String(name)}`));
  const schema = version?.['schema'];
  return isJsonObject(schema) && isJsonObject(schema['openAPIV3Schema']) ? schema['openAPIV3Schema'] : undefined;
}

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** A CRD leaves to Kubernetes what every object has. */
function custom(schema: JsonObject, all: Readonly<Record<string, JsonObject>>): JsonObject {
  const { definitions = {}, $ref } = builtIn(METADATA, all);
  const text = { type: 'string' };
  const own = schema['properties'];
  const properties = { ...(isJsonObject(own) ? own : {}), apiVersion: text, kind: text };
  const body = closed({ ...schema, properties });
  return { ...body, properties: { ...(body['properties'] as JsonObject), metadata: { $ref } }, definitions };
}

/** The schema with no room for members that it does not name, and with what OpenAPI says in words of its own. */
function closed(schema: JsonObject): JsonObject {
  const { type, properties, items, additionalProperties, nullable, ...rest } = schema;
  const isAnything = schema['x-kubernetes-int-or-string'] === true;
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const named = isJsonObject(properties);
  return {
    ...rest,
    ...(type === undefined || isAnything ? {} : { type: nullable === true ? [type, 'null'] : type }),
    ...(isAnything ? { type: ['string', 'integer'] } : {}),
    ...(named ? { properties: membersOf(properties) } : {}),
    ...(isJsonObject(items) ? { items: closed(items) } : {}),
    ...(isJsonObject(additionalProperties) ? { additionalProperties: closed(additionalProperties) } : {}),
    ...(named && !keeps && additionalProperties === undefined ? { additionalProperties: false } : {}),
  };
}

function membersOf(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, isJsonObject(member) ? closed(member) : member]),
  );
}
