import type { PlatformError } from '../../model/errors.ts';
import type { WantedCluster } from '../cloud.ts';
import { cloudProblem } from '../problems.ts';

/** What nobody can do for nodes that are there. */
export function refuse({ pools }: WantedCluster): readonly PlatformError[] {
  return pools.flatMap(({ path, zone }) => {
    if (zone === undefined) return [];
    const fix = `Select them by it: labels: { 'topology.kubernetes.io/zone': '${zone}' }.`;
    return [cloudProblem('zone', path, `its nodes are there, so zone '${zone}' moves none of them`, fix)];
  });
}
