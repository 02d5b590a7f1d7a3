import { PlatformError } from './errors.ts';

/** Something with a name that must come after others. */
export interface Node {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/**
 * The nodes in an order in which each comes after all that it depends on: level by level, ids sorted within a level, so
 * the order depends on the graph alone.
 *
 * @throws PlatformError ORDER-001 with the path of a cycle; ORDER-002 when a dependency does not exist
 */
export function inOrder<T extends Node>(nodes: readonly T[], where: string): readonly T[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const waiting = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const node of byId.values()) {
    const needs = new Set(node.dependsOn);
    waiting.set(node.id, needs.size);
    for (const need of needs) {
      if (!byId.has(need)) throw unknownDependency(where, node.id, need);
      const list = dependents.get(need);
      if (list === undefined) dependents.set(need, [node.id]);
      else list.push(node.id);
    }
  }
  const order: T[] = [];
  let ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  // Level by level keeps the work linear; within a level ids are sorted, so insertion order cannot show through.
  while (ready.length > 0) {
    ready.sort();
    const next: string[] = [];
    for (const id of ready) {
      const node = byId.get(id);
      if (node !== undefined) order.push(node);
      for (const dependent of dependents.get(id) ?? []) {
        const left = (waiting.get(dependent) ?? 0) - 1;
        waiting.set(dependent, left);
        if (left === 0) next.push(dependent);
      }
    }
    ready = next;
  }
  if (order.length < byId.size) throw cycle(where, byId, new Set(order.map((node) => node.id)));
  return order;
}

/** The level of each node: 0 for those that depend on nothing, else one more than the highest level below. */
export function levels<T extends Node>(ordered: readonly T[]): ReadonlyMap<string, number> {
  const level = new Map<string, number>();
  for (const node of ordered)
    level.set(
      node.id,
      node.dependsOn.reduce((most, need) => Math.max(most, (level.get(need) ?? -1) + 1), 0),
    );
  return level;
}

function unknownDependency(where: string, id: string, need: string): PlatformError {
  return new PlatformError(
    'ORDER-002',
    where,
    `'${id}' depends on '${need}', which does not exist`,
    `Create '${need}' or drop the dependency.`,
  );
}

function cycle(where: string, byId: ReadonlyMap<string, Node>, done: ReadonlySet<string>): PlatformError {
  const left = [...byId.keys()].filter((id) => !done.has(id)).sort();
  const trail: string[] = [];
  let here = left[0];
  while (here !== undefined && !trail.includes(here)) {
    trail.push(here);
    here = [...(byId.get(here)?.dependsOn ?? [])].sort().find((need) => !done.has(need));
  }
  const path = [...trail.slice(here === undefined ? 0 : trail.indexOf(here)), here].join(' -> ');
  return new PlatformError(
    'ORDER-001',
    where,
    `these wait for each other: ${path}`,
    'Drop one of the dependencies along this path.',
  );
}
