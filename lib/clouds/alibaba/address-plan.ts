import { parseCidr, partOf } from '../cidr.ts';

/** The addresses of one zone. */
export interface ZoneAddresses {
  readonly nodeCidr: string;
  /** Terway gives pods addresses of the VPC. */
  readonly podCidr: string;
}

/** The layout has room for as many zones as the largest regions have. */
export const MAX_ZONES = 7;
/** A VPC has at most a `/8`; below `/18` the nodes of a zone would have fewer than 256 addresses. */
const PREFIXES = { largest: 8, smallest: 18 };

/**
 * The address ranges of a zone. The plan is the same whatever the number of zones, so that adding one moves none: eight
 * equal blocks, of which the first is cut again into eight for nodes and each of the others is for the pods of a zone.
 */
export function zoneAddresses(vpcCidr: string, zone: number): ZoneAddresses {
  const vpc = parseCidr(vpcCidr) ?? { base: 0, prefix: 0 };
  return { nodeCidr: partOf(vpc, vpc.prefix + 6, zone), podCidr: partOf(vpc, vpc.prefix + 3, zone + 1) };
}

/** The addresses of the nodes of all zones. */
export function nodesCidr(vpcCidr: string): string {
  const vpc = parseCidr(vpcCidr) ?? { base: 0, prefix: 0 };
  return partOf(vpc, vpc.prefix + 3, 0);
}

/** Whether the range can be a VPC with this layout: it has room for all zones. */
export function isVpcCidr(cidr: string): boolean {
  const prefix = parseCidr(cidr)?.prefix;
  return prefix !== undefined && prefix >= PREFIXES.largest && prefix <= PREFIXES.smallest;
}
