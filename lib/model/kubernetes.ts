import { at, isJsonObject, type Json, type JsonObject, objectsIn, setOwn } from './json.ts';
import { notesOn, type PodNotes } from './pod-notes.ts';

/** A Kubernetes object as it is written to a file or sent to the API server. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMetadata;
}

/** The metadata of a manifest that this library reads or writes itself. */
export interface ManifestMetadata extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a taint does to pods that do not tolerate it. */
export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

/** A node taint, as Kubernetes spells it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: TaintEffect;
}

/** A pod toleration, as Kubernetes spells it. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: TaintEffect;
  readonly tolerationSeconds?: number;
}

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

/** API group of an `apiVersion`; the core group is the empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The identity of an object inside one cluster: group/kind, namespace and name. The version is no part of it. */
export function identityOf(manifest: Manifest): string {
  const group = groupOf(manifest.apiVersion);
  return `${manifest.kind}${group === '' ? '' : `.${group}`}/${manifest.metadata.namespace ?? ''}/${manifest.metadata.name}`;
}

/** Whether a pod with this toleration may be placed in spite of the taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  // Kubernetes reads an empty effect or key like an absent one: it matches all.
  const effect: string = toleration.effect ?? '';
  if (effect !== '' && effect !== taint.effect) return false;
  if (toleration.key === undefined || toleration.key === '') return toleration.operator === 'Exists';
  if (toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}

/** The taints that keep a pod with these tolerations off the node; `PreferNoSchedule` never does. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): readonly Taint[] {
  return taints.filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

/** A toleration that accepts exactly this taint, whatever its value. */
export function tolerationFor(taint: Taint): Toleration {
  return { key: taint.key, operator: 'Exists', effect: taint.effect };
}

/** `key=value:Effect`, as `kubectl taint` writes it. */
export function formatTaint(taint: Taint): string {
  return `${taint.key}${taint.value === undefined ? '' : `=${taint.value}`}:${taint.effect}`;
}

/** A pod template found in an object, with how many pods it makes. */
export interface PodTemplate {
  /** Name of the part that owns the template, when the object has several (a task of a Volcano job, a canary). */
  readonly part: string;
  readonly replicas: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: JsonObject;
  /** The containers of the spec, as `containersOf` lists them. */
  readonly containers: readonly JsonObject[];
  readonly notes: PodNotes;
}

/** The pod templates of an object: of workloads that Kubernetes knows, of Volcano jobs, and of model servers of KServe. */
export function podTemplatesOf(manifest: Manifest): readonly PodTemplate[] {
  const group = groupOf(manifest.apiVersion);
  const spec = manifest['spec'];
  if (group === '' && manifest.kind === 'Pod') return [podTemplate('pod', 1, manifest as JsonObject)];
  if (group === 'apps' || (group === '' && manifest.kind === 'ReplicationController')) {
    return template(manifest.kind === 'DaemonSet' ? 1 : countOf(at(spec, 'replicas')), at(spec, 'template'));
  }
  if (group === 'batch' && manifest.kind === 'Job')
    return template(countOf(at(spec, 'parallelism')), at(spec, 'template'));
  if (group === 'batch' && manifest.kind === 'CronJob') {
    const job = at(spec, 'jobTemplate', 'spec');
    return template(countOf(at(job, 'parallelism')), at(job, 'template'));
  }
  if (group === 'batch.volcano.sh' && manifest.kind === 'Job') {
    return objectsIn(at(spec, 'tasks')).flatMap((task) => {
      const pod = task['template'];
      return isJsonObject(pod) ? [podTemplate(String(task['name'] ?? 'task'), countOf(task['replicas'], 0), pod)] : [];
    });
  }
  if (group === 'serving.kserve.io' && manifest.kind === 'InferenceService') return servers(manifest);
  return [];
}

/** What KServe makes of an InferenceService: its parts are pod specs with a few members beside, a canary is laid over the predictor. */
function servers({ metadata, spec }: Manifest): readonly PodTemplate[] {
  const predictor = at(spec, 'predictor');
  if (!isJsonObject(predictor)) return [];
  const parts: readonly (readonly [string, JsonObject])[] = [
    ['pod', predictor],
    ...['transformer', 'explainer'].flatMap((name) => {
      const part = at(spec, name);
      return isJsonObject(part) ? [[name, part] as const] : [];
    }),
    ...objectsIn(at(spec, 'canary')).flatMap(({ predictor: own }) =>
      isJsonObject(own) ? [[String(own['name']), { ...predictor, maxReplicas: undefined, ...own }] as const] : [],
    ),
  ];
  const common = { ...metadata.labels, 'serving.kserve.io/inferenceservice': metadata.name };
  return parts.map(([name, { model, maxReplicas, minReplicas, labels, annotations, ...pod }]) =>
    podTemplate(name, countOf(maxReplicas ?? minReplicas), {
      metadata: {
        labels: { ...common, component: name === 'pod' ? 'predictor' : name, ...stringMap(labels) },
        annotations: { ...metadata.annotations, ...stringMap(annotations) },
      },
      spec: isJsonObject(model) ? { ...pod, containers: [{ ...model, name: 'kserve-container' }] } : pod,
    }),
  );
}

/** The containers that run at the same time, and the ones that run before them. */
export function containersOf(podSpec: JsonObject): readonly JsonObject[] {
  const containers = objectsIn(podSpec['containers']);
  const before = objectsIn(podSpec['initContainers']);
  return before.length === 0 ? containers : [...before, ...containers];
}

/** A map of strings, whatever else the value holds left out. */
export function stringMap(value: Json | undefined): Labels {
  if (!isJsonObject(value)) return NOTHING;
  // A plain object inherits nothing enumerable, and nearly all maps of this kind hold strings alone.
  for (const key in value) if (typeof value[key] !== 'string') return stringsIn(value);
  return value as Labels;
}

const NOTHING: Labels = {};

function stringsIn(value: JsonObject): Labels {
  const map: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) if (typeof text === 'string') setOwn(map, key, text);
  return map;
}

function template(replicas: number, pod: Json | undefined): readonly PodTemplate[] {
  return isJsonObject(pod) ? [podTemplate('pod', replicas, pod)] : [];
}

function podTemplate(part: string, replicas: number, pod: JsonObject): PodTemplate {
  const { labels, annotations }: JsonObject = isJsonObject(pod['metadata']) ? pod['metadata'] : NOTHING;
  const spec: JsonObject = isJsonObject(pod['spec']) ? pod['spec'] : NOTHING;
  const containers = containersOf(spec);
  return {
    part,
    replicas,
    labels: stringMap(labels),
    annotations: stringMap(annotations),
    spec,
    containers,
    notes: notesOn(spec, containers),
  };
}

/** A number of pods; an absent one is 1 in Kubernetes' own workloads, and 0 in a task of a Volcano job. */
function countOf(value: Json | undefined, absent = 1): number {
  return typeof value === 'number' ? value : absent;
}
