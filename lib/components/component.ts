import type { JsonObject } from '../model/json.ts';
import type { Labels, Manifest, Toleration } from '../model/kubernetes.ts';
import type { AgentModel, ClusterModel, PlacementModel, PoolModel } from '../model/platform-model.ts';
import type { ComponentId } from './index.ts';

/** What a component record may look at: the cluster as collected, and what follows from its pools. */
export interface ComponentContext {
  readonly cluster: Pick<
    ClusterModel,
    | 'name'
    | 'cloud'
    | 'kubernetesVersion'
    | 'systemPool'
    | 'pools'
    | 'tenants'
    | 'queues'
    | 'jobs'
    | 'datasets'
    | 'services'
    | 'volcanoConfig'
  >;
  /** Labels of the system pool, by which control components select it. */
  readonly systemSelector: Labels;
  /** Tolerations for every taint of the system pool. */
  readonly systemTolerations: readonly Toleration[];
  /** Whether the component is in the cluster, installed by us or already there. */
  has(id: ComponentId): boolean;
}

/** The pods of a component: where they must run, and what they ask for. Without a namespace they are in the component's. */
export type AgentSpec = Omit<AgentModel, 'component' | 'namespace'> & Partial<Pick<AgentModel, 'namespace'>>;

/** One operator or chart: what it is, what it needs, and how its values follow from the cluster. */
export interface ComponentDefinition<Id extends string = string, Values extends object = object> {
  readonly id: Id;
  readonly summary: string;
  /** Where its installation is described. */
  readonly source: string;
  /** Where its pods run; absent when it has none. */
  readonly namespace?: string;
  /** Pod Security level that its own pods need in that namespace. @default 'restricted' */
  readonly podSecurity?: 'privileged' | 'baseline' | 'restricted';
  /** Absent when its CRDs and objects are all there is; without any of them it is an add-on of the cloud. */
  readonly chart?: {
    readonly repository: string;
    readonly chart: string;
    readonly version: string;
    readonly digest?: string;
    /** Whether it only works when Helm's hooks run. @default false */
    readonly hooks?: boolean;
  };
  /** Its version, where no chart tells it. */
  readonly version?: string;
  /**
   * The custom resources that it brings: name of the vendored data, their API groups, and who carries them: our own unit;
   * the chart, when its CRDs are ordinary templates that no value switches off; the operator, once it runs; or the cloud,
   * whose clusters have them from the start.
   */
  readonly crds?: {
    readonly data: readonly string[];
    readonly groups: readonly string[];
    readonly carriedBy: 'unit' | 'chart' | 'operator' | 'cloud';
  };
  /** Components that must be there first. */
  readonly requires?: readonly ComponentId[];
  /**
   * Component that it builds upon: it is needed where that one is installed by us, whose settings we know.
   *
   * @default - it is needed by itself
   */
  readonly onlyWith?: ComponentId;
  /** Components that come first where something else brings them. */
  readonly after?: readonly ComponentId[];
  /** Extended resources that it advertises to the kubelet: workloads that ask for one wait for it. */
  readonly advertises?: readonly string[];
  /** Annotations of pods that it answers: workloads that carry one wait for it. */
  readonly answers?: readonly string[];
  /** Names under which StorageClasses call it as their provisioner. */
  readonly provisions?: readonly string[];
  /** Where in its values the chart is told on which nodes its pods run; found by rendering it. Absent without a chart. */
  readonly placement?: PlacementModel;
  /** Paths of the constructs that need it; none means that nothing does. */
  neededBy(cluster: ComponentContext['cluster']): readonly string[];
  values(context: ComponentContext): Values;
  /** What its unit holds beside namespace and chart, given the values in force. @default - nothing */
  objects?(values: Values, context: ComponentContext): readonly Manifest[];
  /** The pods that the chart and the operator make, given the values in force. */
  agents(values: Values, context: ComponentContext): readonly AgentSpec[];
}

/** Keeps the literal id and the type of the values. */
export function defineComponent<const Id extends string, Values extends object>(
  definition: ComponentDefinition<Id, Values>,
): ComponentDefinition<Id, Values> {
  return definition;
}

/** What the user says of a component: other values, or that it is there already. */
export interface ComponentSettings<Values extends object = object> {
  /** Values laid over the derived ones, member by member. */
  readonly values?: Values;
  /** The cluster has it already: nothing is installed, and its settings are not known to us. @default false */
  readonly installed?: boolean;
}

/** A component with the user's settings, as a cluster asks for it. */
export interface ComponentRequest {
  readonly id: ComponentId;
  readonly settings: { readonly values?: JsonObject; readonly installed?: boolean };
}

/** Tolerations for every taint of the pools, sorted and without repetition. */
export function tolerationsForPools(pools: readonly PoolModel[]): readonly Toleration[] {
  const byText = new Map(
    pools
      .flatMap((pool) => pool.taints)
      .map((taint): [string, Toleration] => [
        `${taint.key}:${taint.effect}`,
        { key: taint.key, operator: 'Exists', effect: taint.effect },
      ]),
  );
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, toleration]) => toleration);
}

/** Typed custom resources as the plain data that they are. */
export function manifestsOf<Resource extends object>(...resources: readonly Resource[]): readonly Manifest[] {
  return resources as unknown as readonly Manifest[];
}

/** An agent that runs on the system pool. */
export function systemAgent(
  name: string,
  context: ComponentContext,
  requests = { cpuMillis: 0, memoryMiB: 0 },
): AgentSpec {
  return {
    name,
    runsOn: 'system',
    pools: [],
    tolerations: context.systemTolerations,
    nodeSelector: context.systemSelector,
    requests,
  };
}

/** An agent that runs on every node of the pools. */
export function poolAgent(
  name: string,
  pools: readonly PoolModel[],
  tolerations: readonly Toleration[],
  requests = { cpuMillis: 0, memoryMiB: 0 },
): AgentSpec {
  return { name, runsOn: 'pools', pools: pools.map((pool) => pool.name), tolerations, nodeSelector: {}, requests };
}
