import { PlatformError, throwAll } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { Labels, Manifest } from '../../model/kubernetes.ts';
import type { ClusterModel, UnitModel } from '../../model/platform-model.ts';
import type { Layout } from '../layout.ts';
import { emitDocuments } from '../yaml.ts';

/** The Git repository from which the controller reads the tree. */
export interface GitOpsOptions {
  /** URL as the controller reaches it, such as `https://github.com/example/platform.git`. */
  readonly repoUrl: string;
  /** Branch, tag or commit. @default 'main' */
  readonly revision?: string;
  /** Folder of the tree in the repository. @default '' - the root of the repository */
  readonly path?: string;
  /** How objects are spread over files. @default 'unit' */
  readonly layout?: Layout;
}

/** Annotations that the controllers read. They stand in GitOps trees alone: no other renderer knows a controller. */
export const ANNOTATIONS = {
  /** Argo CD neither prunes the object nor deletes it with its Application. */
  argoKeep: { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' },
  /** The object does not hold back the Applications of later waves. */
  argoIgnoreHealth: { 'argocd.argoproj.io/ignore-healthcheck': 'true' },
  /** Flux does not prune the object. */
  fluxKeep: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
  /** Flux creates the object and never changes it. */
  fluxOnce: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' },
} as const satisfies Readonly<Record<string, Labels>>;

/** A copy of the object with annotations added. What the user wrote under the same key stays. */
export function annotated(manifest: Manifest, ...added: readonly Labels[]): Manifest {
  if (added.length === 0) return manifest;
  const { metadata } = manifest;
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...Object.assign({}, ...added), ...metadata.annotations } },
  };
}

/** The object without the annotations that only GitOps trees add: what is left is the same in every output. */
export function withoutGitOpsAnnotations(manifest: Manifest): Manifest {
  const { annotations, ...metadata } = manifest.metadata;
  if (annotations === undefined) return manifest;
  const added: Labels = Object.assign({}, ...Object.values(ANNOTATIONS));
  const own = Object.entries(annotations).filter(([key, value]) => added[key] !== value);
  return { ...manifest, metadata: own.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(own) } };
}

/** Whether losing the object would lose data or the content of others: a controller must never delete it by itself. */
export function isProtected({ kind, metadata }: Manifest): boolean {
  if (kind === 'Queue') return metadata.name === 'default' || metadata.name === 'root';
  return kind === 'Namespace' || kind === 'PersistentVolumeClaim' || kind === 'CustomResourceDefinition';
}

/** A path below the folder of the tree, as seen from the root of the repository. */
export function pathInRepository({ path = '' }: GitOpsOptions, ...parts: readonly string[]): string {
  return [...path.split('/').filter((part) => part !== '' && part !== '.'), ...parts].join('/');
}

/** Text of typed objects of the controllers, which are plain data though their generated types do not say so. */
export function emitTyped(...objects: readonly object[]): string {
  return emitDocuments(objects as readonly Json[]);
}

/** Controllers write these names into label values, which end here. */
const LONGEST_NAME = 63;

/**
 * Checks what every GitOps controller needs of a cluster's units.
 *
 * @throws PlatformError GITOPS-001 when a name is longer than 63 characters; GITOPS-003 when a unit waits for one that
 *   only a person starts. An AggregateError when there are several
 */
export function checkUnits({ units }: ClusterModel, nameOf: (unit: UnitModel) => string): void {
  const runOnce = new Set(units.filter((unit) => unit.runOnce).map((unit) => unit.id));
  throwAll(units.flatMap((unit) => [...nameProblems(unit, nameOf(unit)), ...waitProblems(unit, runOnce)]));
}

function nameProblems({ path }: UnitModel, name: string): readonly PlatformError[] {
  if (name.length <= LONGEST_NAME) return [];
  return [
    new PlatformError(
      'GITOPS-001',
      path,
      `'${name}' has ${name.length} characters, and a GitOps controller takes ${LONGEST_NAME}`,
      'Shorten the name of the cluster, the tenant or the construct.',
    ),
  ];
}

function waitProblems(unit: UnitModel, runOnce: ReadonlySet<string>): readonly PlatformError[] {
  return unit.dependsOn
    .filter((id) => runOnce.has(id))
    .map(
      (id) =>
        new PlatformError(
          'GITOPS-003',
          unit.path,
          `it waits for '${id}', which runs once and only when a person starts it`,
          'Drop the dependency: no controller can wait for that.',
        ),
    );
}
