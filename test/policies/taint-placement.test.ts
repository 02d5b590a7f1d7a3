import {
  AiCluster,
  aws,
  existing,
  Framework,
  Platform,
  Rdma,
  Scheduler,
  SharedDataset,
  Storage,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Taint } from '../../lib/model/kubernetes.ts';
import type { AgentModel, ComponentModel, PlacementModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, examplePool } from '../../lib/policies/examples.ts';
import { taint013 } from '../../lib/policies/taint-013.ts';

const dedicated: Taint = { key: 'dedicated', value: 'system', effect: 'NoSchedule' };

const agent: AgentModel = {
  name: 'reader',
  component: 'chart',
  namespace: 'chart',
  runsOn: 'pools',
  pools: ['h100'],
  tolerations: [],
  nodeSelector: {},
  requests: { cpuMillis: 0, memoryMiB: 0 },
};

function judge(placement: PlacementModel, values: JsonObject) {
  const [cluster] = examplePlatform().clusters;
  if (cluster === undefined) throw new Error('no cluster');
  const component: ComponentModel = {
    id: 'chart',
    namespace: 'chart',
    version: '1.0.0',
    installed: false,
    neededBy: [],
    values,
    placement,
    agents: [agent],
  };
  const other = { ...examplePool, name: 'other', taints: [{ key: 'team', effect: 'NoSchedule' }] } as const;
  const systemPool = { ...cluster.systemPool, taints: [dedicated] };
  return taint013.check(examplePlatform({ systemPool, pools: [examplePool, other], components: [component] }));
}

describe('TAINT-013', () => {
  test('a value that lacks a label of the system pool is named with the label', () => {
    const placement = { system: { nodeSelector: ['hook.nodeSelector'], tolerations: [] } };
    expect(judge(placement, { hook: { nodeSelector: { 'cdk8s-ai.dev/pool': 'system', disk: 'fast' } } })).toEqual([]);
    expect(judge(placement, { hook: { nodeSelector: { disk: 'fast' } } })).toMatchObject([
      {
        where: 'example/east/system',
        what: "hook.nodeSelector of component 'chart' does not select the system pool: it lacks cdk8s-ai.dev/pool: system",
      },
    ]);
  });

  test('a value that is not there at all tolerates nothing', () => {
    const placement = { system: { nodeSelector: [], tolerations: ['hook.tolerations'] } };
    expect(judge(placement, { hook: { tolerations: [{ operator: 'Exists' }] } })).toEqual([]);
    expect(judge(placement, {})).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('does not tolerate the taint dedicated=system:NoSchedule') },
    ]);
  });

  test('agents on pools tolerate the taints of the pools that they serve, and need no others', () => {
    const placement = { pools: { tolerations: ['agent.tolerations'] } };
    const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }];
    expect(judge(placement, { agent: { tolerations } })).toEqual([]);
    expect(judge(placement, {})).toMatchObject([
      { what: expect.stringContaining('nvidia.com/gpu=present:NoSchedule') },
    ]);
  });
});

describe('every component of the catalogue', () => {
  const taints = [dedicated, { key: 'team', value: 'a', effect: 'NoExecute' }] as const;

  test.each([
    ['on racks', existing(), { instanceType: 'dgx-h100', rdma: Rdma.shared(), labels: { rack: 'a' }, taints }],
    ['on AWS', aws({ region: 'us-east-1' }), { instanceType: 'p5.48xlarge', maxNodes: 4 }],
  ] as const)('is placed by all its values when the nodes have taints (%s)', (_, cloud, pool) => {
    const platform = new Platform({ name: 'lab' });
    const cluster = new AiCluster(platform, 'hall', {
      cloud,
      kubernetesVersion: '1.35',
      systemPool: { labels: { role: 'system' }, taints },
      components: { 'cert-manager': {}, 'kube-prometheus-stack': {} },
    });
    const dgx = cluster.addGpuNodePool('dgx', { minNodes: 2, ...pool });
    const vision = new Tenant(cluster, 'vision', { quota: [dgx.gpus(16)] });
    const imagenet = new SharedDataset(vision, 'imagenet', {
      storage: Storage.juiceFs({ secretName: 'juicefs' }),
      capacityGiB: 100,
      cacheGiB: 100,
      cachePath: '/var/jfsCache',
    });
    const queue = new TrainingQueue(vision, 'pretrain', { scheduler: Scheduler.volcano() });
    new TrainingJob(queue, 'llm', {
      framework: Framework.pytorch(),
      pool: dgx,
      workers: 2,
      gpusPerWorker: 8,
      image: 'registry.example.com/llm:1',
      dataset: imagenet,
    });
    const model = platform.model();
    const ids = model.clusters.flatMap(({ components }) => components.map(({ id }) => id));
    expect(ids).toEqual(expect.arrayContaining(['gpu-operator', 'juicefs-csi-driver', 'volcano']));
    expect(taint013.check(model)).toEqual([]);
    const withPods = model.clusters.flatMap(({ components }) => components.filter(({ agents }) => agents.length > 0));
    expect(withPods.filter(({ placement }) => placement === undefined).map(({ id }) => id)).toEqual([]);
  });
});
