// Reads a rendered GitOps tree back as its controller does: from the entry it is given, along the paths it finds there.
import { loadAll } from 'js-yaml';
import { at, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ChartReference, PlatformModel } from '../../../lib/model/platform-model.ts';
import type { FileTree } from '../../../lib/render/files.ts';
import { renderArgoCd } from '../../../lib/render/gitops/argo-cd.ts';
import type { GitOpsOptions } from '../../../lib/render/gitops/common.ts';
import { renderFlux } from '../../../lib/render/gitops/flux.ts';

/** A unit as the tree has it. */
export interface TreeUnit {
  readonly cluster: string;
  readonly id: string;
  readonly runOnce: boolean;
  /** The Argo CD Application or Flux Kustomization. */
  readonly owner: Manifest;
  readonly objects: readonly Manifest[];
  /** Whether Helm's hooks are needed is nothing that a tree says. */
  readonly charts: readonly Omit<ChartReference, 'hooks'>[];
  /** Whether the controller finishes the other unit of the cluster before it begins with this one. */
  comesAfter(other: TreeUnit): boolean;
  /** Whether a teardown of the cluster removes this unit before the other, or does not remove the other at all. */
  goesBefore(other: TreeUnit): boolean;
}

/** What was read before: the CRDs are megabytes, and the same in many trees. */
const read = new Map<string, readonly Manifest[]>();

/** The objects of one file. */
export function objectsOf(files: FileTree, path: string): readonly Manifest[] {
  const text = files.get(path);
  if (text === undefined) throw new Error(`the tree has no ${path}`);
  const known = read.get(text);
  if (known !== undefined) return known;
  const objects = loadAll(text, undefined, { filename: path }) as readonly Manifest[];
  read.set(text, objects);
  return objects;
}

/** The objects of all YAML files right in a folder, as a controller that is given the folder takes them. */
export function objectsInFolder(files: FileTree, folder: string): readonly Manifest[] {
  const inside = [...files.keys()].filter((path) => path.slice(0, path.lastIndexOf('/')) === folder);
  return inside.filter((path) => path.endsWith('.yaml')).flatMap((path) => objectsOf(files, path));
}

/** What Argo CD makes of `kubectl apply -f bootstrap/`, when the tree lies in the folder `base` of the repository. */
export function readArgoCd(files: FileTree, base = ''): readonly TreeUnit[] {
  const roots = objectsOf(files, 'bootstrap/roots.yaml');
  return roots
    .flatMap((root) => objectsInFolder(files, inTree(base, text(root, 'spec', 'source', 'path'))))
    .map((owner) => argoUnit(files, base, owner));
}

function argoUnit(files: FileTree, base: string, owner: Manifest): TreeUnit {
  const cluster = text(owner, 'spec', 'destination', 'name');
  const sources = [...objectsIn(at(owner, 'spec', 'sources')), ...objectsIn([at(owner, 'spec', 'source') ?? null])];
  const runOnce = at(owner, 'spec', 'syncPolicy', 'automated') === undefined;
  const wave = Number(owner.metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? '0');
  return {
    cluster,
    id: owner.metadata.name.slice(cluster.length + 1),
    runOnce,
    owner,
    objects: sources
      .filter((source) => source['path'] !== undefined)
      .flatMap((source) => objectsInFolder(files, inTree(base, text(source, 'path')))),
    charts: sources.filter((source) => source['chart'] !== undefined).map((source) => argoChart(owner, source)),
    // A person starts a job when everything is there.
    comesAfter: (other) => (runOnce && !other.runOnce) || argoWave(other) < wave,
    goesBefore: (other) => wave > argoWave(other) || !isDeletedByArgo(other),
  };
}

function argoWave({ owner }: TreeUnit): number {
  return Number(owner.metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? '0');
}

function isDeletedByArgo({ owner }: TreeUnit): boolean {
  return owner.metadata['finalizers'] !== undefined;
}

function argoChart(owner: Manifest, source: JsonObject): TreeUnit['charts'][number] {
  const repository = text(source, 'repoURL');
  const release = text(source, 'helm', 'releaseName');
  const digest = objectsIn(at(owner, 'spec', 'info')).find((info) => info['name'] === `digest of ${release}`)?.[
    'value'
  ];
  return {
    release,
    namespace: text(owner, 'spec', 'destination', 'namespace'),
    repository: repository.includes('://') ? repository : `oci://${repository}`,
    chart: text(source, 'chart'),
    version: text(source, 'targetRevision'),
    ...(digest === undefined ? {} : { digest: String(digest) }),
    values: at(source, 'helm', 'valuesObject') as JsonObject,
    skipCrds: at(source, 'helm', 'skipCrds') === true,
  };
}

/** What Flux makes of the tree when each cluster is bootstrapped with its folder in `clusters/`. */
export function readFlux(files: FileTree, base = ''): readonly TreeUnit[] {
  const clusters = new Set([...files.keys()].flatMap((path) => /^clusters\/([^/]+)\//.exec(path)?.[1] ?? []));
  return [...clusters].flatMap((cluster) => {
    const owners = objectsInFolder(files, `clusters/${cluster}`);
    return owners.map((owner) => fluxUnit(files, base, cluster, owner, owners));
  });
}

function fluxUnit(
  files: FileTree,
  base: string,
  cluster: string,
  owner: Manifest,
  owners: readonly Manifest[],
): TreeUnit {
  const folder = inTree(base, text(owner, 'spec', 'path').replace(/^\.\//, ''));
  const [kustomization] = objectsOf(files, `${folder}/kustomization.yaml`);
  const all = ((kustomization?.['resources'] ?? []) as readonly string[]).flatMap((name) =>
    objectsOf(files, `${folder}/${name}`),
  );
  const isFlux = ({ apiVersion }: Manifest) => apiVersion.includes('.toolkit.fluxcd.io/');
  const { name } = owner.metadata;
  return {
    cluster,
    id: name,
    runOnce: at(owner, 'spec', 'suspend') === true,
    owner,
    objects: all.filter((object) => !isFlux(object)),
    charts: all.filter(({ kind }) => kind === 'HelmRelease').map((release) => fluxChart(release, all)),
    comesAfter: (other) => neededBy(owners, name).has(other.id),
    // Whoever takes the units down takes those first that no other depends on.
    goesBefore: (other) => neededBy(owners, name).has(other.id) || at(other.owner, 'spec', 'prune') !== true,
  };
}

/** Names of all Kustomizations that the named one waits for, directly or through others. */
function neededBy(owners: readonly Manifest[], name: string, found = new Set<string>()): ReadonlySet<string> {
  const owner = owners.find(({ metadata }) => metadata.name === name);
  for (const { name: need } of objectsIn(at(owner, 'spec', 'dependsOn'))) {
    if (typeof need !== 'string' || found.has(need)) continue;
    found.add(need);
    neededBy(owners, need, found);
  }
  return found;
}

function fluxChart(release: Manifest, objects: readonly Manifest[]): TreeUnit['charts'][number] {
  const from = text(
    release,
    'spec',
    ...(at(release, 'spec', 'chartRef') === undefined ? ['chart', 'spec', 'sourceRef', 'name'] : ['chartRef', 'name']),
  );
  const source = objects.find(
    ({ kind, metadata }) =>
      kind.endsWith('Repository') && metadata.name === from && metadata.namespace === release.metadata.namespace,
  );
  if (source === undefined)
    throw new Error(`HelmRelease ${release.metadata.name} names a source that is not beside it`);
  const isOci = source.kind === 'OCIRepository';
  const url = text(source, 'spec', 'url');
  const digest = isOci
    ? at(source, 'spec', 'ref', 'digest')
    : release.metadata.annotations?.['cdk8s-ai.dev/chart-digest'];
  return {
    release: text(release, 'spec', 'releaseName'),
    namespace: release.metadata.namespace ?? '',
    repository: isOci ? url.slice(0, url.lastIndexOf('/')) : url,
    chart: isOci ? url.slice(url.lastIndexOf('/') + 1) : text(release, 'spec', 'chart', 'spec', 'chart'),
    version: isOci ? text(source, 'spec', 'ref', 'tag') : text(release, 'spec', 'chart', 'spec', 'version'),
    ...(digest === undefined ? {} : { digest: String(digest) }),
    values: at(release, 'spec', 'values') as JsonObject,
    skipCrds: at(release, 'spec', 'install', 'crds') === 'Skip' && at(release, 'spec', 'upgrade', 'crds') === 'Skip',
  };
}

function text(value: JsonObject, ...path: readonly string[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string')
    throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value).slice(0, 200)}`);
  return found;
}

function inTree(base: string, path: string): string {
  if (base === '') return path;
  if (!path.startsWith(`${base}/`)) throw new Error(`${path} is outside of ${base}`);
  return path.slice(base.length + 1);
}

/** The whole tree for Argo CD. */
export function argoCdTree(model: PlatformModel, options: GitOpsOptions): FileTree {
  return new Map(renderArgoCd(model, options));
}

/** The whole tree for Flux. */
export function fluxTree(model: PlatformModel, options: GitOpsOptions): FileTree {
  return new Map(renderFlux(model, options));
}
