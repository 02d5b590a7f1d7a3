/** How a pool is laid over the zones of its cluster. GKE counts nodes zone by zone. */
export interface Spread {
  /** Zones used, from the first one on. */
  readonly zones: number;
  /** Nodes in each of them at first. */
  readonly perZone: number;
}

/** As many of the zones as let the pool begin with at least its smallest size and no more than its largest. */
export function spread(minNodes: number, maxNodes: number, zones: number): Spread {
  for (let used = zones; used > 1; used--) {
    const perZone = Math.ceil(minNodes / used);
    if (perZone * used <= maxNodes) return { zones: used, perZone };
  }
  return { zones: 1, perZone: minNodes };
}
