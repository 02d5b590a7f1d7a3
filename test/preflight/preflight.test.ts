import { AiCluster, aws, Capacity, existing, Platform } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { formatPreflight } from '../../lib/cli/format-preflight.ts';
import { preflightSheets } from '../../lib/preflight/index.ts';

function sheetOf(build: (cluster: AiCluster) => void, cloud = aws({ region: 'us-east-1' })) {
  const platform = new Platform({ name: 'research' });
  build(new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' }));
  const [sheet] = preflightSheets(platform.model());
  if (sheet === undefined) throw new Error('one cluster');
  return sheet;
}

describe('the sheet of a cluster on AWS', () => {
  const sheet = sheetOf((cluster) => {
    cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4, maxNodes: 16, fabric: 'required' });
    cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 20, capacity: Capacity.spot() });
  });

  test('counts vCPUs by the quota that EC2 counts them against, at the smallest and the largest size', () => {
    expect(sheet.quotas).toEqual([
      { name: 'All G and VT Spot Instance Requests', unit: 'vCPU', amount: { min: 16, max: 320 } },
      { name: 'Running On-Demand P instances', unit: 'vCPU', amount: { min: 768, max: 3072 } },
      {
        name: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
        unit: 'vCPU',
        amount: { min: 16, max: 32 },
      },
    ]);
  });

  test('counts GPUs, fabric interfaces and addresses', () => {
    expect(sheet.pools[0]).toMatchObject({ accelerators: { min: 32, max: 128 }, interfaces: { min: 128, max: 512 } });
    expect(sheet.addresses).toBe((4 + 16 + 20) * 111);
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
});

test('a reservation is named as needed first', () => {
  const sheet = sheetOf((cluster) => {
    cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 1, capacity: Capacity.block('cr-0123') });
  });
  expect(sheet.prerequisites.join()).toMatch(/block cr-0123 in us-east-1/);
});

test('nothing is bought for an existing cluster', () => {
  const sheet = sheetOf((cluster) => {
    cluster.addGpuNodePool('dgx', { instanceType: 'dgx-h100', minNodes: 2, labels: { rack: 'a' } });
  }, existing());
  expect(sheet).toMatchObject({ quotas: [], prerequisites: [] });
  expect(formatPreflight(sheet)).toContain('cost: nothing is bought');
});
