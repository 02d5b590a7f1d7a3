import { AiCluster, alibaba, aws, azure, Capacity, existing, gcp, Platform, Rdma } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { formatPreflight } from '../../lib/cli/format-preflight.ts';
import alibabaPrices from '../../lib/clouds/alibaba/prices.json' with { type: 'json' };
import awsPrices from '../../lib/clouds/aws/prices.json' with { type: 'json' };
import azurePrices from '../../lib/clouds/azure/prices.json' with { type: 'json' };
import type { Cloud } from '../../lib/clouds/cloud.ts';
import gcpPrices from '../../lib/clouds/gcp/prices.json' with { type: 'json' };
import { preflightSheets } from '../../lib/preflight/index.ts';

const onAws = aws({ region: 'us-east-1' });
const onGcp = gcp({ project: 'acme', region: 'us-central1' });
const onAzure = azure({ subscriptionId: 's', location: 'eastus' });
const onAlibaba = alibaba({ region: 'cn-hangzhou' });

function sheetOf(cloud: Cloud, build: (cluster: AiCluster) => void) {
  const platform = new Platform({ name: 'research' });
  build(new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' }));
  const [sheet] = preflightSheets(platform.model());
  if (sheet === undefined) throw new Error('one cluster');
  return sheet;
}

test('the sheet of a cluster with eRDMA says what the add-on of ACK needs, and what nobody could check', () => {
  const sheetWith = (instanceType: string, minNodes: number) =>
    sheetOf(onAlibaba, (cluster) => cluster.addGpuNodePool('gpus', { instanceType, minNodes, maxNodes: 4 }));
  const { prerequisites, unknown } = sheetWith('ecs.ebmgn8is.32xlarge', 0);
  for (const word of [/AliyunCSManagedNetworkRole/, /eni_tag_filter/, /ibverbs-providers/])
    expect(prerequisites).toContainEqual(expect.stringMatching(word));
  expect(unknown).toEqual([expect.stringMatching(/first node to pool 'gpus'.*aliyun\/erdma/)]);
  expect(sheetWith('ecs.ebmgn8is.32xlarge', 1).unknown).toEqual([]);
  expect(sheetWith('ecs.gn7i-c32g1.8xlarge', 0).prerequisites.join()).not.toMatch(/eRDMA/);
});

test('the sheet of a cluster with GPUDirect-TCPXO counts its networks, and warns of a cluster that has no place for them', () => {
  const sheetWith = (instanceType: string) =>
    sheetOf(onGcp, (cluster) => cluster.addGpuNodePool('gpus', { instanceType, minNodes: 2, maxNodes: 16 }));
  const { addresses, pools, prerequisites } = sheetWith('a3-megagpu-8g');
  expect(addresses[2]).toMatchObject({
    name: 'nodes, on each network of GPUDirect-TCPXO',
    needed: { min: 2, max: 16 },
    range: '192.168.0.0/19',
    available: 8192 - 4,
  });
  expect(pools[0]).toMatchObject({ interfaces: { min: 16, max: 128 } });
  for (const word of [/NETWORKS has room for 8 more/, /multi-networking already/])
    expect(prerequisites).toContainEqual(expect.stringMatching(word));
  const { addresses: without, prerequisites: others } = sheetWith('a3-ultragpu-8g');
  expect(without).toHaveLength(2);
  expect(others.join()).not.toMatch(/TCPXO/);
});

describe('the sheet of a cluster on AWS', () => {
  const sheet = sheetOf(onAws, (cluster) => {
    cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4, maxNodes: 16, fabric: 'required' });
    cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 20, capacity: Capacity.spot() });
  });

  test('counts vCPUs by the quota that EC2 counts them against, at the smallest and the largest size', () => {
    expect(sheet.quotas.map(({ name, unit, amount }) => [name, unit, amount])).toEqual([
      ['All G and VT Spot Instance Requests', 'vCPU', { min: 16, max: 320 }],
      ['Running On-Demand P instances', 'vCPU', { min: 768, max: 3072 }],
      ['Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 'vCPU', { min: 16, max: 32 }],
    ]);
  });

  test('counts GPUs, fabric interfaces and addresses', () => {
    expect(sheet.pools[0]).toMatchObject({ accelerators: { min: 32, max: 128 }, interfaces: { min: 128, max: 512 } });
    const [inVpc, gateways] = sheet.addresses;
    expect(inVpc).toMatchObject({ needed: { min: 7 * 111, max: 40 * 111 }, available: 3 * (8192 - 5) });
    expect(gateways?.needed).toEqual({ min: 3, max: 3 });
  });

  test('estimates the cost with the day of the price, and says what it could not price', () => {
    expect(sheet.cost).toMatchObject({
      currency: 'USD',
      perHour: { min: 220.16, max: 880.64 },
      unpriced: ['system', 'l4'],
    });
    expect(sheet.cost?.basis[0]).toMatch(/us-east-1, read \d{4}-\d\d-\d\d/);
  });

  test('reads as text', () => {
    expect(formatPreflight(sheet)).toMatch(/pool h100: 4 to 16 x p5\.48xlarge \(onDemand\), 32 to 128 accelerators/);
    expect(formatPreflight(sheet)).toMatch(/not in the estimate, no price known: system, l4/);
  });

  test('names what was bought first, which no quota counts again and no list prices', () => {
    const block = sheetOf(onAws, (cluster) => {
      cluster.addGpuNodePool('h100', {
        instanceType: 'p5.48xlarge',
        minNodes: 1,
        capacity: Capacity.block('cr-0123'),
        zone: 'us-east-1b',
      });
    });
    expect(block.reservations).toEqual([
      {
        pool: 'h100',
        kind: 'block',
        id: 'cr-0123',
        instanceType: 'p5.48xlarge',
        nodes: { min: 1, max: 1 },
        zone: 'us-east-1b',
      },
    ]);
    expect(block.quotas.map(({ name }) => name).join()).not.toMatch(/ P /);
    expect(block.cost?.unpriced).toEqual(['system', 'h100']);
    expect(formatPreflight(block)).toContain('bought first: block cr-0123 with 1 x p5.48xlarge in us-east-1b');
    expect(formatPreflight(block)).toContain('cost: no price known of any pool: system, h100');
  });

  test('says where and when a price of spot machines was seen', () => {
    const spot = sheetOf(onAws, (cluster) => {
      cluster.addGpuNodePool('h200', { instanceType: 'p5en.48xlarge', minNodes: 1, capacity: Capacity.spot() });
    });
    expect(spot.cost?.basis).toEqual([expect.stringMatching(/^spot in eu-north-1, read undated/)]);
    expect(spot.quotas.map(({ name }) => name)).toContain('All P5 Spot Instance Requests');
  });

  test('warns of more addresses than the network has', () => {
    const small = sheetOf(aws({ region: 'us-east-1', vpcCidr: '10.0.0.0/22' }), (cluster) => {
      cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 20 });
    });
    expect(formatPreflight(small)).toMatch(/333 to 2664 of 369 in 10\.0\.0\.0\/22: TOO FEW/);
  });
});

describe('the sheet of a cluster on Google Cloud', () => {
  const sheet = sheetOf(onGcp, (cluster) => {
    cluster.addGpuNodePool('h200', { instanceType: 'a3-ultragpu-8g', minNodes: 2, maxNodes: 8 });
    cluster.addGpuNodePool('burst', {
      instanceType: 'a2-ultragpu-8g',
      minNodes: 0,
      maxNodes: 4,
      capacity: Capacity.flexStart(24),
    });
    cluster.addGpuNodePool('l4', { instanceType: 'g2-standard-16', minNodes: 1, maxNodes: 6 });
  });

  test('counts GPUs by model, all of them together, and nodes that come and go apart', () => {
    const gpus = sheet.quotas.filter(({ unit }) => unit === 'GPU').map(({ name, amount }) => [name, amount]);
    expect(gpus).toEqual([
      ['GPUS_ALL_REGIONS', { min: 17, max: 102 }],
      ['GPUS_PER_GPU_FAMILY (gpu_family: NVIDIA_H200)', { min: 16, max: 64 }],
      ['NVIDIA_L4_GPUS', { min: 1, max: 6 }],
      ['PREEMPTIBLE_NVIDIA_A100_80GB_GPUS', { min: 0, max: 32 }],
    ]);
  });

  test('counts vCPUs by family of machines', () => {
    const cpus = sheet.quotas.filter(({ unit }) => unit === 'vCPU').map(({ name, amount }) => [name, amount.max]);
    expect(cpus).toContainEqual(['CPUs of VM family A3', 8 * 224]);
  });

  test('counts a part of the range of pods for each node', () => {
    expect(sheet.addresses).toMatchObject([
      { needed: { min: 5, max: 22 }, available: 4092 },
      { needed: { min: 5 * 256, max: 22 * 256 }, available: 2 ** 18 },
    ]);
  });

  test('has no price for nodes that come and go, which cost less than the list says', () => {
    expect(sheet.cost?.unpriced).toEqual(['system', 'burst', 'h200']);
    expect(sheet.cost?.perHour).toEqual({ min: 1.2, max: 7.2 });
  });
});

describe('the sheet of a cluster on Azure', () => {
  const sheet = sheetOf(onAzure, (cluster) => {
    const h100 = { instanceType: 'Standard_ND96isr_H100_v5', minNodes: 2, maxNodes: 4 } as const;
    cluster.addGpuNodePool('h100', { ...h100, fabric: 'required', rdma: Rdma.shared({ driver: 'operator' }) });
    cluster.addGpuNodePool('dev', {
      instanceType: 'Standard_NC24ads_A100_v4',
      minNodes: 0,
      maxNodes: 4,
      capacity: Capacity.spot(),
    });
  });

  test('counts vCPUs of the family and of the region, and those of spot machines together', () => {
    expect(sheet.quotas.map(({ name, amount }) => [name, amount])).toEqual([
      ['Total Regional Low-priority vCPUs', { min: 0, max: 96 }],
      ['Total Regional vCPUs', { min: 208, max: 416 }],
      ['standardDSv5Family', { min: 16, max: 32 }],
      ['standardNDSH100v5Family', { min: 192, max: 384 }],
    ]);
  });

  test('names the feature for InfiniBand, and only then', () => {
    expect(sheet.prerequisites.join()).toContain('AKSInfinibandSupport');
    expect(sheetOf(onAzure, () => undefined).prerequisites.join()).not.toContain('AKSInfinibandSupport');
  });
});

describe('the sheet of a cluster on Alibaba Cloud', () => {
  const sheet = sheetOf(onAlibaba, (cluster) => {
    cluster.addGpuNodePool('h20', { instanceType: 'ecs.gn8v-8x.48xlarge', minNodes: 2 });
    cluster.addGpuNodePool('a10', { instanceType: 'ecs.sgn7i-vws-m2.xlarge', minNodes: 3, capacity: Capacity.spot() });
  });

  test('counts vCPUs and GPUs by family of machines and by how they are paid', () => {
    expect(sheet.quotas).toContainEqual({
      name: 'GPUs of ecs.gn8v, pay-as-you-go',
      unit: 'GPU',
      amount: { min: 16, max: 16 },
      uncounted: [],
    });
  });

  test('does not count what nobody knows as nothing', () => {
    expect(sheet.quotas.find(({ uncounted }) => uncounted.length > 0)).toMatchObject({
      name: 'vCPUs of ecs.sgn7i, spot',
      uncounted: ['a10'],
    });
    expect(formatPreflight(sheet)).toContain('and what a10 takes, which is not known');
  });

  test('names the machines that are sold on request, and prices in its own currency', () => {
    expect(sheet.prerequisites.join()).toContain('ecs.gn8v-8x.48xlarge, by a ticket');
    expect(sheet.cost?.currency).toBe('CNY');
  });
});

test('of an existing cluster nothing is bought, and what only its owner knows is said', () => {
  const sheet = sheetOf(existing(), (cluster) => {
    cluster.addGpuNodePool('dgx', { instanceType: 'dgx-h100', minNodes: 2, labels: { rack: 'a' } });
  });
  expect(sheet).toMatchObject({ quotas: [], addresses: [], reservations: [] });
  expect(sheet.prerequisites).toContain("pool 'dgx': 2 nodes such as dgx-h100 carry rack=a");
  expect(formatPreflight(sheet)).toContain('not known: free addresses for pods');
  expect(formatPreflight(sheet)).toContain('cost: nothing is bought');
});

describe.each([
  ['aws', onAws, awsPrices.rows],
  ['gcp', onGcp, gcpPrices.rows],
  ['azure', onAzure, azurePrices.rows],
  ['alibaba', onAlibaba, alibabaPrices.rows],
] as const)('the prices of %s', (_, cloud, rows) => {
  test('are of machine types that the catalogue knows, in one currency, with their origin and day', () => {
    expect(rows.filter(({ instanceType }) => !cloud.instanceTypes.has(instanceType))).toEqual([]);
    expect(new Set(rows.map(({ currency }) => currency)).size).toBe(1);
    expect(rows.filter(({ asOf, source }) => asOf === '' || !source.startsWith('https://'))).toEqual([]);
  });
});
