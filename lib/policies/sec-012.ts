import { credentialIn, credentialsIn, isNamedCredential, type Leak } from '../model/credentials.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ChartReference, ObjectModel, UnitModel } from '../model/platform-model.ts';
import { markersIn } from '../model/value.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const sec012: Policy = {
  id: 'SEC-012',
  title: 'No credential stands in an object or in the values of a chart.',
  why: 'Manifests and values go to Git, and its history keeps a credential after it was taken out.',
  source: 'https://kubernetes.io/docs/concepts/security/secrets-good-practices/',
  severity: 'error',
  check: perCluster((cluster) =>
    cluster.units.flatMap((unit) => [
      ...unit.objects.flatMap(judgeObject),
      ...unit.charts.flatMap((chart) => judgeChart(unit, chart)),
    ]),
  ),
  examples: {
    passing: () =>
      examplePlatform({ units: [exampleUnit(secret('[[ref:string:secret:raw:east/registry/password]]'))] }),
    failing: () => examplePlatform({ units: [exampleUnit(secret('not-a-secret-any-more'))] }),
  },
};

const NONE: readonly Verdict[] = [];

function secret(password: string) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'registry', namespace: 'vision' },
    stringData: { password },
  };
}

function judgeObject({ path, manifest, mayLeak = true }: ObjectModel): readonly Verdict[] {
  const leaks = mayLeak || isSettings(manifest) ? leaksOf(manifest) : leaksInAnnotations(manifest);
  if (leaks.length === 0) return NONE;
  const title = `${manifest.kind} '${manifest.metadata.name}'`;
  return leaks.map((leak) =>
    fail(
      path,
      `${title} holds ${leak.what} at ${leak.at}`,
      'Take it from a secret reference or a Secret that is made elsewhere, and replace the exposed one.',
    ),
  );
}

function judgeChart(unit: UnitModel, { release, repository, values }: ChartReference): readonly Verdict[] {
  const leaks = [...credentialsIn({ repository }, 'field'), ...credentialsIn({ values }, 'chart value')];
  return leaks.map((leak) =>
    fail(
      unit.path,
      `the chart of release '${release}' holds ${leak.what} at ${leak.at}`,
      "Use the chart's value that names an existing Secret, and replace the exposed one.",
    ),
  );
}

function isSettings({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === 'v1' && (kind === 'Secret' || kind === 'ConfigMap');
}

function leaksInAnnotations({ metadata: { annotations } }: Manifest): readonly Leak[] {
  return annotations === undefined ? NO_LEAKS : credentialsIn({ metadata: { annotations } }, 'setting');
}

/** Data of a ConfigMap and annotations are settings by name; other fields may be called `secretKey` for good reasons. */
function leaksOf(manifest: Manifest): readonly Leak[] {
  const { metadata, ...rest } = manifest;
  const { annotations: _, ...named } = metadata;
  const inMetadata = [...leaksInAnnotations(manifest), ...credentialsIn({ metadata: named }, 'field')];
  if (!isSettings(manifest)) return [...inMetadata, ...credentialsIn(rest, 'field')];
  return [...inMetadata, ...(manifest.kind === 'Secret' ? inSecret(rest) : credentialsIn(rest, 'setting'))];
}

const NO_LEAKS: readonly Leak[] = [];

/**
 * Entries of a Secret that are not references. Beside an entry that is one, plain companions such as a user name or an
 * endpoint are no leak unless they look like a credential.
 */
function inSecret(rest: JsonObject): readonly Leak[] {
  const entries = ['data', 'stringData'].flatMap((part) =>
    Object.entries(isJsonObject(rest[part]) ? rest[part] : {}).map(([key, value]) => ({ part, key, value })),
  );
  const referred = entries.some(({ value }) => isSecretReference(value));
  return entries
    .filter(({ key, value }) => typeof value === 'string' && value !== '' && isLiteral(key, value, referred))
    .map(({ part, key }) => ({ at: `${part}.${key}`, what: 'a literal' }));
}

function isLiteral(key: string, value: string, referred: boolean): boolean {
  if (markersIn(value).length > 0) return credentialIn(value) !== undefined;
  return !referred || credentialIn(value) !== undefined || isNamedCredential(key, value, 'setting');
}

function isSecretReference(value: Json | undefined): boolean {
  return typeof value === 'string' && markersIn(value).some((marker) => marker.secret);
}
