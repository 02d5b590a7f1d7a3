import { App } from 'cdk8s';
import { type CollectedCluster, collect } from '../collect/collect.ts';
import { complete } from '../complete/complete.ts';
import { PlatformError } from '../model/errors.ts';
import type { ClusterModel, PlatformModel, Waiver } from '../model/platform-model.ts';
import type { PlatformStream } from '../model/platform-stream.ts';
import type { Bindings } from '../model/value.ts';
import { check, type Report } from '../policies/check.ts';
import { Verification } from '../policies/verification.ts';
import { boundClusters } from '../render/bindings.ts';
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
  /**
   * Registries from which images may come, or folders of them: `registry.example.com`, `docker.io/acme`. The images that
   * this library chooses by itself may come from where they are, and others from the registry that a cloud makes beside
   * the cluster.
   *
   * @default - none
   * @throws SEC-015 for an image from elsewhere
   */
  readonly registries?: readonly string[];
}

/** The root of the program: all clusters of one team of operators. A cdk8s `App`, so every cdk8s construct fits in. */
export class Platform extends App {
  readonly name: string;
  readonly #registries: readonly string[];
  readonly #waivers: Waiver[] = [];
  /** Each makes a cluster of a fleet. */
  readonly #builds: (() => void)[] = [];

  constructor(props: PlatformProps) {
    super(props.outdir === undefined ? {} : { outdir: props.outdir });
    this.name = props.name;
    this.#registries = [...(props.registries ?? [])].sort();
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

  /**
   * Adds many clusters that are made one at a time, each when its turn comes, and forgotten when it has been written: a
   * fleet of any size takes the memory of one cluster. What `build` makes must be the same each time it is called.
   *
   * @param items what the clusters differ in
   * @param build makes the cluster of an item, with all that belongs to it, as children of this platform
   */
  addFleet<T>(items: readonly T[], build: (item: T) => void): void {
    this.#builds.push(...items.map((item) => () => build(item)));
  }

  /** The platform cluster by cluster, as plain data; clusters of fleets are made as they are asked for. */
  stream(): PlatformStream {
    return { name: this.name, clusters: this.#clusters(), waivers: this.#waivers, registries: this.#registries };
  }

  /**
   * The whole platform as plain data: components added, derived values computed, units in order. It shares the data that
   * objects were made of: what a program changes in these afterwards, it changes here.
   */
  model(): PlatformModel {
    return whole(this.stream());
  }

  /** Every finding on the platform as it stands. */
  check(): Report {
    return check(this.stream());
  }

  /**
   * The whole platform, after every rule was evaluated: what a Pulumi program deploys.
   *
   * @throws PlatformError CHECK-001 with the errors found
   */
  verifiedModel(): PlatformModel {
    return whole(this.#verified());
  }

  /**
   * Checks the whole platform and writes its manifests to `outdir`; nothing is written when a rule is broken.
   *
   * This is what the `cdk8s synth` command runs; the command empties its own output folder first.
   *
   * @param bindings values of references, as `pulumi stack output bindings --json` prints them
   * @throws PlatformError CHECK-001 with the errors found; REF-002 when a reference has no value; REF-004 when one is secret
   */
  override synth(bindings: Bindings = {}): void {
    const stream = this.#verified();
    writeTree(this.outdir, renderManifests({ ...stream, clusters: boundClusters(stream, bindings) }));
  }

  #verified(): PlatformStream {
    const stream = this.stream();
    return { ...stream, clusters: new Verification(stream).clusters() };
  }

  *#clusters(): Iterable<ClusterModel> {
    const names = new Set<string>();
    for (const cluster of collect(this)) {
      names.add(cluster.name);
      yield complete(cluster);
    }
    for (const build of this.#builds) {
      for (const cluster of this.#collectAlone(build)) {
        if (names.has(cluster.name)) throw sameName(cluster);
        names.add(cluster.name);
        yield complete(cluster);
      }
    }
  }

  /** What the build adds to the platform, collected and taken away again. */
  #collectAlone(build: () => void): readonly CollectedCluster[] {
    const before = new Set(this.node.children);
    const added = () => this.node.children.filter((child) => !before.has(child));
    try {
      build();
      return collect(this, added());
    } finally {
      for (const child of added()) this.node.tryRemoveChild(child.node.id);
    }
  }
}

function whole(stream: PlatformStream): PlatformModel {
  return { ...stream, clusters: [...stream.clusters].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function sameName({ name, path }: CollectedCluster): PlatformError {
  return new PlatformError('NAME-002', path, `there is another cluster '${name}'`, 'Rename one of them.');
}
