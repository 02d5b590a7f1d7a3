import { parseCidr, partOf } from '../cidr.ts';

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
  const vpc = parseCidr(vpcCidr) ?? { base: 0, prefix: 0 };
  return { publicCidr: partOf(vpc, vpc.prefix + 6, zone), privateCidr: partOf(vpc, vpc.prefix + 3, zone + 1) };
}

/** Whether the range can be a VPC with this layout: it has room for all zones. */
export function isVpcCidr(cidr: string): boolean {
  const prefix = parseCidr(cidr)?.prefix;
  return prefix !== undefined && prefix >= PREFIXES.largest && prefix <= PREFIXES.smallest;
}
