// The examples as the lane uses them: their models, the nodes that their pools describe, and their objects applied in order.

import { globSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { crdsOf } from '../../lib/components/crds.ts';
import { components } from '../../lib/components/index.ts';
import type { Platform } from '../../lib/index.ts';
import type { ClusterModel, NodeShape, PlatformModel, UnitModel } from '../../lib/model/platform-model.ts';
import type { Cluster } from './cluster.ts';
import type { ControlPlaneOptions } from './control-plane.ts';
import type { SimulatedNode } from './simulated-nodes.ts';

export interface Example {
  readonly name: string;
  readonly model: PlatformModel;
}

/** Every example, by name. */
export async function allExamples(): Promise<readonly Example[]> {
  const files = globSync('examples/*/platform.ts').sort();
  return Promise.all(
    files.map(async (file) => {
      const { platform } = (await import(resolve(file))) as { platform: Platform };
      return { name: basename(dirname(file)), model: platform.verifiedModel() };
    }),
  );
}

/** The one cluster of an example. */
export async function exampleCluster(name: string): Promise<ClusterModel> {
  const example = (await allExamples()).find((one) => one.name === name);
  const [cluster] = example?.model.clusters ?? [];
  if (cluster === undefined) throw new Error(`there is no example '${name}'`);
  return cluster;
}

/** What the control plane must have switched on for the cluster. */
export function optionsFor(cluster: ClusterModel): ControlPlaneOptions {
  return cluster.featureGates.includes('GenericWorkload')
    ? { featureGates: ['GenericWorkload'], apis: ['scheduling.k8s.io/v1beta1'] }
    : {};
}

/** Labels that operators set on nodes once they run, which no pool of ours can have. */
const OPERATOR_LABELS = { 'feature.node.kubernetes.io/pci-10de.present': 'true', 'nvidia.com/gpu.present': 'true' };

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
      : { cpu: `${allocatable.cpuMillis}m`, memory: `${allocatable.memoryMiB}Mi` };
  return numbered(name, count, {
    labels: { ...pool.labels, ...(pool.accelerator.vendor === 'nvidia' ? OPERATOR_LABELS : {}) },
    taints: pool.taints,
    capacity: { ...size, ...Object.fromEntries(devices) },
  });
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
  readonly changed: number;
  readonly warnings: readonly string[];
}

/**
 * Applies the objects of the units in the model's order, strictly. A chart is not installed; the CRDs that it carries are
 * applied in its place, because the objects after it need them.
 *
 * @throws with the object that the API server refused
 */
export async function applyUnits(cluster: Cluster, units: readonly UnitModel[]): Promise<AppliedPlatform> {
  let [objects, changed] = [0, 0];
  const warnings: string[] = [];
  for (const unit of units) {
    for (const { path, manifest } of unit.objects) {
      const applied = await cluster.api.applyServerSide(manifest).catch((error: unknown) => {
        throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      });
      objects += 1;
      if (applied.changed) changed += 1;
      warnings.push(...applied.warnings.map((warning) => `${path}: ${warning}`));
    }
    for (const crd of crdsInCharts(unit)) await cluster.api.applyServerSide(crd);
  }
  return { objects, changed, warnings };
}

/** The CRDs that come with the charts of a unit. */
export function crdsInCharts(unit: UnitModel) {
  const { crds } = [...components.values()].find((one) => one.id === unit.id) ?? {};
  return crds !== undefined && crds.carriedBy !== 'unit' ? crds.data.flatMap(crdsOf) : [];
}
