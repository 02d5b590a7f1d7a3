import {
  ApiObject,
  ApiObjectMetadataDefinition,
  App,
  ImplicitTokenResolver,
  type IResolver,
  JsonPatch,
  LazyResolver,
  NumberStringUnionResolver,
} from 'cdk8s';
import type { IConstruct } from 'constructs';
import { PlatformError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { Suspicions } from '../model/platform-model.ts';
import { plainData, Refusal } from './plain-data.ts';

/*
 * The one place that knows how cdk8s keeps an object. `ApiObject.toJson()` copies the data several times over; here the
 * same manifest is made in one pass. Whatever is not exactly as this file knows it is asked for its own `toJson()`.
 */

/** The versions of cdk8s of which this file knows how an `ApiObject` keeps its data. */
export const KNOWN_CDK8S: readonly string[] = ['2.70.106'];

/** The manifest of an object, and what was seen in its texts. */
export interface Reading extends Suspicions {
  readonly manifest: Manifest;
}

/** What an object of cdk8s keeps to itself. */
interface Internals {
  readonly props: JsonObject;
  readonly patches: readonly JsonPatch[];
  readonly metadata: {
    readonly _additionalAttributes: object;
    readonly name?: string;
    readonly namespace?: string;
    readonly labels: object;
    readonly annotations: object;
    readonly finalizers: readonly unknown[];
    readonly ownerReferences: readonly unknown[];
  };
}

/**
 * Makes the function that reads the objects below an app. What an object has is not copied where it is plain data.
 *
 * The function throws PlatformError REF-003 for a Pulumi Output, DATA-001 for what is not plain data, DATA-002 for data
 * that contains itself, PATCH-001 for a JSON patch that does not apply.
 */
export function apiObjectReader(root: IConstruct): (object: ApiObject) => Reading {
  const isKnown = isKnownVersion() && hasOwnResolversOnly(root);
  return (object) => (isKnown && isPlainApiObject(object) ? readData(object) : readJson(object, isKnown));
}

/**
 * Values of a chart as plain data, with references as markers.
 *
 * @throws PlatformError as the function that reads objects
 */
export function readValues(where: string, values: JsonObject): JsonObject {
  try {
    return plainData(values, 'absent').value as JsonObject;
  } catch (error) {
    throw error instanceof Refusal ? explained(`${where}.values`, error) : error;
  }
}

/** The error for an Output of Pulumi where a plain value or a `Ref` belongs. */
export function outputInManifest(where: string): PlatformError {
  return new PlatformError(
    'REF-003',
    where,
    'a Pulumi Output stands in a manifest, where it would print an apology instead of its value',
    "Use a Ref, such as cluster.ref('…'), which the deployment binds to the Output.",
  );
}

function isKnownVersion(): boolean {
  const { version } = (ApiObject as unknown as Record<symbol, { version: string }>)[Symbol.for('jsii.rtti')] ?? {};
  return version !== undefined && KNOWN_CDK8S.includes(version);
}

/** Whether the app resolves values as cdk8s does by itself. */
function hasOwnResolversOnly(root: IConstruct): boolean {
  const { resolvers } = root as IConstruct & { readonly resolvers?: readonly IResolver[] };
  const own = [LazyResolver, ImplicitTokenResolver, NumberStringUnionResolver];
  return (
    root instanceof App &&
    resolvers?.length === own.length &&
    own.every((resolver, index) => resolvers[index]?.constructor === resolver)
  );
}

/** Not so for data that resolves itself, for the classes that `cdk8s import` generates, and so for all of cdk8s-plus: their `toJson()` maps the data. */
function isPlainApiObject(object: ApiObject): boolean {
  return (
    object.toJson === ApiObject.prototype.toJson &&
    !('resolve' in (object as unknown as Internals).props) &&
    object.metadata.toJson === ApiObjectMetadataDefinition.prototype.toJson
  );
}

function readData(object: ApiObject): Reading {
  const { props, patches, metadata } = object as unknown as Internals;
  try {
    const data = plainData({ ...props, metadata: readMetadata(metadata) }, 'absent');
    const manifest = data.value as Manifest;
    if (patches.length > 0) return finished(patched(object, manifest, patches));
    return { manifest, mayRefer: data.mayRefer, mayLeak: data.mayLeak };
  } catch (error) {
    throw error instanceof Refusal ? explained(object.node.path, error) : error;
  }
}

function readMetadata(metadata: Internals['metadata']): Json | undefined {
  try {
    return plainData(metadataOf(metadata), 'absent or empty').value;
  } catch (error) {
    throw error instanceof Refusal ? error.under('metadata') : error;
  }
}

/** Members of the metadata that cdk8s keeps apart from the others. */
const APART = ['name', 'namespace', 'annotations', 'finalizers', 'ownerReferences', 'labels'] as const;

function metadataOf(metadata: Internals['metadata']): object {
  const members: Record<string, unknown> = { ...metadata._additionalAttributes };
  for (const key of APART) {
    const value = metadata[key];
    // Few objects have finalizers or owners.
    const isNothing = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!isNothing) members[key] = value;
  }
  return members;
}

function patched(object: ApiObject, manifest: Manifest, patches: readonly JsonPatch[]): Json {
  try {
    // It changes what it is given, which is the user's.
    return JsonPatch.apply(structuredClone(manifest), ...patches) as Json;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new PlatformError(
      'PATCH-001',
      object.node.path,
      `a JSON patch does not apply: ${reason}`,
      'Patch a member that is there, and give parents before their members.',
    );
  }
}

function readJson(object: ApiObject, isKnown: boolean): Reading {
  try {
    return finished(object.toJson() as Json);
  } catch (error) {
    if (error instanceof Refusal) throw explained(object.node.path, error);
    throw problemIn(object, isKnown) ?? error;
  }
}

function finished(json: Json): Reading {
  const { value, mayRefer, mayLeak } = plainData(json, 'nothing');
  return { manifest: value as Manifest, mayRefer, mayLeak };
}

/** What in the data made `toJson()` fail, as far as it can be seen from here. */
function problemIn(object: ApiObject, isKnown: boolean): PlatformError | undefined {
  const { props, metadata } = object as unknown as Internals;
  try {
    plainData({ ...props, metadata: metadataOf(metadata) }, 'absent');
  } catch (error) {
    // With resolvers of its own, an app may take class instances.
    if (error instanceof Refusal && (isKnown || error.reason !== 'instance')) return explained(object.node.path, error);
  }
  return undefined;
}

function explained(place: string, { reason, path, message }: Refusal): PlatformError {
  const where = [place, ...path].join('.');
  if (reason === 'output') return outputInManifest(where);
  return reason === 'endless'
    ? new PlatformError('DATA-002', where, message, 'Break the cycle.')
    : new PlatformError('DATA-001', where, message, 'Give text, a number, a boolean, a list or a plain object.');
}
