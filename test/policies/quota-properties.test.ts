import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  AmountModel,
  ClusterModel,
  JobModel,
  PoolModel,
  QueueModel,
  TenantModel,
} from '../../lib/model/platform-model.ts';
import { exampleJob, examplePlatform, examplePool, exampleQueue, exampleTenant } from '../../lib/policies/examples.ts';
import { policies } from '../../lib/policies/index.ts';
import type { Verdict } from '../../lib/policies/policy.ts';
import { quota009 } from '../../lib/policies/quota-009.ts';
import { quota019 } from '../../lib/policies/quota-019.ts';

const rules = policies.filter(({ id }) => id.startsWith('QUOTA-') || id.startsWith('SCHED-'));

type Parts = Pick<ClusterModel, 'pools' | 'tenants' | 'queues' | 'jobs'>;

const resources = ['nvidia.com/gpu', 'nvidia.com/mig-1g.10gb'];
const poolNames = ['pool-0', 'pool-1', 'pool-2'];

const amounts: fc.Arbitrary<readonly AmountModel[]> = fc.uniqueArray(
  fc.record({
    pool: fc.constantFrom(...poolNames),
    resource: fc.constantFrom(...resources),
    count: fc.integer({ min: 0, max: 80 }),
  }),
  { selector: ({ pool, resource }) => `${pool} ${resource}`, maxLength: 3 },
);

const pool = fc
  .record({ minNodes: fc.integer({ min: 0, max: 6 }), more: fc.integer({ min: 0, max: 6 }), slices: fc.boolean() })
  .map(({ minNodes, more, slices }): Partial<PoolModel> => {
    const own = { 'nvidia.com/gpu': 8, ...(slices ? { 'nvidia.com/mig-1g.10gb': 7 } : {}) };
    return { minNodes, maxNodes: minNodes + more, resources: own };
  });

const tenant = fc.record({ quota: amounts, overcommit: fc.constantFrom(1, 1.15, 1.5, 2) }).map(
  ({ quota, overcommit }): Partial<TenantModel> => ({
    quota,
    overcommit,
    pools: [...new Set(quota.map((one) => one.pool))],
  }),
);

const queue = fc.record({
  guarantee: amounts,
  deserved: amounts,
  capability: amounts,
  scheduler: fc.constantFrom('volcano' as const, 'volcano' as const, 'kubernetes' as const),
  reclaimable: fc.boolean(),
  parent: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
});

/** Clusters of up to three pools, tenants and five queues in any tree, circles and missing parents included. */
const parts: fc.Arbitrary<Parts> = fc
  .record({
    pools: fc.array(pool, { maxLength: 3 }),
    tenants: fc.array(tenant, { maxLength: 3 }),
    queues: fc.array(queue, { maxLength: 5 }),
    workers: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
  })
  .map(({ pools, tenants, queues, workers }) => ({
    pools: pools.map((one, i) => ({ ...examplePool, ...one, name: `pool-${i}`, path: `example/east/p${i}` })),
    tenants: tenants.map((one, i) => ({
      ...exampleTenant,
      ...one,
      name: `tenant-${i}`,
      namespace: `ns-${i}`,
      path: `example/east/t${i}`,
    })),
    queues: queues.map(({ parent, ...one }, i): QueueModel => {
      const above = parent === undefined || parent === i ? {} : { parent: `queue-${parent}` };
      return {
        ...exampleQueue,
        ...one,
        ...above,
        name: `queue-${i}`,
        tenant: `tenant-${i % 3}`,
        path: `example/east/q${i}`,
      };
    }),
    jobs: workers.map((count, i): JobModel => {
      const home = {
        tenant: `tenant-${i}`,
        namespace: `ns-${i}`,
        queue: `queue-${i}`,
        pool: `pool-${i}`,
        path: `example/east/j${i}`,
      };
      return { ...exampleJob, ...home, name: `job-${i}`, workers: count, minWorkers: 1 };
    }),
  }));

function verdictsOn(changes: Parts): readonly string[] {
  const platform = examplePlatform(changes);
  return rules.flatMap((rule) => rule.check(platform).map((verdict) => JSON.stringify([rule.id, verdict]))).sort();
}

describe('for every cluster', () => {
  test('the order of pools, tenants, queues and jobs changes no verdict and no word of it', () => {
    const shuffled = parts.chain((one) =>
      fc
        .record({
          pools: fc.shuffledSubarray([...one.pools], { minLength: one.pools.length }),
          tenants: fc.shuffledSubarray([...one.tenants], { minLength: one.tenants.length }),
          queues: fc.shuffledSubarray([...one.queues], { minLength: one.queues.length }),
          jobs: fc.shuffledSubarray([...one.jobs], { minLength: one.jobs.length }),
        })
        .map((other) => [one, other] as const),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(verdictsOn(other)).toEqual(verdictsOn(one));
      }),
    );
  });

  test('new names for pools, tenants and queues, used everywhere, change no verdict', () => {
    const outcomes = (changes: Parts) => {
      const platform = examplePlatform(changes);
      return rules
        .flatMap((rule) => rule.check(platform).map(({ outcome, where }) => `${rule.id} ${outcome} ${where}`))
        .sort();
    };
    fc.assert(
      fc.property(parts, (one) => {
        expect(outcomes(renamed(one))).toEqual(outcomes(one));
      }),
    );
  });

  test('more nodes never lead to another finding about sizes', () => {
    const grown = fc
      .tuple(parts, fc.nat({ max: 5 }), fc.nat({ max: 5 }), fc.nat({ max: 2 }))
      .map(([one, low, high, index]) => {
        const pools = one.pools.map((each, i) =>
          i === index ? { ...each, minNodes: each.minNodes + low, maxNodes: each.maxNodes + low + high } : each,
        );
        return [one, { ...one, pools }] as const;
      });
    fc.assert(
      fc.property(grown, ([before, after]) => {
        const known = sizeFindings(before).map(subject);
        for (const finding of sizeFindings(after)) expect(known).toContain(subject(finding));
      }),
    );
  });

  test('the number of nodes in a fix mends the finding, and one node less does not', () => {
    fc.assert(
      fc.property(parts, (one) => {
        for (const finding of sizeFindings(one)) {
          const [, knob = '', name, needed] = /^Raise (.+) of '(.+)' to (\d+),/.exec(finding.fix) ?? [];
          const withNodes = (count: number) => {
            const sizes = Object.fromEntries(knob.split(' and ').map((size) => [size, count]));
            return sizeFindings({
              ...one,
              pools: one.pools.map((each) => (each.name === name ? { ...each, ...sizes } : each)),
            }).map(subject);
          };
          expect(withNodes(Number(needed))).not.toContain(subject(finding));
          expect(withNodes(Number(needed) - 1)).toContain(subject(finding));
        }
      }),
    );
  });
});

function sizeFindings(changes: Parts): readonly Verdict[] {
  const platform = examplePlatform(changes);
  return [...quota009.check(platform), ...quota019.check(platform)];
}

/** What a finding is about: its place, its list, whether it is about one claim or several, and the pool and resource. */
function subject({ where, what }: Verdict): string {
  const [, list, , resource, pool] = /^(\w+) (of \d+ \w+ )?asks for \d+ (\S+).* pool '(.+?)' has/.exec(what) ?? [];
  return [where, list, resource, pool].join(' ');
}

/** The same parts under names that sort the other way round; paths stay, so that findings can be compared. */
function renamed(one: Parts): Parts {
  const name = (old: string) =>
    old.replace(/^(pool|tenant|queue)-(\d)$/, (_, kind, digit) => `new-${kind}-${9 - Number(digit)}`);
  const lists = (list: readonly AmountModel[]) => list.map((amount) => ({ ...amount, pool: name(amount.pool) }));
  return {
    pools: one.pools.map((each) => ({ ...each, name: name(each.name) })),
    tenants: one.tenants.map((each) => ({
      ...each,
      name: name(each.name),
      quota: lists(each.quota),
      pools: each.pools.map(name),
    })),
    queues: one.queues.map((each) => ({
      ...each,
      name: name(each.name),
      ...(each.tenant === undefined ? {} : { tenant: name(each.tenant) }),
      ...(each.parent === undefined ? {} : { parent: name(each.parent) }),
      guarantee: lists(each.guarantee),
      deserved: lists(each.deserved),
      capability: lists(each.capability),
    })),
    jobs: one.jobs.map((each) => ({
      ...each,
      tenant: name(each.tenant),
      queue: name(each.queue),
      pool: name(each.pool),
    })),
  };
}
