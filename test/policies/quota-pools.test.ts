import { describe, expect, test } from 'vitest';
import type { AmountModel, PoolModel, QueueModel, TenantModel } from '../../lib/model/platform-model.ts';
import { exampleJob, examplePlatform, examplePool, exampleQueue, exampleTenant } from '../../lib/policies/examples.ts';
import { quota002 } from '../../lib/policies/quota-002.ts';
import { quota009 } from '../../lib/policies/quota-009.ts';
import { quota010 } from '../../lib/policies/quota-010.ts';
import { quota019 } from '../../lib/policies/quota-019.ts';
import { quota035 } from '../../lib/policies/quota-035.ts';

const gpus = (count: number, pool = 'h100'): AmountModel => ({ pool, resource: 'nvidia.com/gpu', count });

function tenant(name: string, quota: readonly AmountModel[], overcommit = 1): TenantModel {
  return {
    ...exampleTenant,
    name,
    path: `example/east/${name}`,
    namespace: name,
    quota,
    pools: quota.map(({ pool }) => pool),
    overcommit,
  };
}

function queue(name: string, lists: Partial<QueueModel>): QueueModel {
  return { ...exampleQueue, guarantee: [], deserved: [], name, path: `example/east/${name}`, ...lists };
}

function pool(name: string, changes: Partial<PoolModel> = {}): PoolModel {
  return { ...examplePool, name, path: `example/east/${name}`, ...changes };
}

describe('QUOTA-002', () => {
  test('interfaces of the fabric need no quota', () => {
    const fabric = { kind: 'efa', required: true, resource: 'vpc.amazonaws.com/efa', perNode: 32 } as const;
    const efa = pool('h100', { fabric, resources: { 'nvidia.com/gpu': 8, 'vpc.amazonaws.com/efa': 32 } });
    expect(quota002.check(examplePlatform({ pools: [efa] }))).toEqual([]);
  });

  test('a job on a pool that the quota does not name is reported at the tenant', () => {
    const [verdict] = quota002.check(
      examplePlatform({ pools: [pool('h100'), pool('a100')], jobs: [{ ...exampleJob, pool: 'a100' }] }),
    );
    expect(verdict?.where).toBe('example/east/vision');
    expect(verdict?.fix).toBe('Add a100.gpus(8) to the quota, or a100.gpus(0) to forbid it.');
  });

  test('an amount of another pool or of another resource is no amount of this one', () => {
    const slices = pool('a100', { resources: { 'nvidia.com/mig-1g.10gb': 7 } });
    const platform = examplePlatform({
      pools: [pool('h100'), slices],
      tenants: [{ ...tenant('vision', [gpus(8)]), pools: ['a100', 'h100'] }],
    });
    expect(quota002.check(platform).map(({ what }) => what)).toEqual([
      expect.stringContaining("pool 'a100', which offers nvidia.com/mig-1g.10gb"),
    ]);
    const both = examplePlatform({
      pools: [pool('h100', { resources: { 'nvidia.com/gpu': 8, 'nvidia.com/mig-1g.10gb': 7 } })],
      tenants: [tenant('vision', [gpus(8)])],
    });
    expect(quota002.check(both)).toHaveLength(1);
  });

  test('a quota that names every pool is complete', () => {
    const tenants = [tenant('vision', [gpus(8), gpus(8, 'a100')])];
    expect(quota002.check(examplePlatform({ pools: [pool('h100'), pool('a100')], tenants }))).toEqual([]);
  });

  test('a pool out of reach needs no line in the quota', () => {
    expect(quota002.check(examplePlatform({ pools: [pool('h100'), pool('a100')] }))).toEqual([]);
  });
});

describe('QUOTA-009', () => {
  const check = (tenants: readonly TenantModel[], pools = [pool('h100')]) =>
    quota009.check(examplePlatform({ tenants, pools }));

  test('one quota above the pool is reported at its tenant with the number of nodes that carries it', () => {
    expect(check([tenant('vision', [gpus(100)])])).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/vision',
        what: "quota asks for 100 GPUs, but pool 'h100' has at most 8 nodes x 8 GPUs = 64",
        fix: "Raise maxNodes of 'h100' to 13, or lower the quota to h100.gpus(64).",
      },
    ]);
  });

  test('quotas that only together are too large are reported at the pool, the largest first', () => {
    const [verdict, ...more] = check([
      tenant('audio', [gpus(16)]),
      tenant('vision', [gpus(40)]),
      tenant('speech', [gpus(16)]),
    ]);
    expect(more).toEqual([]);
    expect(verdict?.where).toBe('example/east/h100');
    expect(verdict?.what).toBe(
      "quota of 3 tenants asks for 72 GPUs ('vision' 40, 'audio' 16, 'speech' 16), but pool 'h100' has at most 8 nodes x 8 GPUs = 64",
    );
    expect(verdict?.fix).toBe("Raise maxNodes of 'h100' to 9, or lower the quota of these tenants by 8 in total.");
  });

  test('the overcommit of the most careful tenant holds', () => {
    expect(check([tenant('a', [gpus(64)], 2), tenant('b', [gpus(64)], 2)])).toEqual([]);
    const [verdict] = check([tenant('a', [gpus(64)], 2), tenant('b', [gpus(64)], 1.15)]);
    expect(verdict?.what).toContain('= 64, times the overcommit of 1.15 = 73');
  });

  test('an overcommit without an exact binary form loses no device', () => {
    const hundred = pool('h100', { minNodes: 0, maxNodes: 100, resources: { 'nvidia.com/gpu': 1 } });
    expect(check([tenant('a', [gpus(57)], 1.15), tenant('b', [gpus(58)], 1.15)], [hundred])).toEqual([]);
    expect(check([tenant('a', [gpus(58)], 1.15), tenant('b', [gpus(58)], 1.15)], [hundred])).toHaveLength(1);
  });

  test('no overcommit makes room for one quota above the pool', () => {
    expect(check([tenant('a', [gpus(65)], 3)]).map(({ where }) => where)).toEqual(['example/east/a']);
  });

  test('each pool is counted by itself', () => {
    const pools = [pool('h100'), pool('a100')];
    expect(check([tenant('a', [gpus(64), gpus(64, 'a100')])], pools)).toEqual([]);
    expect(
      check([tenant('a', [gpus(64)]), tenant('b', [gpus(64), gpus(64, 'a100')])], pools).map(({ where }) => where),
    ).toEqual(['example/east/h100']);
  });

  test('a pool of no nodes has nothing to give, and zero of it is fine', () => {
    const empty = pool('h100', { minNodes: 0, maxNodes: 0 });
    expect(check([tenant('a', [gpus(0)])], [empty])).toEqual([]);
    expect(check([tenant('a', [gpus(8)])], [empty])[0]?.fix).toBe(
      "Raise maxNodes of 'h100' to 1, or lower the quota to h100.gpus(0).",
    );
  });

  test('a tenant that wants nothing is no part of the sum', () => {
    expect(check([tenant('a', [gpus(100)]), tenant('b', [gpus(0)])]).map(({ where }) => where)).toEqual([
      'example/east/a',
    ]);
  });

  test('what a pool does not offer is left to QUOTA-003', () => {
    expect(check([tenant('a', [gpus(8)])], [pool('h100', { resources: { 'nvidia.com/gpu': 0 } })])).toEqual([]);
  });

  test('many tenants are counted, not listed', () => {
    const many = Array.from({ length: 9 }, (_, index) => tenant(`t${index}`, [gpus(8)]));
    expect(check(many)[0]?.what).toContain("('t0' 8, 't1' 8, 't2' 8, 't3' 8, 't4' 8 and 4 more)");
    expect(check(many.slice(0, 5).map((one) => ({ ...one, quota: [gpus(16)] })))[0]?.what).toContain("'t4' 16),");
  });
});

describe('QUOTA-010', () => {
  const job = (workers: number) => ({ ...exampleJob, workers, minWorkers: 1 });

  test('all workers count, those beyond the minimum too', () => {
    const [verdict] = quota010.check(examplePlatform({ jobs: [job(5)] }));
    expect(verdict?.where).toBe('example/east/vision/pretrain/resnet');
    expect(verdict?.what).toBe("5 workers x 8 GPUs = 40, but the quota of tenant 'vision' ends at 32");
    expect(verdict?.fix).toBe('Raise that quota to h100.gpus(40), or run at most 4 workers.');
  });

  test('a limit below one worker leaves no number of workers to suggest', () => {
    const small = (count: number) =>
      quota010.check(examplePlatform({ tenants: [tenant('vision', [gpus(count)])], jobs: [job(2)] }))[0]?.fix;
    expect(small(7)).toBe('Raise that quota to h100.gpus(16), or run the job where there is room.');
    expect(small(15)).toBe('Raise that quota to h100.gpus(16), or run at most 1 worker.');
  });

  test('a queue without capability sets no limit', () => {
    expect(quota010.check(examplePlatform({ jobs: [job(4)] }))).toEqual([]);
  });

  test('the capability of a queue above limits as well', () => {
    const parent = queue('vision', { capability: [gpus(16)] });
    const own = queue('vision-pretrain', { parent: 'vision', capability: [] });
    const [verdict, ...more] = quota010.check(examplePlatform({ queues: [parent, own], jobs: [job(3)] }));
    expect(more).toEqual([]);
    expect(verdict?.what).toContain("the capability of queue 'vision' ends at 16");
  });

  test('a capability that names only another pool still counts the same resource name', () => {
    const queues = [queue('vision-pretrain', { capability: [gpus(16, 'a100')] })];
    const pools = [pool('h100'), pool('a100')];
    expect(quota010.check(examplePlatform({ pools, queues, jobs: [job(2)] }))).toEqual([]);
    expect(quota010.check(examplePlatform({ pools, queues, jobs: [job(3)] }))).toHaveLength(1);
  });

  test('the amount of the pool decides where several pools are named', () => {
    const tenants = [tenant('vision', [gpus(16), gpus(64, 'a100')])];
    expect(
      quota010.check(examplePlatform({ pools: [pool('h100'), pool('a100')], tenants, jobs: [job(3)] })),
    ).toHaveLength(1);
  });

  test('a back end without queues enforces no capability', () => {
    const queues = [queue('vision-pretrain', { scheduler: 'kubernetes', capability: [gpus(8)] })];
    expect(quota010.check(examplePlatform({ queues, jobs: [{ ...job(2), scheduler: 'kubernetes' }] }))).toEqual([]);
  });

  test('queues that are each other’s parent do not hang the check', () => {
    const queues = [
      queue('vision-pretrain', { parent: 'b', capability: [gpus(8)] }),
      queue('b', { parent: 'vision-pretrain' }),
    ];
    expect(quota010.check(examplePlatform({ queues, jobs: [job(2)] }))).toHaveLength(1);
  });
});

describe('QUOTA-019', () => {
  const check = (queues: readonly QueueModel[], changes: Partial<PoolModel> = {}) =>
    quota019.check(examplePlatform({ queues, pools: [pool('h100', changes)] }));

  test('a guarantee above the smallest size names both numbers and whole nodes', () => {
    const both = { guarantee: [gpus(64)], deserved: [gpus(64)] };
    expect(check([queue('pretrain', both)])).toEqual([
      {
        outcome: 'fail',
        where: 'example/east/pretrain',
        what: "guarantee asks for 64 GPUs, but pool 'h100' has at least 4 nodes x 8 GPUs = 32",
        fix: "Raise minNodes of 'h100' to 8, or lower the guarantee to h100.gpus(32).",
      },
    ]);
  });

  test('a smallest size beyond the largest is suggested together with it', () => {
    const [verdict] = check([queue('pretrain', { guarantee: [gpus(33)] })], { maxNodes: 4 });
    expect(verdict?.fix).toContain("Raise minNodes and maxNodes of 'h100' to 5,");
  });

  test('a pool of an existing cluster is made larger by its one size', () => {
    const platform = examplePlatform({
      cloud: { id: 'existing', settings: {} },
      queues: [queue('pretrain', { deserved: [gpus(72)] })],
    });
    expect(quota019.check(platform)[0]?.fix).toContain("Raise minNodes of 'h100' to 9,");
  });

  test('deserved is measured by the largest size', () => {
    expect(check([queue('a', { deserved: [gpus(40)] }), queue('b', { deserved: [gpus(24)] })])).toEqual([]);
    expect(
      check([queue('a', { deserved: [gpus(40)] }), queue('b', { deserved: [gpus(32)] })]).map(({ where }) => where),
    ).toEqual(['example/east/h100']);
  });

  test('a queue below another takes from it and is not counted again', () => {
    const parent = queue('a', { guarantee: [gpus(32)] });
    expect(check([parent, queue('b', { parent: 'a', guarantee: [gpus(32)] })])).toEqual([]);
    expect(check([parent, queue('b', { guarantee: [gpus(8)] })])).toHaveLength(1);
  });

  test('a pool that starts at zero nodes can guarantee nothing', () => {
    expect(check([queue('a', { guarantee: [gpus(8)] })], { minNodes: 0 })).toHaveLength(1);
  });
});

describe('QUOTA-035', () => {
  const pools = [pool('h100'), pool('a100')];
  const two = [gpus(64), gpus(32, 'a100')];

  test('the sum that Kubernetes makes of two pools is named', () => {
    const [verdict] = quota035.check(examplePlatform({ pools, tenants: [tenant('vision', two)] }));
    expect(verdict?.what).toBe(
      "quota has a100.gpus(32) and h100.gpus(64), which Kubernetes counts as 96 nvidia.com/gpu: 'vision' may take all of them from one pool",
    );
  });

  test('a Volcano queue is reported once, however many of its lists name both pools', () => {
    const queues = [queue('a', { guarantee: two, deserved: two, capability: two })];
    expect(quota035.check(examplePlatform({ pools, queues })).map(({ where }) => where)).toEqual(['example/east/a']);
  });

  test('a back end without queues adds nothing up', () => {
    expect(
      quota035.check(examplePlatform({ pools, queues: [queue('a', { scheduler: 'kubernetes', guarantee: two })] })),
    ).toEqual([]);
  });

  test('pools with different resource names stay apart', () => {
    const slices = pool('a100', { resources: { 'nvidia.com/mig-1g.10gb': 7 } });
    const quota = [gpus(64), { pool: 'a100', resource: 'nvidia.com/mig-1g.10gb', count: 32 }];
    expect(
      quota035.check(examplePlatform({ pools: [pool('h100'), slices], tenants: [tenant('vision', quota)] })),
    ).toEqual([]);
  });
});
