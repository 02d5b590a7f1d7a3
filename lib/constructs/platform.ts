import { App } from 'cdk8s';
import { collect } from '../collect/collect.ts';
import { complete } from '../complete/complete.ts';
import { formatProblem, PlatformError } from '../model/errors.ts';
import type { PlatformModel, Waiver } from '../model/platform-model.ts';
import type { Bindings } from '../model/value.ts';
import { check, type Report } from '../policies/check.ts';
import { bindPlatform } from '../render/bindings.ts';
import { writeTree } from '../render/files.ts';
import { renderManifests } from '../render/manifests.ts';

/** Settings of a platform. */
export interface PlatformProps {
  /** Name of the platform, the first part of everything that is told about it. */
  readonly name: string;
  /**
   * Folder into which `synth()` writes.
   *
   * @default - the folder that the cdk8s command chose, else `dist`
   */
  readonly outdir?: string;
}

/** The root of the program: all clusters of one team of operators. A cdk8s `App`, so every cdk8s construct fits in. */
export class Platform extends App {
  readonly name: string;
  readonly #waivers: Waiver[] = [];

  constructor(props: PlatformProps) {
    super(props.outdir === undefined ? {} : { outdir: props.outdir });
    this.name = props.name;
  }

  /**
   * Accepts a finding for a reason and for a time. The finding stays in every report, as waived.
   *
   * @throws PlatformError WAIVER-002 when the reason is empty or the day is none
   */
  waive(waiver: Waiver): void {
    if (waiver.reason.trim() === '' || !/^\d{4}-\d{2}-\d{2}$/.test(waiver.expires)) {
      throw new PlatformError(
        'WAIVER-002',
        waiver.path,
        `the waiver of ${waiver.rule} needs a reason and a last day, got ${JSON.stringify(waiver.reason)} and ${JSON.stringify(waiver.expires)}`,
        "Write a reason and a day such as '2027-03-31'.",
      );
    }
    this.#waivers.push(waiver);
  }

  /** The whole platform as plain data: components added, derived values computed, units in order. */
  model(): PlatformModel {
    return { name: this.name, clusters: collect(this).map(complete), waivers: this.#waivers };
  }

  /** Every finding on the platform as it stands. */
  check(): Report {
    return check(this.model());
  }

  /**
   * The whole platform, after every rule was evaluated: what a Pulumi program deploys.
   *
   * @throws PlatformError CHECK-001 with every error found
   */
  verifiedModel(): PlatformModel {
    const model = this.model();
    const errors = check(model).findings.filter(
      (finding) => finding.severity === 'error' && finding.outcome === 'fail',
    );
    if (errors.length === 0) return model;
    throw new PlatformError(
      'CHECK-001',
      this.name,
      `${errors.length} ${errors.length === 1 ? 'rule is' : 'rules are'} broken`,
      errors.map(formatProblem).join('\n'),
    );
  }

  /**
   * Checks the whole platform and writes its manifests to `outdir`; nothing is written when a rule is broken.
   *
   * This is what the `cdk8s synth` command runs; the command empties its own output folder first.
   *
   * @param bindings values of references, as `pulumi stack output bindings --json` prints them
   * @throws PlatformError CHECK-001 with every error found; REF-002 when a reference has no value; REF-004 when one is secret
   */
  override synth(bindings: Bindings = {}): void {
    writeTree(this.outdir, renderManifests(bindPlatform(this.verifiedModel(), bindings)));
  }
}
