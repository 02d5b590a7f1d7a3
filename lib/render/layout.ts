import { createHash } from 'node:crypto';
import { groupOf, type Manifest } from '../model/kubernetes.ts';
import { emitDocuments } from './yaml.ts';

/** Files as they are made, one after the other: the text of each by its path, with `/` between names. */
export type FileStream = Iterable<readonly [path: string, text: string]>;

/** How the objects of a unit are spread over files: all in `objects.yaml`, or each in a file named after its identity. */
export type Layout = 'unit' | 'object';

/** What most file systems take, in bytes. */
const LONGEST_NAME = 255;
const ENDING = '.yaml';
/** Digits of the checksum that stands for the end of a name that is too long. */
const CHECKSUM = 16;

/** The files of the objects of a unit, by name: all of them right in the folder of the unit, in the order of the objects. */
export function objectFiles(manifests: readonly Manifest[], layout: Layout = 'unit'): ReadonlyMap<string, string> {
  const files = new Map<string, Manifest[]>();
  for (const manifest of manifests) {
    const name = layout === 'object' ? objectFileName(manifest) : `objects${ENDING}`;
    const file = files.get(name);
    if (file === undefined) files.set(name, [manifest]);
    else file.push(manifest);
  }
  return new Map([...files].map(([name, content]) => [name, emitDocuments(content)]));
}

/**
 * `Kind.group_namespace_name.yaml`, as in `Role.rbac.authorization.k8s.io_vision_edit.yaml` or `Namespace__vision.yaml`:
 * two objects of a cluster never share a name, on no file system. Kinds, groups and namespaces hold no `_`, so the parts
 * can be told apart; what is no small letter, digit, dot or dash in a name is written as `%` and its bytes, so
 * `system:node` is `system%3Anode`. A name that is too long for a file ends in `~` and a checksum of the identity.
 */
export function objectFileName({ apiVersion, kind, metadata }: Manifest): string {
  const group = groupOf(apiVersion);
  const whole = `${group === '' ? kind : `${kind}.${group}`}_${encoded(metadata.namespace ?? '')}_${encoded(metadata.name)}`;
  if (whole.length + ENDING.length <= LONGEST_NAME) return whole + ENDING;
  const checksum = createHash('sha256').update(whole).digest('hex').slice(0, CHECKSUM);
  return `${whole.slice(0, LONGEST_NAME - ENDING.length - CHECKSUM - 1)}~${checksum}${ENDING}`;
}

/** Capital letters too: names of roles may differ in nothing else, and some file systems would take them for one. */
function encoded(name: string): string {
  return name.replace(/[^a-z0-9.-]+/g, (part) => Buffer.from(part).toString('hex').toUpperCase().replace(/../g, '%$&'));
}
