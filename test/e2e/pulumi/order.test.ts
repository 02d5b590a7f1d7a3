import { describe, expect, test } from 'vitest';
import { dependencyOrder } from './order.ts';
import { type Plan, plannedResource, type Step } from './plan.ts';

const urn = (name: string) => `urn:pulumi:test::p::t::${name}`;
const state = (name: string, ...dependencies: string[]) =>
  plannedResource({ urn: urn(name), type: 't', custom: true, dependencies: dependencies.map(urn) }, 'same');
const plan: Plan = { changes: {}, resources: [state('network'), state('cluster', 'network')] };

const oneByOne = (operation: string, ...names: string[]): Step[] =>
  names.flatMap((name) => [
    { urn: urn(name), operation, moment: 'begin' as const },
    { urn: urn(name), operation, moment: 'end' as const },
  ]);

describe('the order of a deployment', () => {
  test('is right when what is needed is created first and deleted last', () => {
    const right = { compared: 1, violations: [] };
    expect(dependencyOrder(plan, oneByOne('create', 'network', 'cluster'), 'create')).toEqual(right);
    expect(dependencyOrder(plan, oneByOne('delete', 'cluster', 'network'), 'delete')).toEqual(right);
  });

  test('is wrong the other way round', () => {
    expect(dependencyOrder(plan, oneByOne('create', 'cluster', 'network'), 'create').violations).toHaveLength(1);
    expect(dependencyOrder(plan, oneByOne('delete', 'network', 'cluster'), 'delete').violations).toHaveLength(1);
  });

  test('is wrong when the second begins before the first has ended', () => {
    const [begin, end] = oneByOne('create', 'network');
    const steps = [begin, ...oneByOne('create', 'cluster'), end].filter((step) => step !== undefined);
    expect(dependencyOrder(plan, steps, 'create').violations).toHaveLength(1);
  });

  test('compares nothing when the deployment touched only one of two', () => {
    expect(dependencyOrder(plan, oneByOne('create', 'cluster'), 'create')).toEqual({ compared: 0, violations: [] });
  });
});
