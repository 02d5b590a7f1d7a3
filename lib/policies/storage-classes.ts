import { at, isJsonObject, type Json, objectsIn } from '../model/json.ts';
import type { ClusterModel, StorageClassModel } from '../model/platform-model.ts';
import { classGiving } from '../model/storage-classes.ts';
import { objectsOfKind } from './objects.ts';
import { podsOf } from './pods.ts';
import { fail, unknown, type Verdict } from './policy.ts';

/** Something that asks for a volume. */
interface Claim {
  readonly path: string;
  readonly title: string;
  readonly spec: Json | undefined;
}

/** The part of FIT-021 on StorageClasses: those that the cluster has by itself, and those of the program. */
export function judgeStorageClasses(cluster: ClusterModel): readonly Verdict[] {
  const claims = claimsOf(cluster);
  if (claims.length === 0) return [];
  const classes = classesOf(cluster);
  return claims.flatMap((claim) => judge(claim, classes));
}

function claimsOf(cluster: ClusterModel): readonly Claim[] {
  const claims = objectsOfKind(cluster, '', 'PersistentVolumeClaim').map(({ path, manifest }): Claim => {
    return { path, title: `claim '${manifest.metadata.name}'`, spec: manifest['spec'] };
  });
  const templates = objectsOfKind(cluster, 'apps', 'StatefulSet').flatMap(({ path, manifest }) =>
    objectsIn(at(manifest['spec'], 'volumeClaimTemplates')).map((template): Claim => {
      const name = String(at(template, 'metadata', 'name'));
      return { path, title: `claim '${name}' of StatefulSet '${manifest.metadata.name}'`, spec: template['spec'] };
    }),
  );
  const ephemeral = podsOf(cluster).flatMap(({ path, title, template }) =>
    template.notes.ephemeral.map((volume): Claim => {
      const spec = at(volume, 'ephemeral', 'volumeClaimTemplate', 'spec');
      return { path, title: `volume '${String(volume['name'])}' of ${title}`, spec };
    }),
  );
  const charts = cluster.components
    .filter(({ installed }) => !installed)
    .flatMap(({ id, values }) => [...claimsIn(values, id)])
    .map(([title, spec]): Claim => ({ path: cluster.path, title, spec }));
  return [...claims, ...templates, ...ephemeral, ...charts];
}

/** Charts hand such templates on to the objects that they make, as that of Prometheus does. */
function* claimsIn(values: Json, path: string): Iterable<readonly [string, Json | undefined]> {
  if (!isJsonObject(values)) return;
  for (const [key, value] of Object.entries(values)) {
    if (key === 'volumeClaimTemplate') yield [`the volume of ${path}`, at(value, 'spec')];
    else if (value !== undefined) yield* claimsIn(value, `${path}.${key}`);
  }
}

/** What is known of the classes of a cluster. */
interface Classes {
  readonly all: readonly StorageClassModel[];
  /** Whether the cluster has no others. */
  readonly isComplete: boolean;
  /** Names that volumes of the program carry: no class need stand behind these. */
  readonly ofVolumes: readonly string[];
}

function classesOf(cluster: ClusterModel): Classes {
  const { storageClasses = [] } = cluster.cloud;
  const ofProgram = objectsOfKind(cluster, 'storage.k8s.io', 'StorageClass').map(({ manifest }): StorageClassModel => {
    const { name, annotations } = manifest.metadata;
    const isDefault = annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    // What a driver does for one class, it does for others, unless that one is wrong for the cluster.
    const alike = storageClasses.find(
      ({ provisioner, accessModes = [] }) => provisioner === manifest['provisioner'] && accessModes.length > 0,
    );
    return { name, isDefault, ...(alike?.accessModes === undefined ? {} : { accessModes: alike.accessModes }) };
  });
  const volumes = objectsOfKind(cluster, '', 'PersistentVolume');
  return {
    all: [...ofProgram, ...storageClasses],
    isComplete: cluster.cloud.storageClasses !== undefined,
    ofVolumes: volumes.map(({ manifest }) => String(at(manifest['spec'], 'storageClassName') ?? '')),
  };
}

function judge(claim: Claim, classes: Classes): readonly Verdict[] {
  const { path, title, spec } = claim;
  const name = at(spec, 'storageClassName');
  // Both ask for a volume that is there already.
  if (name === '' || at(spec, 'volumeName') !== undefined) return [];
  if (typeof name === 'string' && classes.ofVolumes.includes(name)) return [];
  const found = classes.all.find((one) => (typeof name === 'string' ? one.name === name : one.isDefault === true));
  if (found !== undefined) return judgeModes(claim, found, classes);
  if (typeof name !== 'string') {
    if (classes.isComplete) {
      const what = `${title} names no StorageClass, and the cluster has no default`;
      return [fail(path, what, `${nameAnother(claim, classes)}.`)];
    }
    const what = `whether the cluster has a default StorageClass for ${title} is not known`;
    return [unknown(path, what, "Say it: existing({ storageClasses: [{ name: 'disks', isDefault: true }] }).")];
  }
  if (classes.isComplete) {
    const what = `the cluster has no StorageClass '${name}', which ${title} names`;
    return [fail(path, what, `${nameAnother(claim, classes)}, or define '${name}' in the program.`)];
  }
  const what = `whether the cluster has the StorageClass '${name}' of ${title} is not known`;
  return [unknown(path, what, `Say it: existing({ storageClasses: [{ name: '${name}' }] }), or define it.`)];
}

function judgeModes(claim: Claim, found: StorageClassModel, classes: Classes): readonly Verdict[] {
  const { path, title, spec } = claim;
  const { name, accessModes } = found;
  // Raw devices are another matter: some disks can be attached to many nodes.
  if (accessModes === undefined || at(spec, 'volumeMode') === 'Block') return [];
  const missing = modesOf(claim).filter((mode) => !accessModes.some((one) => one === mode));
  if (missing.length === 0) return [];
  const gives = accessModes.length === 0 ? 'nothing that nodes of this cluster can mount' : accessModes.join(', ');
  const what = `${title} wants ${missing.join(', ')}, and StorageClass '${name}' gives ${gives}`;
  return [fail(path, what, `${nameAnother(claim, classes)}.`)];
}

function modesOf({ spec }: Claim): readonly string[] {
  const modes = at(spec, 'accessModes');
  return Array.isArray(modes) ? modes.map(String) : [];
}

/** The smallest change: the name of a class that does. */
function nameAnother(claim: Claim, { all }: Classes): string {
  const modes = modesOf(claim);
  const giving = classGiving(all, modes);
  if (giving !== undefined) return `Set storageClassName to '${giving.name}'`;
  return `Use a SharedDataset, or a StorageClass of the program that gives ${modes.join(', ')}`;
}
