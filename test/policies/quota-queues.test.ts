import { describe, expect, test } from 'vitest';
import type { AmountModel, ClusterModel, QueueModel, VolcanoPluginModel } from '../../lib/model/platform-model.ts';
import {
  exampleJob,
  examplePlatform,
  examplePool,
  exampleQueue,
  exampleTenant,
  exampleUnit,
} from '../../lib/policies/examples.ts';
import type { Policy } from '../../lib/policies/policy.ts';
import { ENFORCES } from '../../lib/policies/queues.ts';
import { quota011 } from '../../lib/policies/quota-011.ts';
import { quota016 } from '../../lib/policies/quota-016.ts';
import { quota017 } from '../../lib/policies/quota-017.ts';
import { quota018 } from '../../lib/policies/quota-018.ts';
import { quota033 } from '../../lib/policies/quota-033.ts';
import { quota034 } from '../../lib/policies/quota-034.ts';
import { sched001 } from '../../lib/policies/sched-001.ts';
import { Scheduler } from '../../lib/schedulers/index.ts';

const gpus = (count: number, pool = 'h100'): AmountModel => ({ pool, resource: 'nvidia.com/gpu', count });

function queue(name: string, lists: Partial<QueueModel> = {}): QueueModel {
  return { ...exampleQueue, guarantee: [], deserved: [], name, path: `example/east/${name}`, ...lists };
}

const check = (policy: Policy, queues: readonly QueueModel[], changes: Partial<ClusterModel> = {}) =>
  policy.check(examplePlatform({ queues, ...changes }));

const both = { pools: [examplePool, { ...examplePool, name: 'a100', path: 'example/east/a100' }] };

describe('QUOTA-016', () => {
  test('a guarantee above capability is named as such, and one change mends it', () => {
    const [verdict, ...more] = check(quota016, [
      queue('a', { guarantee: [gpus(64)], deserved: [gpus(64)], capability: [gpus(32)] }),
    ]);
    expect(more).toEqual([]);
    expect(verdict?.what).toBe('guarantee h100.gpus(64) is above capability h100.gpus(32)');
    expect(verdict?.fix).toBe('Lower guarantee and deserved to h100.gpus(32), or raise capability to h100.gpus(64).');
  });

  test('a fix raises only what is too low, and high enough', () => {
    const fix = (guarantee: number, deserved: readonly AmountModel[], capability: number) =>
      check(quota016, [queue('a', { guarantee: [gpus(guarantee)], deserved, capability: [gpus(capability)] })])[0]?.fix;
    expect(fix(64, [gpus(72)], 32)).toContain('or raise capability to h100.gpus(72).');
    expect(fix(64, [gpus(40)], 32)).toContain('or raise deserved and capability to h100.gpus(64).');
    expect(fix(64, [], 32)).toContain('or raise deserved and capability to h100.gpus(64).');
  });

  test('deserved above capability is reported without a guarantee too', () => {
    const [verdict] = check(quota016, [queue('a', { deserved: [gpus(9)], capability: [gpus(8)] })]);
    expect(verdict?.fix).toBe('Lower deserved to h100.gpus(8), or raise capability to h100.gpus(9).');
  });

  test('a resource that capability does not name is unlimited', () => {
    const capability = [{ pool: 'h100', resource: 'rdma/ib', count: 1 }];
    expect(check(quota016, [queue('a', { deserved: [gpus(64)], capability })])).toEqual([]);
  });

  test('a guarantee of nothing needs a deserved amount as well, as in Volcano', () => {
    expect(check(quota016, [queue('a', { guarantee: [gpus(0)] })])).toHaveLength(1);
  });

  test('Volcano compares by resource name, so the pools of a name are added up first', () => {
    const lists = { guarantee: [gpus(8), gpus(8, 'a100')], deserved: [gpus(16)] };
    expect(check(quota016, [queue('a', lists)], both)).toEqual([]);
    const [verdict] = check(quota016, [queue('a', { ...lists, deserved: [gpus(15)] })], both);
    expect(verdict?.what).toBe('guarantee 16 nvidia.com/gpu is above deserved 15 nvidia.com/gpu');
  });

  test('equal lists are fine', () => {
    expect(check(quota016, [queue('a', { guarantee: [gpus(8)], deserved: [gpus(8)], capability: [gpus(8)] })])).toEqual(
      [],
    );
  });
});

describe('QUOTA-017', () => {
  test('the nearest queue that sets the resource decides, not the one right above', () => {
    const queues = [
      queue('top', { capability: [gpus(8)] }),
      queue('middle', { parent: 'top' }),
      queue('leaf', { parent: 'middle', capability: [gpus(16)] }),
    ];
    const [verdict] = check(quota017, queues);
    expect(verdict?.where).toBe('example/east/leaf');
    expect(verdict?.fix).toBe("Lower it to h100.gpus(8), or raise the capability of 'top' to h100.gpus(16).");
  });

  test('as much as the queue above is allowed', () => {
    expect(
      check(quota017, [queue('a', { capability: [gpus(8)] }), queue('b', { parent: 'a', capability: [gpus(8)] })]),
    ).toEqual([]);
  });

  test('nothing above a queue means no limit', () => {
    expect(check(quota017, [queue('a', { capability: [gpus(999)] })])).toEqual([]);
    expect(check(quota017, [queue('a'), queue('b', { parent: 'a', capability: [gpus(999)] })])).toEqual([]);
  });

  test('a capability of zero above is a limit, because the scheduler takes it for one', () => {
    expect(
      check(quota017, [queue('a', { capability: [gpus(0)] }), queue('b', { parent: 'a', capability: [gpus(8)] })]),
    ).toHaveLength(1);
  });

  test('a queue above that the program does not hold leaves the rule undecided', () => {
    expect(
      check(quota017, [queue('b', { parent: 'shared', capability: [gpus(8)] })]).map(({ outcome }) => outcome),
    ).toEqual(['unknown']);
  });
});

describe('QUOTA-018', () => {
  test('the children of a queue are added up', () => {
    const children = ['b', 'c', 'd'].map((name) => queue(name, { parent: 'a', deserved: [gpus(8)] }));
    expect(check(quota018, [queue('a', { deserved: [gpus(24)] }), ...children])).toEqual([]);
    const [verdict] = check(quota018, [queue('a', { deserved: [gpus(16)] }), ...children]);
    expect(verdict?.where).toBe('example/east/a');
    expect(verdict?.what).toBe(
      "deserved of the queues below 'a' adds up to h100.gpus(24), but its own deserved is h100.gpus(16)",
    );
  });

  test('what the parent does not set is zero, and even zero is refused below it', () => {
    const [verdict] = check(quota018, [queue('a'), queue('b', { parent: 'a', guarantee: [gpus(0)], deserved: [] })]);
    expect(verdict?.what).toContain('its own guarantee has none of nvidia.com/gpu');
    expect(verdict?.fix).toBe("Add h100.gpus(0) to guarantee of 'a', or drop it from the queues below.");
  });

  test('queues directly below root are compared with nothing', () => {
    expect(check(quota018, [queue('a', { guarantee: [gpus(999)] }), queue('b', { guarantee: [gpus(999)] })])).toEqual(
      [],
    );
  });

  test('a parent that the program does not hold leaves the rule undecided', () => {
    expect(
      check(quota018, [queue('b', { parent: 'shared', guarantee: [gpus(8)] })]).map(({ outcome }) => outcome),
    ).toEqual(['unknown']);
    expect(check(quota018, [queue('b', { parent: 'shared' })])).toEqual([]);
  });

  test('only direct children count against a queue', () => {
    const queues = [
      queue('a', { deserved: [gpus(8)] }),
      queue('b', { parent: 'a', deserved: [gpus(8)] }),
      queue('c', { parent: 'b', deserved: [gpus(8)] }),
    ];
    expect(check(quota018, queues)).toEqual([]);
  });
});

const config = (actions: readonly string[], ...plugins: readonly VolcanoPluginModel[]) => ({
  volcanoConfig: { actions, tiers: [plugins] },
});

describe('QUOTA-011', () => {
  test('a queue whose tenant has a quota needs the plugin before there is any job', () => {
    const [verdict] = check(quota011, [exampleQueue], { jobs: [], ...config(['allocate']) });
    expect(verdict?.what).toContain("under a ResourceQuota in 'vision'");
  });

  test('a job and a quota that users wrote themselves count too', () => {
    const metadata = { name: 'own', namespace: 'lab' };
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata };
    const job = { apiVersion: 'batch.volcano.sh/v1alpha1', kind: 'Job', metadata };
    const nothing = { tenants: [], jobs: [], ...config(['allocate']) };
    expect(check(quota011, [], { ...nothing, units: [exampleUnit(quota, job)] })).toHaveLength(1);
    expect(check(quota011, [], { ...nothing, units: [exampleUnit(quota)] })).toEqual([]);
  });

  test('jobs of another back end need no plugin of Volcano', () => {
    const jobs = [{ ...exampleJob, scheduler: 'kubernetes' as const }];
    expect(check(quota011, [], { jobs, ...config(['allocate']) })).toEqual([]);
  });

  test('a tenant without a quota needs no plugin', () => {
    expect(
      check(quota011, [exampleQueue], { tenants: [{ ...exampleTenant, quota: [] }], ...config(['allocate']) }),
    ).toEqual([]);
  });
});

describe('QUOTA-033', () => {
  test('flat queues with a capability alone are content with proportion', () => {
    expect(
      check(quota033, [queue('a', { capability: [gpus(8)] })], config(['allocate'], { name: 'proportion' })),
    ).toEqual([]);
  });

  test('a tree needs the hierarchy of the capacity plugin', () => {
    const tree = [queue('a'), queue('b', { parent: 'a' })];
    expect(check(quota033, tree, config(['allocate'], { name: 'capacity', enableHierarchy: true }))).toEqual([]);
    expect(check(quota033, tree, config(['allocate'], { name: 'capacity' }))[0]?.what).toContain('hierarchy off');
  });

  test('capacity beside proportion is reported', () => {
    expect(
      check(quota033, [exampleQueue], config(['allocate'], { name: 'capacity' }, { name: 'proportion' })),
    ).toHaveLength(1);
  });

  test('the queues are named, and a long list is cut', () => {
    const because = (count: number) => {
      const queues = Array.from({ length: count }, (_, i) => queue(`q${i}`, { deserved: [gpus(1)] }));
      return check(quota033, queues, config(['allocate']))[0]?.what;
    };
    expect(because(1)).toMatch(/^queue 'q0' set/);
    expect(because(5)).toMatch(/^queues 'q0', 'q1', 'q2', 'q3', 'q4' set/);
    expect(because(7)).toMatch(/^queues 'q0', 'q1', 'q2', 'q3', 'q4' and 2 more set/);
  });

  test('no fair-share plugin at all is reported', () => {
    expect(check(quota033, [exampleQueue], config(['allocate'], { name: 'gang' }))[0]?.what).toContain(
      'without the plugin capacity',
    );
  });
});

describe('QUOTA-034', () => {
  const priority = (more: object = {}) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'vision-high' },
    value: 3000,
    ...more,
  });

  test('priorities need preempt, unless they never preempt', () => {
    const flat = [queue('a')];
    expect(check(quota034, flat, { units: [exampleUnit(priority())], ...config(['allocate']) })[0]?.fix).toContain(
      "Add 'preempt'",
    );
    expect(
      check(quota034, flat, { units: [exampleUnit(priority({ preemptionPolicy: 'Never' }))], ...config(['allocate']) }),
    ).toEqual([]);
  });

  test('a priority class that only a Volcano job names counts too', () => {
    const job = {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      metadata: { name: 'own' },
      spec: { priorityClassName: 'urgent' },
    };
    expect(check(quota034, [queue('a')], { units: [exampleUnit(job)], ...config(['allocate']) })[0]?.what).toContain(
      "'urgent'",
    );
  });

  test('the gang forms of the actions do as well', () => {
    expect(
      check(quota034, [exampleQueue], {
        units: [exampleUnit(priority())],
        ...config(['allocate', 'gangreclaim', 'gangpreempt']),
      }),
    ).toEqual([]);
  });

  test('queues that lend nothing need no reclaim', () => {
    expect(check(quota034, [{ ...exampleQueue, reclaimable: false }], config(['allocate']))).toEqual([]);
  });

  test('without Volcano queues there is nothing to configure', () => {
    expect(check(quota034, [], { units: [exampleUnit(priority())], ...config(['allocate']) })).toEqual([]);
  });
});

test.each([quota011, quota033, quota034])('$id is undecided where somebody else configures Volcano', (policy) => {
  const [verdict, ...more] = check(policy, [exampleQueue]);
  expect(more).toEqual([]);
  expect(verdict).toMatchObject({ outcome: 'unknown', where: 'example/east' });
  expect(verdict?.fix).toMatch(/volcano-scheduler\.conf has the (plugin|action) (resourcequota|capacity|reclaim)/);
});

describe('SCHED-001', () => {
  test('everything that the back end does not keep is listed', () => {
    const [verdict] = check(sched001, [
      queue('a', { scheduler: 'kubernetes', guarantee: [gpus(8)], capability: [gpus(8)], parent: 'b' }),
    ]);
    expect(verdict?.what).toContain("sets guarantee, capability, parent, but its back end 'kubernetes'");
  });

  test('the fix of a nested queue takes it out of its parent', () => {
    const fix = (lists: Partial<QueueModel>) =>
      check(sched001, [queue('a', { scheduler: 'kubernetes', ...lists })])[0]?.fix;
    expect(fix({ guarantee: [gpus(8)] })).toBe('Use Scheduler.volcano(), or drop guarantee.');
    expect(fix({ parent: 'b' })).toBe(
      'Use Scheduler.volcano(), or create the queue directly under its tenant, without amounts.',
    );
  });

  test('a Volcano queue may promise', () => {
    expect(check(sched001, [exampleQueue])).toEqual([]);
  });

  test('the rules know of each back end what the back end says of itself', () => {
    const backends = Object.values(Scheduler).map((backend) => backend());
    expect(Object.fromEntries(backends.map(({ id, enforces }) => [id, enforces]))).toEqual(ENFORCES);
  });
});
