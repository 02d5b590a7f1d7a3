import { crdsOf } from '../components/crds.ts';
import { identityOf } from '../model/kubernetes.ts';
import type { ChartReference, UnitModel } from '../model/platform-model.ts';
import type { ChosenComponent } from './choose-components.ts';

/** Id of the unit that carries the CRDs of a component. */
export function crdsUnitId(component: string): string {
  return `${component}-crds`;
}

/** The units of a component: its CRDs apart, so that nothing which removes the component removes them; then its chart. */
export function componentUnits(clusterPath: string, chosen: ChosenComponent): readonly UnitModel[] {
  const { definition, model } = chosen;
  if (model.installed) return [];
  const common = { path: `${clusterPath}/${model.id}`, runOnce: false };
  const carriesCrds = definition.crds?.carriedBy === 'unit';
  const component: UnitModel = {
    ...common,
    id: model.id,
    kind: 'component',
    dependsOn: [...(carriesCrds ? [crdsUnitId(model.id)] : []), ...(definition.requires ?? [])],
    charts: [chartOf(chosen, carriesCrds)],
    objects: [
      {
        path: `${common.path}/namespace`,
        manifest: {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: model.namespace, labels: { 'pod-security.kubernetes.io/enforce': definition.podSecurity } },
        },
      },
      ...chosen.objects.map((manifest) => ({ path: `${common.path}/${manifest.metadata.name}`, manifest })),
    ],
  };
  if (!carriesCrds) return [component];
  const crds = (definition.crds?.data ?? [])
    .flatMap(crdsOf)
    .map((manifest) => ({ path: `${common.path}/crds/${manifest.metadata.name}`, manifest }));
  crds.sort((a, b) => (identityOf(a.manifest) < identityOf(b.manifest) ? -1 : 1));
  return [{ ...common, id: crdsUnitId(model.id), kind: 'crds', dependsOn: [], charts: [], objects: crds }, component];
}

function chartOf({ definition, model }: ChosenComponent, skipCrds: boolean): ChartReference {
  const { repository, chart, version, digest, hooks = false } = definition.chart;
  return {
    release: model.id,
    namespace: model.namespace,
    repository,
    chart,
    version,
    ...(digest === undefined ? {} : { digest }),
    values: model.values,
    skipCrds,
    hooks,
  };
}
