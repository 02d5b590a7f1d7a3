/** A range of IPv4 addresses: the first one as a number, and the length of the common prefix. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

/** Reads `10.0.0.0/16`; nothing when it is no range, or does not begin where a range of its size may. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const base = ((a * 256 + b) * 256 + c) * 256 + d;
  return base % sizeOf({ prefix }) === 0 ? { base, prefix } : undefined;
}

/** The part with this number when the range is cut into parts with a prefix of this length. */
export function partOf({ base }: Cidr, length: number, index: number): string {
  const address = base + index * sizeOf({ prefix: length });
  return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${length}`;
}

/** Whether the ranges have an address in common. */
export function overlap(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a);
}

/** How many addresses the range has. */
export function sizeOf({ prefix }: Pick<Cidr, 'prefix'>): number {
  return 2 ** (32 - prefix);
}
