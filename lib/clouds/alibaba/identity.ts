import { shortened } from '../physical-names.ts';

/** Characters that RAM allows in the name of a role. */
const ROLE_NAME_LENGTH = 64;

/** Name of the role that the jobs of a tenant take. Roles are shared by all regions of an account. */
export function tenantRoleName(cluster: string, region: string, tenant: string): string {
  return shortened(`${cluster}-${region}-tenant-${tenant}`, ROLE_NAME_LENGTH);
}
