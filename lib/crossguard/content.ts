import type { Origin } from '../model/cluster-facts.ts';
import { at, isJsonObject, type Json } from '../model/json.ts';
import { identityOf, type Manifest } from '../model/kubernetes.ts';
import type { ChartReference, ObjectModel } from '../model/platform-model.ts';
import { hide, type Input, type InputObject, isInputObject } from './inputs.ts';
import type { StackResource } from './stack.ts';

/** Makes of the inputs of a resource what rules may read. */
export type Read = (urn: string, input: Input) => Json;

/** A chart, which Helm renders, as a release or as resources. */
const CHART = /^kubernetes:helm\.sh\/v\d+:(Release|Chart)$/;

/** The object that the resource is, as rules read it; nothing when it is none. */
export function objectOf(
  { urn, type, name }: StackResource,
  input: Input | undefined,
  origins: Readonly<Record<string, Origin>>,
  read: Read,
): readonly (ObjectModel & { readonly urn: string })[] {
  if (CHART.test(type) || !isInputObject(input)) return [];
  const { apiVersion, kind } = input;
  // A patch is a part of an object that stands elsewhere.
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || type.endsWith(`:${kind}Patch`)) return [];
  // Without any metadata nothing tells which object it is; to look at them is to have that reported.
  if (typeof at(read(urn, input), 'metadata') === 'string') return [];
  const whole = named(input, name);
  const origin = origins[identityOf(read(urn, whole) as Manifest)];
  const manifest = read(
    urn,
    hide(whole, origin?.secrets ?? (origin === undefined ? ownSecrets(whole) : [])),
  ) as Manifest;
  return [{ urn, path: origin?.path ?? `${type} ${name}`, manifest }];
}

/** With a name, which the provider may only be about to choose. */
function named(input: InputObject, name: string): InputObject {
  const { metadata = {} } = input;
  return isInputObject(metadata) && metadata['name'] === undefined
    ? { ...input, metadata: { ...metadata, name } }
    : input;
}

/** Pulumi keeps the content of every Secret secret, and here nothing tells a literal from what was secret before. */
function ownSecrets(object: InputObject): readonly (readonly string[])[] {
  if (object['apiVersion'] !== 'v1' || object['kind'] !== 'Secret') return [];
  return ['data', 'stringData'].flatMap((part) => {
    const entries = object[part];
    return isInputObject(entries) ? Object.keys(entries).map((key) => [part, key]) : [];
  });
}

/** The chart that the resource installs, as rules read it; nothing when it installs none. */
export function chartOf(
  { urn, type, name }: StackResource,
  input: Input | undefined,
  origins: Readonly<Record<string, Origin>>,
  read: Read,
): readonly ChartReference[] {
  if (!CHART.test(type) || !isInputObject(input)) return [];
  const release = typeof input['name'] === 'string' ? input['name'] : name;
  const chart = read(urn, hide(input, origins[release]?.secrets ?? []));
  if (!isJsonObject(chart)) return [];
  const { values, repositoryOpts } = chart;
  const source = text(chart['chart']);
  const folder = source.startsWith('oci://') ? source.slice(0, source.lastIndexOf('/')) : undefined;
  return [
    {
      release,
      namespace: text(chart['namespace']),
      repository: folder ?? text(isJsonObject(repositoryOpts) ? repositoryOpts['repo'] : ''),
      chart: folder === undefined ? source : source.slice(folder.length + 1),
      version: text(chart['version']),
      values: isJsonObject(values) ? values : {},
      skipCrds: chart['skipCrds'] === true,
      hooks: type.endsWith(':Release'),
    },
  ];
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
