import { isJsonObject, type Json } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { PlatformModel } from '../../lib/model/platform-model.ts';

/** The same platform with CRDs that say nothing of their fields: megabytes that take the Pulumi SDK seconds. */
export function withoutSchemas(model: PlatformModel): PlatformModel {
  return {
    ...model,
    clusters: model.clusters.map((cluster) => ({
      ...cluster,
      units: cluster.units.map((unit) => ({
        ...unit,
        objects: unit.objects.map((object) => ({ ...object, manifest: withoutSchema(object.manifest) })),
      })),
    })),
  };
}

function withoutSchema(manifest: Manifest): Manifest {
  const { kind, spec } = manifest;
  if (kind !== 'CustomResourceDefinition' || !isJsonObject(spec) || !Array.isArray(spec['versions'])) return manifest;
  const versions = spec['versions'].map((version: Json) => ({ ...(isJsonObject(version) ? version : {}), schema: {} }));
  return { ...manifest, spec: { ...spec, versions } };
}
