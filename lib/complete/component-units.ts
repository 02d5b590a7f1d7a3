import { crdsOf } from '../components/crds.ts';
import { type AnyComponent, type ComponentId, components } from '../components/index.ts';
import { identityOf, type Manifest } from '../model/kubernetes.ts';
import type { ChartReference, ObjectModel, UnitModel } from '../model/platform-model.ts';
import type { ChosenComponent } from './choose-components.ts';

/** Id of the unit that carries the CRDs of a component. */
export function crdsUnitId(component: string): string {
  return `${component}-crds`;
}

/**
 * The units of a component: its CRDs apart, so that nothing which removes the component removes them; then its chart with
 * the objects beside it. A component may be CRDs and nothing else.
 */
export function componentUnits(clusterPath: string, chosen: ChosenComponent): readonly UnitModel[] {
  const { definition, model } = chosen;
  if (model.installed) return [];
  const common = { path: `${clusterPath}/${model.id}`, runOnce: false };
  const carriesCrds = definition.crds?.carriedBy === 'unit';
  const objects = [...namespaceOf(definition), ...chosen.objects].map(
    (manifest): ObjectModel => ({ path: `${common.path}/${placeOf(manifest)}`, manifest }),
  );
  const component: UnitModel = {
    ...common,
    id: model.id,
    kind: 'component',
    dependsOn: [
      ...(carriesCrds ? [crdsUnitId(model.id)] : []),
      ...[...(definition.requires ?? []), ...(definition.after ?? [])].map(unitIdOf),
    ],
    charts: chartsOf(chosen, carriesCrds),
    objects,
  };
  const units = hasOwnUnit(definition) ? [component] : [];
  if (!carriesCrds) return units;
  const crds = (definition.crds?.data ?? [])
    .flatMap(crdsOf)
    .map((manifest) => ({ path: `${common.path}/crds/${manifest.metadata.name}`, manifest }));
  crds.sort((a, b) => (identityOf(a.manifest) < identityOf(b.manifest) ? -1 : 1));
  return [{ ...common, id: crdsUnitId(model.id), kind: 'crds', dependsOn: [], charts: [], objects: crds }, ...units];
}

/** Whether there is more to the component than its CRDs. */
function hasOwnUnit({ chart, objects }: AnyComponent): boolean {
  return chart !== undefined || objects !== undefined;
}

/** The unit that others wait for. */
function unitIdOf(id: ComponentId): string {
  const definition = components.get(id);
  return definition === undefined || hasOwnUnit(definition) ? id : crdsUnitId(id);
}

function namespaceOf({ namespace, podSecurity = 'restricted' }: AnyComponent): readonly Manifest[] {
  if (namespace === undefined) return [];
  const labels = { 'pod-security.kubernetes.io/enforce': podSecurity };
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }];
}

function placeOf({ kind, metadata: { name } }: Manifest): string {
  return kind === 'Namespace' ? 'namespace' : `${kind.toLowerCase()}-${name}`;
}

function chartsOf({ definition, model }: ChosenComponent, skipCrds: boolean): readonly ChartReference[] {
  const { chart: reference, namespace } = definition;
  if (reference === undefined || namespace === undefined) return [];
  const { repository, chart, version, digest, hooks = false } = reference;
  return [
    {
      release: model.id,
      namespace,
      repository,
      chart,
      version,
      ...(digest === undefined ? {} : { digest }),
      values: model.values,
      skipCrds,
      hooks,
    },
  ];
}
