import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { WantedCluster } from '../clouds/cloud.ts';
import type { ComponentRequest } from '../components/component.ts';
import { type ClusterFact, type Fact, factOf } from '../constructs/fact.ts';
import { pathOf } from '../constructs/names.ts';
import { PlatformError, throwAll } from '../model/errors.ts';
import type {
  ChartReference,
  ClusterModel,
  DatasetModel,
  JobModel,
  PoolModel,
  QueueModel,
  ServiceModel,
  TenantModel,
  UnitModel,
} from '../model/platform-model.ts';
import { inspect } from './inspect.ts';
import { type Dependency, objectsInOrder, type PlacedObject } from './object-order.ts';
import { apiObjectReader, readValues } from './read-api-object.ts';

/** A cluster as the user wrote it: no component is added yet, and units know only the user's own dependencies. */
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
  readonly datasets: DatasetModel[];
  readonly services: ServiceModel[];
  readonly units: Map<Chart, GatheredUnit>;
}

interface GatheredUnit {
  readonly unit: Pick<UnitModel, 'id' | 'kind' | 'path' | 'runOnce'>;
  readonly charts: readonly ChartReference[];
  readonly objects: PlacedObject[];
  /** The units that must be there first. */
  readonly after: Set<GatheredUnit>;
  /** What the user ordered inside of the unit. */
  readonly inside: Dependency[];
}

/** Where in the tree a construct is. */
interface Place {
  readonly cluster?: Gathering;
  readonly chart?: Chart;
}

/**
 * Walks the construct tree once, from the root or from some constructs below it, and writes down the clusters that are
 * there, sorted by name.
 *
 * @throws PlatformError for objects that could never be applied: bad names (NAME-001), references in names (REF-001),
 *   Pulumi Outputs (REF-003), what is not plain data (DATA-001, DATA-002), patches that do not apply (PATCH-001), objects
 *   outside of any cluster (PLACE-001); for two clusters or two units of one name (NAME-002), for an order across
 *   clusters (ORDER-003), for what a construct says against itself (VALID-001), and for what a cloud cannot honour; an
 *   AggregateError when there are several
 */
export function collect(root: IConstruct, from: readonly IConstruct[] = [root]): readonly CollectedCluster[] {
  const walk = new Walk(root);
  for (const construct of from) walk.visit(construct, {});
  walk.order();
  throwAll([...walk.problems, ...sameNames(walk.clusters), ...walk.clusters.flatMap(refused)]);
  return walk.clusters.map(clusterModel).sort((a, b) => (a.name < b.name ? -1 : 1));
}

class Walk {
  readonly problems: PlatformError[] = [];
  readonly clusters: Gathering[] = [];
  readonly #read: ReturnType<typeof apiObjectReader>;
  /** The clusters and charts. Where another construct is, the nearest of these above it tells. */
  readonly #places = new Map<IConstruct, Place>();
  readonly #dependent: IConstruct[] = [];
  readonly #unitsIn = new Map<IConstruct, readonly GatheredUnit[]>();

  constructor(root: IConstruct) {
    this.#read = apiObjectReader(root);
  }

  visit(construct: IConstruct, above: Place): void {
    const { node } = construct;
    let here = above;
    if (ApiObject.isApiObject(construct)) this.#addObject(construct, here);
    else {
      const fact = factOf(construct);
      here = this.#enter(construct, fact, above);
      if (fact !== undefined) this.#addFact(construct, fact, here);
    }
    for (const message of node.validate()) this.problems.push(invalid(construct, message));
    if (node.dependencies.length > 0) this.#dependent.push(construct);
    for (const child of node.children) this.visit(child, here);
  }

  /** A user's `addDependency` orders the units on both sides, or the objects when both sides are in one unit. */
  order(): void {
    for (const from of this.#dependent) {
      const here = this.#placeOf(from);
      for (const to of from.node.dependencies) {
        const there = this.#placeOf(to);
        if (here.cluster === undefined || here.cluster !== there.cluster) this.problems.push(apart(from, to));
        else if (here.chart !== undefined && here.chart === there.chart)
          here.cluster.units.get(here.chart)?.inside.push({ from, to });
        else {
          const needs = this.#unitsOf(to, there);
          for (const unit of this.#unitsOf(from, here))
            for (const need of needs) if (need !== unit) unit.after.add(need);
        }
      }
    }
  }

  #enter(construct: IConstruct, fact: Fact | undefined, above: Place): Place {
    if (fact?.kind === 'cluster') {
      const cluster = gathering(fact.model, pathOf(construct));
      this.clusters.push(cluster);
      return this.#place(construct, { cluster });
    }
    return Chart.isChart(construct) ? this.#place(construct, { ...above, chart: construct }) : above;
  }

  #place(construct: IConstruct, place: Place): Place {
    this.#places.set(construct, place);
    return place;
  }

  #addObject(construct: ApiObject, { cluster, chart }: Place): void {
    if (cluster === undefined || chart === undefined) {
      this.problems.push(outside(construct));
      return;
    }
    try {
      const path = pathOf(construct);
      const reading = this.#read(construct);
      this.problems.push(...inspect(path, reading));
      unitOf(cluster, chart).objects.push({ construct, model: { path, ...reading } });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.problems.push(error);
    }
  }

  #addFact(construct: IConstruct, { kind, model }: Fact, { cluster }: Place): void {
    if (kind === 'cluster' || kind === 'unit') return;
    if (cluster === undefined) this.problems.push(outside(construct));
    else if (kind === 'pool') cluster.pools.push(model);
    else if (kind === 'tenant') cluster.tenants.push(model);
    else if (kind === 'queue') cluster.queues.push(model);
    else if (kind === 'dataset') cluster.datasets.push(model);
    else if (kind === 'job') cluster.jobs.push(model);
    else cluster.services.push(model);
  }

  #placeOf(construct: IConstruct): Place {
    for (let scope: IConstruct | undefined = construct; scope !== undefined; scope = scope.node.scope) {
      const place = this.#places.get(scope);
      if (place !== undefined) return place;
    }
    return {};
  }

  /** The unit that the construct is in, or else the units that are in the construct. */
  #unitsOf(construct: IConstruct, { cluster, chart }: Place): readonly GatheredUnit[] {
    const known = this.#unitsIn.get(chart ?? construct);
    if (known !== undefined) return known;
    const charts = chart === undefined ? construct.node.findAll().filter((one) => Chart.isChart(one)) : [chart];
    const units = charts.flatMap((one) => cluster?.units.get(one) ?? []);
    this.#unitsIn.set(chart ?? construct, units);
    return units;
  }
}

function gathering(fact: ClusterFact, path: string): Gathering {
  return { fact, path, pools: [], tenants: [], queues: [], jobs: [], datasets: [], services: [], units: new Map() };
}

function unitOf(cluster: Gathering, chart: Chart): GatheredUnit {
  const known = cluster.units.get(chart);
  if (known !== undefined) return known;
  const created: GatheredUnit = { ...unitAndCharts(cluster, chart), objects: [], after: new Set(), inside: [] };
  cluster.units.set(chart, created);
  return created;
}

function unitAndCharts(cluster: Gathering, chart: Chart): Pick<GatheredUnit, 'unit' | 'charts'> {
  const fact = factOf(chart);
  if (fact?.kind !== 'unit') {
    const id = `app-${placeBelow(cluster, chart)}`;
    return { unit: { id, kind: 'app', runOnce: false, path: pathOf(chart) }, charts: [] };
  }
  const { charts = [], ...unit } = fact.model;
  const path = pathOf(chart.node.scope ?? chart);
  return {
    unit: { ...unit, path },
    charts: charts.map((one) => ({ ...one, values: readValues(path, one.values) })),
  };
}

/** A user's chart is known by its place below the cluster. */
function placeBelow(cluster: Gathering, chart: Chart): string {
  return pathOf(chart)
    .slice(cluster.path.length + 1)
    .replaceAll('/', '-')
    .toLowerCase();
}

/** Two of one name would write the same files, and one of them would be lost. */
function sameNames(clusters: readonly Gathering[]): readonly PlatformError[] {
  const units = clusters.flatMap((cluster) =>
    repeated([...cluster.units.values()], ({ unit }) => unit.id).map(([first, second]) =>
      sameName('unit', second.unit.id, second.unit.path, first.unit.path),
    ),
  );
  const pairs = repeated(clusters, ({ fact }) => fact.name);
  return [...units, ...pairs.map(([first, second]) => sameName('cluster', second.fact.name, second.path, first.path))];
}

/** Each item whose name an earlier one has, with that one before it. */
function repeated<T>(items: readonly T[], nameOf: (item: T) => string): readonly (readonly [T, T])[] {
  const seen = new Map<string, T>();
  return items.flatMap((item) => {
    const first = seen.get(nameOf(item));
    if (first === undefined) seen.set(nameOf(item), item);
    return first === undefined ? [] : [[first, item] as const];
  });
}

/** What the cloud of the cluster cannot honour. */
function refused(cluster: Gathering): readonly PlatformError[] {
  return cluster.fact.refuse?.(wantedCluster(cluster)) ?? [];
}

function clusterModel(cluster: Gathering): CollectedCluster {
  return {
    ...wantedCluster(cluster),
    units: [...cluster.units.values()].map(unitModel),
    componentRequests: cluster.fact.components,
  };
}

function wantedCluster({ fact, path, pools, tenants, queues, jobs, datasets, services }: Gathering): WantedCluster {
  const { components: _, refuse: __, ...rest } = fact;
  return {
    ...rest,
    path,
    pools: byName(pools),
    tenants: byName(tenants),
    queues: byName(queues),
    jobs: byPath(jobs),
    datasets: byPath(datasets),
    services: byPath(services),
  };
}

function unitModel({ unit, charts, objects, after, inside }: GatheredUnit): UnitModel {
  return {
    ...unit,
    dependsOn: [...after].map((need) => need.unit.id).sort(),
    charts,
    objects: objectsInOrder(unit.path, objects, inside),
  };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byPath<T extends { readonly path: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function outside(construct: IConstruct): PlatformError {
  const what = 'it is outside of any cluster';
  return new PlatformError('PLACE-001', pathOf(construct), what, 'Create its chart under an AiCluster.');
}

function apart(from: IConstruct, to: IConstruct): PlatformError {
  return new PlatformError(
    'ORDER-003',
    pathOf(from),
    `it depends on '${pathOf(to)}' in another cluster, and clusters are deployed side by side`,
    'Drop the dependency, or put both into one cluster.',
  );
}

function sameName(what: string, name: string, where: string, other: string): PlatformError {
  return new PlatformError('NAME-002', where, `'${other}' makes a ${what} '${name}' too`, 'Rename one of them.');
}

function invalid(construct: IConstruct, message: string): PlatformError {
  return new PlatformError('VALID-001', pathOf(construct), message, 'Mend what the construct asks for.');
}
