/** Checks that a deployment kept the order that the dependencies ask for. */
import type { Plan, Step } from './plan.ts';

export interface Order {
  /** How many pairs of resources were compared: an order without pairs proves nothing. */
  readonly compared: number;
  /** Pairs in the wrong order, as sentences. */
  readonly violations: readonly string[];
}

/**
 * A resource must be made after what it depends on and after its provider were ready, and be gone before they are deleted.
 *
 * @param plan the resources with their dependencies; for a deletion, the state before it
 * @param steps of the deployment that created or deleted them
 */
export function dependencyOrder(plan: Plan, steps: readonly Step[], operation: 'create' | 'delete'): Order {
  const at = (urn: string, moment: Step['moment']) =>
    steps.findIndex((step) => step.urn === urn && step.operation === operation && step.moment === moment);
  const customs = new Set(plan.resources.filter(({ custom }) => custom).map(({ urn }) => urn));
  const pairs = plan.resources.flatMap(({ urn, dependencies, provider = '' }) =>
    [...dependencies, provider].filter((needed) => customs.has(needed)).map((needed) => ({ urn, needed })),
  );
  const compared = pairs.map(({ urn, needed }) => {
    const [first, second] = operation === 'create' ? [needed, urn] : [urn, needed];
    return { first, second, ended: at(first, 'end'), began: at(second, 'begin') };
  });
  const known = compared.filter(({ ended, began }) => ended >= 0 && began >= 0);
  const wrong = known.filter(({ ended, began }) => ended > began);
  return {
    compared: known.length,
    violations: wrong.map(({ first, second }) => `${operation} of ${second} began before that of ${first} ended`),
  };
}
