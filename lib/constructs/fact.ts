import type { IConstruct } from 'constructs';
import type { Cloud } from '../clouds/cloud.ts';
import type { ComponentRequest } from '../components/component.ts';
import type {
  CloudModel,
  DatasetModel,
  JobModel,
  PoolModel,
  QueueModel,
  ServiceModel,
  SystemPoolModel,
  TenantModel,
  UnitModel,
} from '../model/platform-model.ts';

/** What each kind of construct contributes to the model beside its Kubernetes objects. */
interface FactModels {
  readonly cluster: ClusterFact;
  readonly pool: PoolModel;
  readonly tenant: TenantModel;
  readonly queue: QueueModel;
  readonly job: JobModel;
  readonly dataset: DatasetModel;
  readonly service: ServiceModel;
  /** On a leaf chart of ours: the unit that its objects belong to, with the Helm charts that come with them. */
  readonly unit: UnitFact;
}

/** What a leaf chart says of its unit. */
export type UnitFact = Pick<UnitModel, 'id' | 'kind' | 'runOnce'> & Partial<Pick<UnitModel, 'charts'>>;

/** What one of our constructs contributes. */
export type Fact = {
  readonly [K in keyof FactModels]: { readonly kind: K; readonly model: FactModels[K] };
}[keyof FactModels];

/** What a cluster says of itself. */
export interface ClusterFact {
  readonly name: string;
  readonly cloud: CloudModel;
  readonly kubernetesVersion: string;
  readonly featureGates: readonly string[];
  readonly systemPool: SystemPoolModel;
  readonly components: readonly ComponentRequest[];
  /** What of the cluster its cloud cannot honour. */
  readonly refuse?: Cloud['refuse'];
}

// Registered by name, so that two copies of this package in one program understand each other.
const FACT = Symbol.for('cdk8s-ai.fact');

/** Attaches a fact to a construct; `collect` finds it there. */
export function declareFact(construct: IConstruct, fact: Fact): void {
  Object.defineProperty(construct, FACT, { value: fact });
}

/** The fact of a construct, if it is one of ours. */
export function factOf(construct: IConstruct): Fact | undefined {
  return (construct as { readonly [FACT]?: Fact })[FACT];
}

/** The nearest construct above (or the construct itself) that declares a fact of the kind. */
export function enclosing<K extends Fact['kind']>(construct: IConstruct, kind: K): FactModels[K] | undefined {
  for (let scope: IConstruct | undefined = construct; scope !== undefined; scope = scope.node.scope) {
    const fact = factOf(scope);
    if (fact?.kind === kind) return fact.model as FactModels[K];
  }
  return undefined;
}
