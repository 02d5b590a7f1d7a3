import type { ChartReference, ClusterModel, PlatformModel, UnitModel } from '../model/platform-model.ts';
import type { FileTree } from './files.ts';
import { emitDocuments, emitYaml } from './yaml.ts';

/**
 * Plain manifests: a folder for each cluster, in it a folder for each unit, and `order.yaml` with the order in which to
 * apply them. A chart is written as reference and values, unless it is inflated into objects.
 */
export function renderManifests(
  model: PlatformModel,
  inflate?: (chart: ChartReference, cluster: ClusterModel) => string,
): FileTree {
  const files = new Map<string, string>();
  for (const cluster of model.clusters) {
    files.set(`${cluster.name}/order.yaml`, emitYaml({ units: cluster.units.map((unit) => orderEntry(unit)) }));
    for (const unit of cluster.units) {
      const folder = `${cluster.name}/${unit.id}`;
      if (unit.objects.length > 0)
        files.set(`${folder}/objects.yaml`, emitDocuments(unit.objects.map((object) => object.manifest)));
      for (const chart of unit.charts) {
        if (inflate === undefined) {
          files.set(`${folder}/chart.yaml`, emitYaml(chartFile(chart)));
          files.set(`${folder}/values.yaml`, emitYaml(chart.values));
        } else files.set(`${folder}/chart-objects.yaml`, inflate(chart, cluster));
      }
    }
  }
  return files;
}

function orderEntry(unit: UnitModel) {
  return { id: unit.id, kind: unit.kind, ...(unit.runOnce ? { runOnce: true } : {}), dependsOn: unit.dependsOn };
}

/** What `helm upgrade --install` needs to know beside the values. */
export function chartFile({ values: _, hooks: __, ...reference }: ChartReference) {
  return reference;
}
