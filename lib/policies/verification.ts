import { formatProblem, PlatformError } from '../model/errors.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import type { PlatformStream } from '../model/platform-stream.ts';
import { type Finding, findingsIn, type Report, reportOf } from './check.ts';

/** The rules, run on the clusters of a platform as these go by. */
export class Verification {
  readonly #platform: PlatformStream;
  readonly #today: string | undefined;
  readonly #findings: Finding[] = [];

  /** @param today the day on which waivers are judged, as for `check` */
  constructor(platform: PlatformStream, today?: string) {
    this.#platform = platform;
    this.#today = today;
  }

  /** The report on the clusters that have gone by. */
  get report(): Report {
    return reportOf(this.#findings, this.#platform, this.#today);
  }

  /**
   * The clusters one after the other. When a rule is broken no further one is given, but all are judged.
   *
   * @throws PlatformError CHECK-001 with the errors found, after the last cluster
   */
  *clusters(): Iterable<ClusterModel> {
    for (const cluster of this.#platform.clusters) {
      for (const finding of findingsIn(cluster, this.#platform, this.#today)) this.#findings.push(finding);
      if (!this.#findings.some(isError)) yield cluster;
    }
    const errors = this.report.findings.filter(isError);
    if (errors.length === 0) return;
    throw new PlatformError(
      'CHECK-001',
      this.#platform.name,
      `${errors.length} ${errors.length === 1 ? 'error was' : 'errors were'} found`,
      [...errors.slice(0, MOST_SHOWN).map(formatProblem), ...more(errors.length - MOST_SHOWN)].join('\n'),
    );
  }
}

/** One mistake in what many objects share would fill the screen many times over. */
const MOST_SHOWN = 50;

function more(count: number): readonly string[] {
  return count > 0 ? [`... and ${count} more, which Platform.check() and cdk8s-ai check list`] : [];
}

function isError({ severity, outcome }: Finding): boolean {
  return severity === 'error' && outcome === 'fail';
}
