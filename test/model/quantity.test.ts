import { expect, test } from 'vitest';
import { milliUnits, parseQuantity, wholeUnits } from '../../lib/model/quantity.ts';

test.each([
  ['1', 1_000_000_000n],
  ['100m', 100_000_000n],
  ['1.5Gi', 1_610_612_736_000_000_000n],
  ['0.5', 500_000_000n],
  ['.5', 500_000_000n],
  ['1e3', 1_000_000_000_000n],
  ['1E', 1_000_000_000_000_000_000_000_000_000n],
  ['-2', -2_000_000_000n],
  ['1n', 1n],
  ['0.1n', 1n],
  [8, 8_000_000_000n],
])('%s is read exactly, and what is smaller than a billionth rounds up', (text, nano) => {
  expect(parseQuantity(text)).toBe(nano);
});

test.each(['', 'Gi', '1 Gi', '1GB', '1e', '--1', '1.2.3', '1Ki5', 'NaN'])('%j is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test('whole units and thousandths round up, as a scheduler must', () => {
  expect(wholeUnits(parseQuantity('1500m') ?? 0n)).toBe(2);
  expect(milliUnits(parseQuantity('0.0001') ?? 0n)).toBe(1);
});
