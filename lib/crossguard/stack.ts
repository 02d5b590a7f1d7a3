import { type ClusterFacts, FACTS_TYPE, type UnitFacts } from '../model/cluster-facts.ts';
import type { ClusterModel, ObjectModel, PlatformModel, UnitModel } from '../model/platform-model.ts';
import { chartOf, objectOf, type Read } from './content.ts';
import { type Input, isInputObject, watched } from './inputs.ts';

/** What is read of a resource of the stack. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly provider?: { readonly urn: string };
  readonly parent?: StackResource;
}

/** The resources of a stack with the inputs that they were registered with, by URN. */
export interface Stack {
  readonly resources: readonly StackResource[];
  readonly inputs: ReadonlyMap<string, Input>;
}

/** A cluster of the stack. */
export interface StackCluster {
  readonly platform: PlatformModel;
  readonly cluster: ClusterModel;
  /** URNs of the resources by construct path; a path that stands for no single resource is absent. */
  readonly urns: ReadonlyMap<string, string>;
  /** URN of the facts. */
  readonly urn: string;
}

/** What of the unknown the rules have looked at: paths in the inputs, by URN. */
export type Touched = Map<string, Set<string>>;

/**
 * The clusters that the stack deploys to: their facts as they were declared, their objects and charts as they are deployed,
 * those that the program adds by itself included.
 *
 * @param touched is told what the reader of the model looks at without being able to know it
 * @param without URNs of objects and charts to leave out
 */
export function clustersIn(
  stack: Stack,
  touched: Touched,
  without: { has(urn: string): boolean } = new Set(),
): readonly StackCluster[] {
  const home = new Map(stack.resources.map(({ urn, parent }) => [urn, parent?.urn] as const));
  const read = (urn: string, input: Input) =>
    watched(input, (path) => touched.set(urn, (touched.get(urn) ?? new Set()).add(path)));
  return stack.resources
    .filter(({ type }) => type === FACTS_TYPE)
    .flatMap(({ urn, parent }) => {
      const input = stack.inputs.get(urn);
      if (!isInputObject(input) || Object.keys(input).length === 0) return [];
      const facts = read(urn, input) as unknown as ClusterFacts;
      // They come in the order in which the engine got to them, which is not the same every time.
      const content = stack.resources
        .filter(
          ({ urn: one, provider }) =>
            provider !== undefined && home.get(provider.urn) === parent?.urn && !without.has(one),
        )
        .sort((a, b) => (a.urn < b.urn ? -1 : 1));
      return [assemble(urn, facts, content, stack, read)];
    });
}

function assemble(
  urn: string,
  facts: ClusterFacts,
  content: readonly StackResource[],
  { inputs }: Stack,
  read: Read,
): StackCluster {
  const urns = new Map<string, string>();
  const inUnit = (id: string | undefined) =>
    content
      .filter((resource) => unitOf(resource, facts.cluster.name) === id)
      .map((one) => [one, inputs.get(one.urn)] as const);
  const unit = (unit: UnitFacts, id: string | undefined): UnitModel => {
    const { objects, charts, ...rest } = unit;
    const given = inUnit(id);
    const made = given.flatMap(([one, input]) => objectOf(one, input, objects, read));
    for (const { urn: object, path } of made) urns.set(path, object);
    return {
      ...rest,
      objects: made.map(({ path, manifest }): ObjectModel => ({ path, manifest })),
      charts: given.flatMap(([one, input]) => chartOf(one, input, charts, read)),
    };
  };
  const units = [...facts.units.map((one) => unit(one, one.id)), unit(OWN(facts), undefined)];
  const cluster: ClusterModel = { ...facts.cluster, units };
  const { platform: name, waivers, registries = [] } = facts;
  return { platform: { name, waivers, registries, clusters: [cluster] }, cluster, urns, urn };
}

/** What the program puts into the cluster beside the platform. */
const OWN = ({ cluster }: ClusterFacts): UnitFacts => ({
  id: 'program',
  kind: 'app',
  path: cluster.path,
  runOnce: false,
  dependsOn: [],
  objects: {},
  charts: {},
});

/** The unit below whose component the resource is. */
function unitOf({ parent }: StackResource, cluster: string): string | undefined {
  if (parent === undefined) return undefined;
  const isUnit = parent.type === 'cdk8s-ai:index:Unit' && parent.name.startsWith(`${cluster}/`);
  return isUnit ? parent.name.slice(cluster.length + 1) : unitOf(parent, cluster);
}
