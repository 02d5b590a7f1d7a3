import { readFileSync } from 'node:fs';
import type { AcceleratorModel, FabricModel, NodeShape } from '../model/platform-model.ts';

/** What the catalogue knows of one machine type; what nobody could verify is absent. */
export interface InstanceType {
  readonly name: string;
  readonly accelerator: AcceleratorModel;
  readonly node: NodeShape;
  readonly fabric: { readonly kind: FabricModel['kind']; readonly devices?: number };
  /** Network cards, where there are several. */
  readonly networkCards?: number;
  /** `low`: recalled or inferred, so verify it before relying on it. */
  readonly confidence: 'high' | 'medium' | 'low';
  readonly source: string;
}

/** A row of `instance-types.json`, as the catalogue spells it. */
interface CatalogueRow {
  readonly instanceType: string;
  readonly gpuModel: string;
  readonly gpuCount: number;
  readonly gpuMemoryGiB: number | null;
  readonly gpuVendor: string;
  readonly vCPU: number | null;
  readonly memoryGiB: number | null;
  readonly localNvmeGiB: number | null;
  readonly rdma: { readonly kind: string; readonly devices: number | null };
  readonly networkCards?: number;
  readonly nvlink?: boolean;
  readonly k8sResource: string;
  readonly gkeAccelerator?: string;
  readonly arch: string;
  readonly driver?: string;
  readonly confidence: string;
  readonly source: string;
}

/** Machine types by name. */
export type Catalogue = ReadonlyMap<string, InstanceType>;

/** What this package knows of the machines of a cloud, and what the user knows besides. */
export function catalogue(cloud: string, more: readonly InstanceType[] = []): Catalogue {
  return new Map([...rowsOf(cloud).map(instanceType), ...more].map((type) => [type.name, type]));
}

const loaded = new Map<string, readonly CatalogueRow[]>();

/** The rows of a cloud's `instance-types.json`: data of this package, read when the cloud is first used. */
export function rowsOf(cloud: string): readonly CatalogueRow[] {
  const known = loaded.get(cloud);
  if (known !== undefined) return known;
  const file = new URL(`../clouds/${cloud}/instance-types.json`, import.meta.url);
  const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { readonly rows: readonly CatalogueRow[] };
  loaded.set(cloud, rows);
  return rows;
}

function instanceType(row: CatalogueRow): InstanceType {
  return {
    name: row.instanceType,
    accelerator: {
      vendor: row.gpuVendor as AcceleratorModel['vendor'],
      model: row.gpuModel,
      perNode: row.gpuCount,
      ...(row.gpuMemoryGiB === null ? {} : { memoryGiB: row.gpuMemoryGiB }),
      ...nvlinkOf(row),
      resource: row.k8sResource,
      ...(row.gkeAccelerator === undefined ? {} : { cloudName: row.gkeAccelerator }),
    },
    node: {
      ...(row.vCPU === null ? {} : { cpu: row.vCPU }),
      ...(row.memoryGiB === null ? {} : { memoryGiB: row.memoryGiB }),
      ...(row.localNvmeGiB === null ? {} : { localDiskGiB: row.localNvmeGiB }),
      arch: row.arch as NodeShape['arch'],
    },
    fabric: {
      kind: row.rdma.kind as FabricModel['kind'],
      ...(row.rdma.devices === null ? {} : { devices: row.rdma.devices }),
    },
    ...(row.networkCards === undefined ? {} : { networkCards: row.networkCards }),
    confidence: row.confidence as InstanceType['confidence'],
    source: row.source,
  };
}

/**
 * A bridge joins two cards in slots; a board joins all of its GPUs. Racks join nodes, too: what is counted is the node.
 *
 * @see https://www.nvidia.com/en-us/data-center/nvlink/
 */
function nvlinkOf({ gpuVendor, gpuModel, gpuCount, nvlink }: CatalogueRow): Pick<AcceleratorModel, 'nvlink'> {
  if (gpuVendor !== 'nvidia' || nvlink === undefined) return {};
  const joined = /-(PCIe|NVL)$/.test(gpuModel) ? Math.min(2, gpuCount) : gpuCount;
  return { nvlink: nvlink ? joined : 1 };
}

/** The names that look most like the one asked for, for a message that helps. */
export function nearest(name: string, known: Iterable<string>, count = 3): readonly string[] {
  return [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
