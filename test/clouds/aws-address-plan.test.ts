import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isVpcCidr, MAX_ZONES, zoneAddresses } from '../../lib/clouds/aws/address-plan.ts';

/** First and last address of a range. */
function bounds(cidr: string): readonly [number, number] {
  const [address = '', prefix = ''] = cidr.split('/');
  const first = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + 2 ** (32 - Number(prefix)) - 1];
}

test('a zone has a large range for pods and a small one for load balancers', () => {
  expect(zoneAddresses('10.0.0.0/16', 0)).toEqual({ publicCidr: '10.0.0.0/22', privateCidr: '10.0.32.0/19' });
  expect(zoneAddresses('10.0.0.0/16', 2)).toEqual({ publicCidr: '10.0.8.0/22', privateCidr: '10.0.96.0/19' });
  expect(zoneAddresses('192.168.252.0/22', 6)).toEqual({
    publicCidr: '192.168.252.96/28',
    privateCidr: '192.168.255.128/25',
  });
});

test('all ranges lie in the VPC and none overlaps another', () => {
  const vpcs = fc
    .record({ prefix: fc.integer({ min: 16, max: 22 }), seed: fc.nat(2 ** 16 - 1) })
    .map(({ prefix, seed }) => {
      const base = (10 * 2 ** 24 + seed * 2 ** 8) & ~(2 ** (32 - prefix) - 1);
      return `${base >>> 24}.${(base >>> 16) & 255}.${(base >>> 8) & 255}.${base & 255}/${prefix}`;
    });
  fc.assert(
    fc.property(vpcs, (vpc) => {
      expect(isVpcCidr(vpc)).toBe(true);
      const [first, last] = bounds(vpc);
      const ranges = Array.from({ length: MAX_ZONES }, (_, zone) => Object.values(zoneAddresses(vpc, zone)))
        .flat()
        .map(bounds)
        .sort(([a], [b]) => a - b);
      ranges.forEach(([low, high], index) => {
        expect(low).toBeGreaterThanOrEqual(index === 0 ? first : (ranges[index - 1]?.[1] ?? 0) + 1);
        expect(high).toBeLessThanOrEqual(last);
        expect(high - low + 1).toBeGreaterThanOrEqual(16);
      });
    }),
  );
});

describe('the range of a VPC', () => {
  test.each(['10.0.0.0/15', '10.0.0.0/23', '10.0.1.0/16', '10.0.0.256/16', '10.0.0.0', 'fd00::/56', ''])(
    'is not %j',
    (cidr) => {
      expect(isVpcCidr(cidr)).toBe(false);
    },
  );
});
