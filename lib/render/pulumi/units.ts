import type * as pulumi from '@pulumi/pulumi';
import type { ClusterModel, UnitModel } from '../../model/platform-model.ts';
import type { RefOutputs } from './bind.ts';
import { Component, chartResource, objectResource } from './resources.ts';

/** Where the units of a cluster go. */
export interface Target {
  readonly parent: pulumi.Resource;
  readonly provider: pulumi.ProviderResource;
  /** The cluster itself, when the same program makes it. */
  readonly deletedWith?: pulumi.Resource;
}

/** Kinds that the other objects of their unit rest on. */
const FOUNDATIONS: ReadonlySet<string> = new Set(['Namespace', 'CustomResourceDefinition']);

/** Makes every unit of the cluster, each after the units that it needs. */
export function deployUnits(cluster: ClusterModel, outputs: RefOutputs, target: Target): void {
  const made = new Map<string, readonly pulumi.Resource[]>();
  for (const unit of cluster.units) {
    // The resources and not their component: the engine waits for the children of a component only sometimes.
    const needs = new Set(unit.dependsOn.flatMap((id) => made.get(id) ?? []));
    const resources = deployUnit(`${cluster.name}/${unit.id}`, unit, [...needs], outputs, target);
    // A unit without resources hands on what it waited for.
    made.set(unit.id, resources.length > 0 ? resources : [...needs]);
  }
}

function deployUnit(
  name: string,
  unit: UnitModel,
  needs: readonly pulumi.Resource[],
  outputs: RefOutputs,
  target: Target,
): readonly pulumi.Resource[] {
  const { provider, parent, deletedWith } = target;
  const options: pulumi.CustomResourceOptions = {
    parent: new Component('Unit', name, { parent }),
    provider,
    ...(deletedWith === undefined ? {} : { deletedWith }),
    // A run that was started is left alone: not restarted by a change, not stopped when it is no longer asked for.
    ...(unit.runOnce ? { ignoreChanges: ['spec'], retainOnDelete: true } : {}),
  };
  const foundations: pulumi.Resource[] = [];
  const objects = unit.objects.map(({ manifest }) => {
    const resource = objectResource(name, manifest, outputs, { ...options, dependsOn: [...needs, ...foundations] });
    if (FOUNDATIONS.has(manifest.kind)) foundations.push(resource);
    return resource;
  });
  const charts = unit.charts.map((chart) =>
    chartResource(name, chart, outputs, { ...options, dependsOn: [...needs, ...objects] }),
  );
  return [...objects, ...charts];
}
