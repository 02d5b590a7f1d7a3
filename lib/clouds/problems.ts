import { PlatformError } from '../model/errors.ts';

/** The mistakes that only a cloud can see: one code for each kind, the same on every cloud. */
const CODES = {
  /** A way of buying nodes that the cloud does not have. */
  capacity: 'CLOUD-002',
  /** A number of zones, or a zone, that the cluster cannot have. */
  zone: 'CLOUD-003',
  /** Reserved capacity, which is in one zone, in a pool that names none. */
  zoneNeeded: 'CLOUD-004',
  /** An address range that cannot be what it is given for. */
  addresses: 'CLOUD-005',
  /** Whoever installs the driver or advertises the GPUs, where the cloud leaves no choice. */
  owner: 'CLOUD-006',
  /** Settings of a pool that exclude each other. */
  combination: 'CLOUD-007',
  /** A taint that the cloud does not put on nodes. */
  taint: 'CLOUD-008',
  /** A highest price where the cloud takes none. */
  priceLimit: 'CLOUD-009',
  /** A name that the cloud does not accept. */
  name: 'CLOUD-010',
  /** A secret that the deployment has to be given. */
  secret: 'CLOUD-011',
} as const;

/** Something that the cloud cannot honour, with the nearest thing that works. */
export function cloudProblem(kind: keyof typeof CODES, where: string, what: string, fix: string): PlatformError {
  return new PlatformError(CODES[kind], where, what, fix);
}
