import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { ComponentRequest } from '../components/component.ts';
import { type ClusterFact, enclosing, factOf } from '../constructs/fact.ts';
import { pathOf } from '../constructs/names.ts';
import { PlatformError, throwAll } from '../model/errors.ts';
import type {
  ClusterModel,
  JobModel,
  ObjectModel,
  PoolModel,
  QueueModel,
  TenantModel,
  UnitModel,
  Waiver,
} from '../model/platform-model.ts';
import { inspect } from './inspect.ts';
import { objectsInOrder } from './object-order.ts';
import { readApiObject } from './read-api-object.ts';

/** The platform as the user wrote it: no component is added yet, and units know only the user's own dependencies. */
export interface CollectedPlatform {
  readonly name: string;
  readonly clusters: readonly CollectedCluster[];
  readonly waivers: readonly Waiver[];
}

/** A cluster as the user wrote it. */
export interface CollectedCluster extends Omit<ClusterModel, 'components' | 'volcanoConfig'> {
  readonly componentRequests: readonly ComponentRequest[];
}

/** One cluster while the tree is being walked. */
interface Gathering {
  readonly fact: ClusterFact;
  readonly path: string;
  readonly pools: PoolModel[];
  readonly tenants: TenantModel[];
  readonly queues: QueueModel[];
  readonly jobs: JobModel[];
  readonly units: Map<Chart, GatheredUnit>;
}

interface GatheredUnit {
  readonly unit: Pick<UnitModel, 'id' | 'kind' | 'path' | 'runOnce'>;
  readonly objects: { readonly construct: ApiObject; readonly model: ObjectModel }[];
  readonly dependsOn: Set<string>;
}

/**
 * Walks the construct tree once and writes down what is there.
 *
 * @throws PlatformError for objects that could never be applied: bad names (NAME-001), references in names (REF-001),
 *   Pulumi Outputs (REF-003), objects outside of any cluster (PLACE-001); an AggregateError when there are several
 */
export function collect(root: IConstruct, name: string, waivers: readonly Waiver[]): CollectedPlatform {
  const problems: PlatformError[] = [];
  const clusters = new Map<ClusterFact, Gathering>();
  const dependent: IConstruct[] = [];
  for (const construct of root.node.findAll()) {
    if (construct.node.dependencies.length > 0) dependent.push(construct);
    const fact = factOf(construct);
    if (fact?.kind === 'cluster') {
      clusters.set(fact.model, {
        fact: fact.model,
        path: pathOf(construct),
        pools: [],
        tenants: [],
        queues: [],
        jobs: [],
        units: new Map(),
      });
      continue;
    }
    const isObject = ApiObject.isApiObject(construct);
    if (fact === undefined && !isObject) continue;
    const clusterFact = enclosing(construct, 'cluster');
    const cluster = clusterFact === undefined ? undefined : clusters.get(clusterFact);
    if (cluster === undefined) {
      problems.push(
        new PlatformError(
          'PLACE-001',
          pathOf(construct),
          'it is outside of any cluster',
          'Create its chart under an AiCluster.',
        ),
      );
      continue;
    }
    if (isObject) problems.push(...addObject(cluster, construct));
    else if (fact?.kind === 'pool') cluster.pools.push(fact.model);
    else if (fact?.kind === 'tenant') cluster.tenants.push(fact.model);
    else if (fact?.kind === 'queue') cluster.queues.push(fact.model);
    else if (fact?.kind === 'job') cluster.jobs.push(fact.model);
  }
  for (const construct of dependent) addUserDependencies(clusters, construct, problems);
  throwAll(problems);
  const models = [...clusters.values()].map(clusterModel).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { name, clusters: models, waivers };
}

function addObject(cluster: Gathering, construct: ApiObject): readonly PlatformError[] {
  try {
    const manifest = readApiObject(construct);
    const path = pathOf(construct);
    unitOf(cluster, construct.chart).objects.push({ construct, model: { path, manifest } });
    return inspect(path, manifest);
  } catch (error) {
    if (error instanceof PlatformError) return [error];
    throw error;
  }
}

function unitOf(cluster: Gathering, chart: Chart): GatheredUnit {
  const known = cluster.units.get(chart);
  if (known !== undefined) return known;
  const fact = factOf(chart);
  const own = fact?.kind === 'unit' ? fact.model : undefined;
  // A user's chart is known by its place below the cluster.
  const below = chart.node.path
    .slice(cluster.path.length + 1)
    .replaceAll('/', '-')
    .toLowerCase();
  const unit = {
    ...(own ?? { id: `app-${below}`, kind: 'app' as const, runOnce: false }),
    path: own === undefined ? pathOf(chart) : pathOf(chart.node.scope ?? chart),
  };
  const created: GatheredUnit = { unit, objects: [], dependsOn: new Set() };
  cluster.units.set(chart, created);
  return created;
}

/** A user's `addDependency` becomes an edge between the units on both sides; inside one unit it orders the objects. */
function addUserDependencies(
  clusters: ReadonlyMap<ClusterFact, Gathering>,
  construct: IConstruct,
  problems: PlatformError[],
): void {
  const fact = enclosing(construct, 'cluster');
  const cluster = fact === undefined ? undefined : clusters.get(fact);
  if (cluster === undefined) return;
  for (const target of construct.node.dependencies) {
    if (enclosing(target, 'cluster') !== fact) {
      problems.push(
        new PlatformError(
          'ORDER-003',
          pathOf(construct),
          `it depends on '${pathOf(target)}' in another cluster, and clusters are deployed side by side`,
          'Drop the dependency, or put both into one cluster.',
        ),
      );
      continue;
    }
    for (const from of unitsAround(cluster, construct)) {
      for (const to of unitsAround(cluster, target)) if (from !== to) from.dependsOn.add(to.unit.id);
    }
  }
}

/** The unit that the construct is in, or else the units that are in the construct. */
function unitsAround(cluster: Gathering, construct: IConstruct): readonly GatheredUnit[] {
  const above = construct.node.scopes.find((scope): scope is Chart => Chart.isChart(scope));
  const charts =
    above === undefined ? construct.node.findAll().filter((child): child is Chart => Chart.isChart(child)) : [above];
  return charts.flatMap((chart) => cluster.units.get(chart) ?? []);
}

function clusterModel({ fact, path, pools, tenants, queues, jobs, units }: Gathering): CollectedCluster {
  const { components, ...rest } = fact;
  return {
    ...rest,
    path,
    pools: byName(pools),
    tenants: byName(tenants),
    queues: byName(queues),
    jobs: [...jobs].sort((a, b) => (a.path < b.path ? -1 : 1)),
    units: [...units.values()].map(unitModel),
    componentRequests: components,
  };
}

function unitModel({ unit, objects, dependsOn }: GatheredUnit): UnitModel {
  return { ...unit, dependsOn: [...dependsOn].sort(), charts: [], objects: objectsInOrder(unit.path, objects) };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}
