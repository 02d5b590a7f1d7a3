import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Manifest, Taint, Toleration } from '../../lib/model/kubernetes.ts';
import type { ClusterModel, JobModel, ObjectModel, PlatformModel, PoolModel } from '../../lib/model/platform-model.ts';
import { exampleJob, examplePlatform, examplePool, exampleUnit } from '../../lib/policies/examples.ts';
import { fit002 } from '../../lib/policies/fit-002.ts';
import { policies } from '../../lib/policies/index.ts';
import { landsOn, outcomeOf } from '../../lib/policies/landing.ts';
import { podsOf } from '../../lib/policies/pods.ts';
import type { Verdict } from '../../lib/policies/policy.ts';

const rules = policies.filter(({ id }) => /^(TAINT|FIT|SUP|SEC)-/.test(id));
const feasibility = policies.filter(({ id }) => ['TAINT-006', 'FIT-001', 'FIT-002'].includes(id));

// Few keys and values, so that taints and tolerations, labels and selectors often meet.
const key = fc.constantFrom('nvidia.com/gpu', 'team', 'spot');
const value = fc.constantFrom('present', 'true', 'a');
const effect = fc.constantFrom('NoSchedule' as const, 'NoExecute' as const, 'PreferNoSchedule' as const);
const device = fc.constantFrom('nvidia.com/gpu', 'nvidia.com/mig-1g.10gb', 'vpc.amazonaws.com/efa');
const labelKey = fc.constantFrom('team', 'generation', 'nvidia.com/gpu.product');

const taints: fc.Arbitrary<readonly Taint[]> = fc.array(fc.record({ key, value, effect }), { maxLength: 3 });

const toleration: fc.Arbitrary<Toleration> = fc.oneof(
  fc.record({ key, operator: fc.constant('Exists' as const) }),
  fc.record({ key, operator: fc.constant('Equal' as const), value, effect }),
  fc.record({ operator: fc.constant('Exists' as const), effect }),
);

const labels = fc.dictionary(labelKey, value, { maxKeys: 2 });
const amounts = fc.dictionary(device, fc.integer({ min: 1, max: 8 }), { maxKeys: 2 });

const pool: fc.Arbitrary<Partial<PoolModel>> = fc.record(
  {
    taints,
    labels,
    resources: amounts,
    maxNodes: fc.nat({ max: 6 }),
    allocatable: fc.record({ cpuMillis: fc.nat({ max: 16_000 }), memoryMiB: fc.nat({ max: 64_000 }) }),
  },
  { requiredKeys: ['taints', 'labels', 'resources', 'maxNodes'] },
);

const pools = fc
  .array(pool, { minLength: 1, maxLength: 4 })
  .map((list) => list.map((one, index) => named(one, `pool-${index}`)));

function named(one: Partial<PoolModel>, name: string): PoolModel {
  const { allocatable, ...base } = examplePool;
  return { ...base, ...one, name, path: `example/east/${name}`, selector: { pool: name } };
}

const affinity = fc.record({
  key: labelKey,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  values: fc.array(value, { minLength: 1, maxLength: 2 }),
});

const podSpec: fc.Arbitrary<JsonObject> = fc
  .record({
    tolerations: fc.array(toleration, { maxLength: 3 }),
    nodeSelector: labels,
    terms: fc.array(fc.array(affinity, { maxLength: 2 }), { maxLength: 2 }),
    limits: amounts,
  })
  .map(({ tolerations, nodeSelector, terms, limits }) => ({
    tolerations: tolerations.map((one) => ({ ...one })),
    nodeSelector,
    ...(terms.length === 0 ? {} : { affinity: requiring(terms) }),
    containers: [{ name: 'main', resources: { limits } }],
  }));

function requiring(terms: readonly (readonly JsonObject[])[]): JsonObject {
  const nodeSelectorTerms = terms.map((matchExpressions) => ({ matchExpressions }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

/** Objects of several kinds whose names meet now and then. */
const object: fc.Arbitrary<Manifest> = fc
  .record({ kind: fc.constantFrom('Deployment', 'DaemonSet'), name: fc.constantFrom('a', 'A', 'b'), spec: podSpec })
  .map(({ kind, name, spec }) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'vision' },
    spec: { template: { spec } },
  }));

const job: fc.Arbitrary<Partial<JobModel>> = fc.record({
  pool: fc.constantFrom('pool-0', 'pool-1'),
  workers: fc.integer({ min: 1, max: 20 }),
  minWorkers: fc.integer({ min: 0, max: 20 }),
  perWorker: fc.record({ cpuMillis: fc.nat({ max: 8000 }), memoryMiB: fc.nat({ max: 32_000 }), devices: amounts }),
});

const cluster: fc.Arbitrary<Pick<ClusterModel, 'pools' | 'jobs' | 'units'>> = fc
  .record({ pools, jobs: fc.array(job, { maxLength: 3 }), objects: fc.array(object, { maxLength: 4 }) })
  .map((parts) => ({
    pools: parts.pools,
    jobs: parts.jobs.map((one, index) => ({
      ...exampleJob,
      ...one,
      name: `job-${index}`,
      path: `example/east/job-${index}`,
    })),
    units: [
      {
        ...exampleUnit(),
        objects: parts.objects.map((manifest, index): ObjectModel => ({ path: `example/east/o-${index}`, manifest })),
      },
    ],
  }));

function verdictsOf(model: PlatformModel): readonly string[] {
  return rules.flatMap((rule) => rule.check(model).map((verdict) => JSON.stringify([rule.id, verdict]))).sort();
}

/** Places by what the feasibility rules say of them. */
function placesWith(outcomes: readonly Verdict['outcome'][], model: PlatformModel): readonly string[] {
  const verdicts = feasibility.flatMap((rule) => rule.check(model));
  return verdicts.filter(({ outcome }) => outcomes.includes(outcome)).map(({ where }) => where);
}

describe('for every cluster', () => {
  test('the order of pools, jobs and objects changes no verdict', () => {
    fc.assert(
      fc.property(cluster, ({ pools, jobs, units }) => {
        const turned = units.map((unit) => ({ ...unit, objects: unit.objects.toReversed() }));
        const reversed = { pools: pools.toReversed(), jobs: jobs.toReversed(), units: turned };
        expect(verdictsOf(examplePlatform(reversed))).toEqual(verdictsOf(examplePlatform({ pools, jobs, units })));
      }),
    );
  });

  test('one more toleration closes no pool to a pod', () => {
    fc.assert(
      fc.property(cluster, toleration, (parts, extra) => {
        for (const pod of examplePlatform(parts).clusters.flatMap(podsOf)) {
          for (const pool of parts.pools) {
            const before = outcomeOf(landsOn(pod, pool));
            const after = outcomeOf(landsOn({ ...pod, tolerations: [...pod.tolerations, extra] }, pool));
            if (before !== 'no') expect(after).toBe(before);
          }
        }
      }),
    );
  });

  test('one more taint opens no pool to a pod', () => {
    fc.assert(
      fc.property(cluster, taints, (parts, extra) => {
        for (const pod of examplePlatform(parts).clusters.flatMap(podsOf)) {
          for (const pool of parts.pools) {
            const after = outcomeOf(landsOn(pod, { ...pool, taints: [...pool.taints, ...extra] }));
            if (outcomeOf(landsOn(pod, pool)) === 'no') expect(after).toBe('no');
          }
        }
      }),
    );
  });

  test('a gang that fits still fits with one more node', () => {
    fc.assert(
      fc.property(cluster, (parts) => {
        const failing = (list: readonly PoolModel[]) =>
          fit002
            .check(examplePlatform({ ...parts, pools: list }))
            .filter(({ outcome }) => outcome === 'fail')
            .map(({ where }) => where);
        const grown = parts.pools.map((pool) => ({ ...pool, maxNodes: pool.maxNodes + 1 }));
        expect(failing(parts.pools)).toEqual(expect.arrayContaining(failing(grown)));
      }),
    );
  });

  test('more capacity, be it larger nodes or another pool, breaks nothing that was known to be feasible', () => {
    fc.assert(
      fc.property(cluster, pool, fc.nat({ max: 8 }), (parts, another, extra) => {
        const before = placesWith(['fail', 'unknown'], examplePlatform(parts));
        const larger = parts.pools.map((one) => enlarged(one, extra));
        const added = [...parts.pools, named(another, 'pool-9')];
        for (const pools of [larger, added]) {
          expect(before).toEqual(
            expect.arrayContaining([...placesWith(['fail'], examplePlatform({ ...parts, pools }))]),
          );
        }
      }),
    );
  });
});

function enlarged(pool: PoolModel, extra: number): PoolModel {
  const resources = Object.fromEntries(Object.entries(pool.resources).map(([name, count]) => [name, count + extra]));
  const { allocatable, ...rest } = pool;
  if (allocatable === undefined) return { ...rest, resources };
  const { cpuMillis, memoryMiB } = allocatable;
  return {
    ...rest,
    resources,
    allocatable: { cpuMillis: cpuMillis + 1000 * extra, memoryMiB: memoryMiB + 1024 * extra },
  };
}
