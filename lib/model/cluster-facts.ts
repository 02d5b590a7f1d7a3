import { type Json, type JsonObject, visitStrings } from './json.ts';
import { identityOf } from './kubernetes.ts';
import type { ClusterModel, PlatformModel, UnitModel, Waiver } from './platform-model.ts';
import { markersIn } from './value.ts';

/** Type of the resource that carries the facts in a Pulumi stack. */
export const FACTS_TYPE = 'cdk8s-ai:index:Facts';

/**
 * A cluster without its objects and charts: with these from a Pulumi stack it is whole again, so that the rules can judge
 * what is deployed rather than what was meant.
 */
export interface ClusterFacts {
  readonly platform: string;
  readonly waivers: readonly Waiver[];
  readonly registries?: readonly string[];
  readonly cluster: Omit<ClusterModel, 'units'>;
  readonly units: readonly UnitFacts[];
}

/** A unit, with what cannot be read in its objects and charts. */
export interface UnitFacts extends Omit<UnitModel, 'objects' | 'charts'> {
  /** By identity. */
  readonly objects: Readonly<Record<string, Origin>>;
  /** By the name of the release. */
  readonly charts: Readonly<Record<string, Origin>>;
}

/** Where an object or a chart comes from, and which of its texts came from secret references. */
export interface Origin {
  /** Construct path. */
  readonly path: string;
  /** Keys that lead to each such text. Absent when there is none. */
  readonly secrets?: readonly (readonly string[])[];
}

/** The facts as a document. */
export function factsOf(
  { name, waivers, registries = [] }: PlatformModel,
  { units, ...cluster }: ClusterModel,
): JsonObject {
  const facts: ClusterFacts = { platform: name, waivers, registries, cluster, units: units.map(unitFacts) };
  // The model is plain data, but an interface does not promise to have no other members.
  return facts as unknown as JsonObject;
}

function unitFacts({ objects, charts, ...unit }: UnitModel): UnitFacts {
  return {
    ...unit,
    objects: Object.fromEntries(
      objects.map(({ path, manifest }) => [identityOf(manifest), originOf(path, manifest)] as const),
    ),
    charts: Object.fromEntries(
      charts.map(({ release, values }) => [release, originOf(unit.path, { values })] as const),
    ),
  };
}

function originOf(path: string, content: Json): Origin {
  const secrets: (readonly string[])[] = [];
  visitStrings(content, (text, keys, isKey) => {
    if (!isKey && markersIn(text).some((marker) => marker.secret)) secrets.push([...keys]);
  });
  return secrets.length === 0 ? { path } : { path, secrets };
}
