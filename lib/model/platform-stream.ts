import type { ClusterModel, PlatformModel } from './platform-model.ts';

/**
 * The platform cluster by cluster, for platforms too large to be held at once. A whole `PlatformModel` is one too. The
 * clusters can be gone through once; they come in any order.
 */
export interface PlatformStream extends Omit<PlatformModel, 'clusters'> {
  readonly clusters: Iterable<ClusterModel>;
}
