import { isDnsSubdomain } from '../constructs/names.ts';
import { PlatformError } from '../model/errors.ts';
import { isJsonObject, type Json, visitStrings } from '../model/json.ts';
import { groupOf, type Manifest } from '../model/kubernetes.ts';
import { markersIn } from '../model/value.ts';
import { outputInManifest } from './read-api-object.ts';

/** What an Output of Pulumi prints when it is put into a text. */
const OUTPUT_TEXT = 'Calling [toString] on an [Output<T>] is not supported';
/** Maps whose values are labels. */
const LABEL_MAPS = new Set(['labels', 'matchLabels', 'nodeSelector', 'selector']);
/** Members that identify something and so must be known when planning. */
const NAME_LEAVES = new Set(['name', 'namespace', 'generateName', 'kind', 'apiVersion']);

/** What is wrong with one object by itself: its name, and references where none may stand. */
export function inspect(path: string, manifest: Manifest): readonly PlatformError[] {
  const problems: PlatformError[] = [];
  const name: unknown = manifest.metadata.name;
  if (typeof name !== 'string' || !(isDnsSubdomain(name) || (isRbac(manifest.apiVersion) && isPathSegment(name)))) {
    if (typeof name !== 'string' || markersIn(name).length === 0) {
      problems.push(
        new PlatformError(
          'NAME-001',
          path,
          `${manifest.kind} ${JSON.stringify(name)} is not a name that Kubernetes accepts`,
          "Use lower-case letters, digits, '-' and '.', at most 253 characters.",
        ),
      );
    }
  }
  if (!mentions(manifest)) return problems;
  visitStrings(manifest, (text, keys, isKey) => {
    const place = `${path}.${keys.join('.')}`;
    if (text.includes(OUTPUT_TEXT)) problems.push(outputInManifest(place));
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

/** Whether any string of the value holds a reference or the text of an Output; cheap, because most objects hold none. */
function mentions(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes('[[ref:') || value.includes(OUTPUT_TEXT);
  if (Array.isArray(value)) return value.some(mentions);
  if (!isJsonObject(value)) return false;
  for (const key of Object.keys(value)) if (mentions(key) || mentions(value[key])) return true;
  return false;
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
