import type { ChartReference, ClusterModel, UnitModel } from '../model/platform-model.ts';
import type { PlatformStream } from '../model/platform-stream.ts';
import { type FileStream, type Layout, objectFileName, objectFiles } from './layout.ts';
import { emitYaml } from './yaml.ts';

export interface ManifestOptions {
  /** How objects are spread over files; the objects of an inflated chart are one file in any case. @default 'unit' */
  readonly layout?: Layout;
  /** Makes the objects of a chart. @default - the chart is written as reference and values */
  readonly inflate?: ((chart: ChartReference, cluster: ClusterModel) => string) | undefined;
}

/**
 * Plain manifests: a folder for each cluster, in it a folder for each unit, and `order.yaml` with the order in which to
 * apply them, and with the order of their files where objects have files of their own.
 */
export function* renderManifests(
  { clusters }: PlatformStream,
  { layout = 'unit', inflate }: ManifestOptions = {},
): FileStream {
  for (const cluster of clusters) {
    const order = cluster.units.map((unit) => orderEntry(unit, layout));
    yield [`${cluster.name}/order.yaml`, emitYaml({ units: order })];
    for (const unit of cluster.units) {
      const folder = `${cluster.name}/${unit.id}`;
      const manifests = unit.objects.map(({ manifest }) => manifest);
      for (const [name, text] of objectFiles(manifests, layout)) yield [`${folder}/${name}`, text];
      for (const chart of unit.charts) {
        if (inflate === undefined) {
          yield [`${folder}/chart.yaml`, emitYaml(chartFile(chart))];
          yield [`${folder}/values.yaml`, emitYaml(chart.values)];
        } else yield [`${folder}/chart-objects.yaml`, inflate(chart, cluster)];
      }
    }
  }
}

function orderEntry({ id, kind, runOnce, dependsOn, objects }: UnitModel, layout: Layout) {
  return {
    id,
    kind,
    ...(runOnce ? { runOnce } : {}),
    dependsOn,
    // A folder applied by the names of its files would bring a ConfigMap before its Namespace.
    ...(layout === 'object' ? { files: objects.map(({ manifest }) => objectFileName(manifest)) } : {}),
  };
}

/** What `helm upgrade --install` needs to know beside the values. */
function chartFile({ values: _, hooks: __, ...reference }: ChartReference) {
  return reference;
}
