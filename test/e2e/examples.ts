// The examples as the lane uses them: their models, the nodes that their pools describe, and their objects applied in order.

import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { crdsOf } from '../../lib/components/crds.ts';
import { components } from '../../lib/components/index.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ClusterModel, NodeShape, PoolModel, UnitModel } from '../../lib/model/platform-model.ts';
import { exampleNames, loadExample } from '../examples.ts';
import type { Cluster } from './cluster.ts';
import type { ControlPlaneOptions } from './control-plane.ts';
import type { SimulatedNode } from './simulated-nodes.ts';

/** One cluster of an example. */
export interface ExampleCluster {
  /** Name of the example, and of the cluster when the example has several. */
  readonly name: string;
  readonly model: ClusterModel;
}

/** Every cluster of every example, with its references filled from the recorded bindings. */
export async function exampleClusters(): Promise<readonly ExampleCluster[]> {
  const examples = await Promise.all(exampleNames.map(loadExample));
  return examples.flatMap(({ name, bound: { clusters } }) =>
    clusters.map((model) => ({ name: clusters.length === 1 ? name : `${name} (${model.name})`, model })),
  );
}

/** The first cluster of the example. */
export async function exampleCluster(name: string): Promise<ClusterModel> {
  const [cluster] = (await loadExample(name)).bound.clusters;
  if (cluster === undefined) throw new Error(`the example '${name}' has no cluster`);
  return cluster;
}

/** What the control plane must have switched on for the cluster. */
export function optionsFor(cluster: ClusterModel): ControlPlaneOptions {
  return cluster.featureGates.includes('GenericWorkload')
    ? { featureGates: ['GenericWorkload'], apis: ['scheduling.k8s.io/v1beta1'] }
    : {};
}

/** Nodes as the pools describe them: `count` of each GPU pool (its smallest size unless given) and those for operators. */
export function nodesOf(cluster: ClusterModel, count?: number): readonly SimulatedNode[] {
  const { systemPool, pools } = cluster;
  const system = numbered('system', systemPool.minNodes, {
    labels: systemPool.labels,
    taints: systemPool.taints,
    capacity: machine(systemPool.node),
  });
  return [...system, ...pools.flatMap((pool) => poolNodes(cluster, pool.name, count ?? pool.minNodes))];
}

/** The first `count` nodes of a pool. */
export function poolNodes(cluster: ClusterModel, name: string, count: number): readonly SimulatedNode[] {
  const pool = cluster.pools.find((one) => one.name === name);
  if (pool === undefined) throw new Error(`the cluster has no pool '${name}'`);
  const devices = Object.entries(pool.resources).map(([resource, amount]) => [resource, String(amount)]);
  const { allocatable } = pool;
  const size =
    allocatable === undefined
      ? machine(pool.node)
      : {
          cpu: `${allocatable.cpuMillis}m`,
          memory: `${allocatable.memoryMiB}Mi`,
          'hugepages-2Mi': `${allocatable.hugePagesMiB ?? 0}Mi`,
        };
  return numbered(name, count, {
    labels: { ...pool.labels, ...operatorLabels(pool), 'kubernetes.io/arch': pool.node.arch },
    taints: pool.taints,
    capacity: { ...size, ...Object.fromEntries(devices) },
  });
}

/** Labels that operators set on nodes once they run, which no pool of ours can have. */
function operatorLabels({ accelerator }: PoolModel): Readonly<Record<string, string>> {
  return accelerator.vendor === 'nvidia'
    ? { 'feature.node.kubernetes.io/pci-10de.present': 'true', 'nvidia.com/gpu.present': 'true' }
    : {};
}

function numbered(name: string, count: number, node: Omit<SimulatedNode, 'name'>): readonly SimulatedNode[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${name}-${index}`, ...node }));
}

function machine({ cpu = 16, memoryGiB = 64 }: NodeShape): Readonly<Record<string, string>> {
  return { cpu: String(cpu), memory: `${memoryGiB}Gi` };
}

/** What came of applying the objects of a cluster. */
export interface AppliedPlatform {
  readonly objects: number;
  /** Paths of the objects that were made or changed. */
  readonly changed: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Applies the objects of the units in the model's order, strictly. A chart is not installed; the CRDs that it carries are
 * applied in its place, because the objects after it need them.
 *
 * @throws with the object that the API server refused
 */
export async function applyUnits(cluster: Cluster, units: readonly UnitModel[]): Promise<AppliedPlatform> {
  let objects = 0;
  const changed: string[] = [];
  const warnings: string[] = [];
  for (const unit of units) {
    for (const crd of crdsOfCloud(unit)) await cluster.api.applyServerSide(crd);
    for (const { path, manifest } of unit.objects) {
      const applied = await cluster.api.applyServerSide(manifest).catch((error: unknown) => {
        throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      });
      objects += 1;
      if (applied.changed) changed.push(path);
      warnings.push(...applied.warnings.map((warning) => `${path}: ${warning}`));
    }
    for (const crd of crdsInCharts(unit)) await cluster.api.applyServerSide(crd);
  }
  return { objects, changed, warnings };
}

/** Every CRD that this library carries. */
export function pinnedCrds(): readonly Manifest[] {
  return globSync('imports/crds/*.json')
    .sort()
    .flatMap((file) => crdsOf(basename(file, '.json')));
}

/** The CRDs that come with the charts of a unit. */
export function crdsInCharts(unit: UnitModel): readonly Manifest[] {
  return crdsCarried(unit, ['chart', 'operator']);
}

/** The CRDs for the objects of a unit that clusters of the cloud have from the start. */
export function crdsOfCloud(unit: UnitModel): readonly Manifest[] {
  return crdsCarried(unit, ['cloud']);
}

function crdsCarried(unit: UnitModel, by: readonly string[]): readonly Manifest[] {
  const { crds } = [...components.values()].find((one) => one.id === unit.id) ?? {};
  return crds !== undefined && by.includes(crds.carriedBy) ? crds.data.flatMap(crdsOf) : [];
}
