// What a file of scenarios/ exports, and what it is given.

import type { Claim } from './claims.ts';
import { type Cluster, startCluster } from './cluster.ts';
import type { ControlPlaneOptions } from './control-plane.ts';

/** Claims that are proved together, because they share a cluster or other costly means. */
export interface Scenario {
  /** The name of its file. */
  readonly name: string;
  /** What these means cannot prove, in sentences for docs/proof.md. */
  readonly limits: readonly string[];
  run(context: ScenarioContext): Promise<void>;
}

/** The program that judges a claim. */
export interface Judge {
  readonly name: string;
  readonly version: string;
}

export interface ScenarioContext {
  /** A control plane of this scenario alone. It is stopped after the scenario. */
  startCluster(options?: ControlPlaneOptions): Promise<Cluster>;
  /**
   * Records a claim as passed when `proof` ends well, and as failed when it throws: the scenario goes on either way.
   *
   * @param proof returns what was measured, if anything
   */
  prove(claim: string, judge: Judge, proof: () => Promise<string>): Promise<void>;
  /** Records a claim that cannot be judged on this machine. It never counts as passed. */
  notRun(claim: string, program: string, why: string): void;
}

/** What a scenario came to. */
export interface Outcome {
  readonly claims: readonly Claim[];
  /** Folders with the logs of its clusters. */
  readonly logFolders: readonly string[];
}

/**
 * Runs a scenario to its end, whatever happens, and stops what it started.
 *
 * @param report is told of each claim at once, with the seconds since the one before
 */
export async function runScenario(
  scenario: Scenario,
  report: (claim: Claim, seconds: number) => void,
): Promise<Outcome> {
  const claims: Claim[] = [];
  const clusters: Cluster[] = [];
  let last = Date.now();
  const record = (claim: Claim) => {
    claims.push(claim);
    report(claim, (Date.now() - last) / 1000);
    last = Date.now();
  };
  const context: ScenarioContext = {
    async startCluster(options) {
      const cluster = await startCluster(options);
      clusters.push(cluster);
      return cluster;
    },
    async prove(claim, { name, version }, proof) {
      const judged = { claim, program: name, version };
      try {
        record({ ...judged, result: 'passed', figure: await proof() });
      } catch (error) {
        record({ ...judged, result: 'failed', figure: messageOf(error) });
      }
    },
    notRun: (claim, program, why) => record({ claim, program, version: '', result: 'not run', figure: why }),
  };
  try {
    await scenario.run(context);
  } catch (error) {
    const claim = `the scenario ${scenario.name} can be run`;
    record({ claim, program: 'e2e', version: '', result: 'failed', figure: messageOf(error) });
  }
  for (const cluster of clusters) await cluster.stop();
  return { claims, logFolders: clusters.map(({ folder }) => folder) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
