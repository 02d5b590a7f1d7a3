import { remembered } from './remembered.ts';

/** An exact amount in billionths of its unit, so that `100m` and `1.5Gi` add without rounding. */
export type Nano = bigint;

const SCALE = 1_000_000_000n;
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE]?)|[eE]([+-]?\d{1,3}))$/;

/**
 * Reads a Kubernetes quantity, or gives `undefined` when the text is none. Parts below a billionth round up, as the API
 * server does.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(value: string | number): Nano | undefined {
  return parse(String(value));
}

const parse = remembered((text): Nano | undefined => {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign, number = '', binary, decimal = '', exponent] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}` || '0');
  const power = (exponent === undefined ? (DECIMAL[decimal] ?? 0) : Number(exponent)) - fraction.length;
  const scaled = digits * SCALE * (binary === undefined ? 1n : (BINARY[binary] ?? 1n));
  const magnitude = power >= 0 ? scaled * 10n ** BigInt(power) : ceilDivide(scaled, 10n ** BigInt(-power));
  return sign === '-' ? -magnitude : magnitude;
});

/** Whole units, rounded up: cores, bytes, GPUs. */
export function wholeUnits(amount: Nano): number {
  return Number(ceilDivide(amount, SCALE));
}

/** Thousandths, rounded up: what the scheduler counts CPU in. */
export function milliUnits(amount: Nano): number {
  return Number(ceilDivide(amount * 1000n, SCALE));
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return value > 0n ? (value + by - 1n) / by : value / by;
}
