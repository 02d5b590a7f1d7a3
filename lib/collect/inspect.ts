import { isDnsSubdomain } from '../constructs/names.ts';
import { PlatformError } from '../model/errors.ts';
import { at, visitStrings } from '../model/json.ts';
import { groupOf, type Manifest } from '../model/kubernetes.ts';
import { markersIn } from '../model/value.ts';
import { outputInManifest, type Reading } from './read-api-object.ts';

/** What an Output of Pulumi prints when it is put into a text or into JSON. */
const OUTPUT_TEXT = /Calling \[to(String|JSON)\] on an \[Output<T>\] is not supported/;
/** Maps whose values are labels. */
const LABEL_MAPS = new Set(['labels', 'matchLabels', 'nodeSelector', 'selector']);
/** Members that identify something and so must be known when planning. */
const NAME_LEAVES = new Set(['name', 'namespace', 'generateName', 'kind', 'apiVersion']);

/** What is wrong with one object by itself: its name, and references where none may stand. */
export function inspect(path: string, { manifest, mayRefer }: Reading): readonly PlatformError[] {
  const problems = nameProblems(path, manifest);
  return mayRefer ? [...problems, ...referenceProblems(path, manifest)] : problems;
}

function nameProblems(path: string, manifest: Manifest): readonly PlatformError[] {
  const { kind, apiVersion } = manifest as { readonly kind?: unknown; readonly apiVersion?: unknown };
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    return [
      new PlatformError(
        'DATA-001',
        path,
        `${JSON.stringify(apiVersion)}, ${JSON.stringify(kind)} are no apiVersion and kind`,
        'Do not patch them away.',
      ),
    ];
  }
  const name = at(manifest, 'metadata', 'name');
  if (typeof name === 'string') {
    if (isDnsSubdomain(name) || (isRbac(apiVersion) && isPathSegment(name))) return [];
    // A reference in a name is a mistake of its own.
    if (markersIn(name).length > 0) return [];
  }
  return [
    new PlatformError(
      'NAME-001',
      path,
      `${kind} ${JSON.stringify(name)} is not a name that Kubernetes accepts`,
      "Use lower-case letters, digits, '-' and '.', at most 253 characters.",
    ),
  ];
}

function referenceProblems(path: string, manifest: Manifest): readonly PlatformError[] {
  const problems: PlatformError[] = [];
  visitStrings(manifest, (text, keys, isKey) => {
    const place = `${path}.${keys.join('.')}`;
    if (OUTPUT_TEXT.test(text)) problems.push(outputInManifest(place));
    const [marker] = markersIn(text);
    if (marker !== undefined && (isKey || isIdentity(keys))) {
      problems.push(
        new PlatformError(
          'REF-001',
          place,
          `the reference '${marker.id}' stands in a ${isKey ? 'key' : 'name or label'}, which must be known when planning`,
          'Use a plain value here; references may stand in any other value.',
        ),
      );
    }
  });
  return problems;
}

function isIdentity(keys: readonly string[]): boolean {
  const leaf = keys.at(-1) ?? '';
  return NAME_LEAVES.has(leaf) || LABEL_MAPS.has(keys.at(-2) ?? '');
}

function isRbac(apiVersion: string): boolean {
  return groupOf(apiVersion) === 'rbac.authorization.k8s.io';
}

function isPathSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name);
}
