import { at, isJsonObject, type Json, type JsonObject, objectsIn } from './json.ts';

/**
 * What is asked about the containers and volumes of a pod, noted in one walk: on a large platform a walk through all
 * containers takes longer than whatever is done on the way.
 */
export interface PodNotes {
  /** Whether more is asked for than the cores, memory and the like of any node: something that must be advertised. */
  readonly asksForMore: boolean;
  /** Names of the ConfigMaps without which the pod does not start. */
  readonly configMaps: readonly string[];
  /** Names of the claims that it mounts. */
  readonly claims: readonly string[];
  /** Volumes with a claim of their own. */
  readonly ephemeral: readonly JsonObject[];
  /** Paths at which nothing can be mounted: they are not absolute, or climb. */
  readonly wrongPaths: readonly string[];
}

/** The notes of most pods, which keep none of their own. */
const NOTHING: PodNotes = { asksForMore: false, configMaps: [], claims: [], ephemeral: [], wrongPaths: [] };

type Draft = {
  -readonly [Note in keyof PodNotes]: PodNotes[Note] extends readonly (infer Item)[] ? Item[] : PodNotes[Note];
};

/** The notes on a pod of this spec with these containers. */
export function notesOn(spec: JsonObject, containers: readonly JsonObject[]): PodNotes {
  const notes: Draft = {
    asksForMore: namesMore(spec['resources']),
    configMaps: [],
    claims: [],
    ephemeral: [],
    wrongPaths: [],
  };
  for (const container of containers) readContainer(container, notes);
  for (const volume of objectsIn(spec['volumes'])) readVolume(volume, notes);
  const { asksForMore, configMaps, claims, ephemeral, wrongPaths } = notes;
  const isEmpty = !asksForMore && configMaps.length + claims.length + ephemeral.length + wrongPaths.length === 0;
  return isEmpty ? NOTHING : notes;
}

function readContainer({ resources, env, envFrom, volumeMounts }: JsonObject, notes: Draft): void {
  if (namesMore(resources)) notes.asksForMore = true;
  for (const { valueFrom } of objectsIn(env))
    if (isJsonObject(valueFrom)) readSettings(valueFrom['configMapKeyRef'], notes);
  for (const { configMapRef } of objectsIn(envFrom)) readSettings(configMapRef, notes);
  for (const { mountPath } of objectsIn(volumeMounts)) {
    const path = String(mountPath ?? '');
    if (isWrong(path)) note(path, notes.wrongPaths);
  }
}

function readVolume(volume: JsonObject, notes: Draft): void {
  const { configMap, projected, persistentVolumeClaim, ephemeral } = volume;
  readSettings(configMap, notes);
  for (const source of objectsIn(at(projected, 'sources'))) readSettings(source['configMap'], notes);
  const claim = at(persistentVolumeClaim, 'claimName');
  if (typeof claim === 'string') note(claim, notes.claims);
  if (ephemeral !== undefined) notes.ephemeral.push(volume);
}

/** What every node has goes by names without a domain. */
function namesMore(resources: Json | undefined): boolean {
  if (!isJsonObject(resources)) return false;
  const { limits, requests } = resources;
  // A plain object inherits nothing enumerable.
  if (isJsonObject(limits)) for (const name in limits) if (name.includes('/')) return true;
  if (isJsonObject(requests)) for (const name in requests) if (name.includes('/')) return true;
  return false;
}

/** What is optional need not be there. */
function readSettings(source: Json | undefined, { configMaps }: Draft): void {
  if (!isJsonObject(source) || source['optional'] === true) return;
  if (typeof source['name'] === 'string') note(source['name'], configMaps);
}

/** Once, however often it is met. */
function note(text: string, list: string[]): void {
  if (!list.includes(text)) list.push(text);
}

function isWrong(path: string): boolean {
  return !path.startsWith('/') || (path.includes('..') && path.split('/').includes('..'));
}
