/** The addresses of one zone. */
export interface ZoneAddresses {
  /** For load balancers and the gateway to the internet. */
  readonly publicCidr: string;
  /** For nodes and pods. */
  readonly privateCidr: string;
}

/** The layout has room for as many zones as the largest regions have. */
export const MAX_ZONES = 7;
/** EC2 allows `/16` at most; below `/22` a public range would be smaller than the `/28` that EC2 demands. */
const PREFIXES = { largest: 16, smallest: 22 };

/**
 * The address ranges of a zone. The plan is the same whatever the number of zones, so that adding one moves none: eight
 * equal blocks, of which the first is cut again into eight for the public ranges and each of the others is a zone's.
 */
export function zoneAddresses(vpcCidr: string, zone: number): ZoneAddresses {
  const { base, prefix } = parseCidr(vpcCidr) ?? { base: 0, prefix: 0 };
  const block = (index: number, length: number) => `${formatAddress(base + index * 2 ** (32 - length))}/${length}`;
  return { publicCidr: block(zone, prefix + 6), privateCidr: block(zone + 1, prefix + 3) };
}

/** Whether the range can be a VPC with this layout: it begins where a range of its size may, and has room for all zones. */
export function isVpcCidr(cidr: string): boolean {
  const parsed = parseCidr(cidr);
  if (parsed === undefined) return false;
  const { base, prefix } = parsed;
  return prefix >= PREFIXES.largest && prefix <= PREFIXES.smallest && base % 2 ** (32 - prefix) === 0;
}

function parseCidr(cidr: string): { readonly base: number; readonly prefix: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  return { base: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
