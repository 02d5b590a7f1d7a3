import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, globSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IMAGES } from '../../../lib/model/images.ts';
import { at, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import { podTemplatesOf } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel, DatasetModel } from '../../../lib/model/platform-model.ts';
import { freePorts } from '../control-plane.ts';
import { exampleCluster } from '../examples.ts';
import { juicefsClient, type Mount, mount, whyNoMount } from '../juicefs.ts';
import { STORE_USER, startStore } from '../mlflow.ts';
import { runFolder, type Server, stopServer } from '../run-folder.ts';
import type { Scenario } from '../scenario.ts';
import { type Program, program } from '../toolchain.ts';

const BUCKET = 'factory';
const FILES = 24;
const BYTES = 3 * 2 ** 20;
/** Under which the workers of a job run. */
const USER = 1000;

/** The datasets of the example with racks, on the real client in the version that its mount pods have. */
export const scenario: Scenario = {
  name: 'juicefs',
  limits: [
    "JuiceFS's CSI driver is not run: the lane formats and mounts in its place, with the options that the driver would hand to its pods. The metadata engine is SQLite, and the caches are beneath the folder of the run.",
  ],
  async run({ prove, notRun }) {
    const obstacle = whyNoMount();
    if (obstacle !== undefined) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'juicefs', obstacle);
      return;
    }
    const platform = await exampleCluster('on-prem-rdma');
    const client = await juicefsClient(IMAGES.juicefs.replace(/^.*:ce-v([^@]+)@.*$/, '$1'));
    const [port = 0] = await freePorts(1);
    const store = await startStore({ store: await program('versitygw') }, port, BUCKET);
    const lane = new Lane(client, platform, store, `http://127.0.0.1:${port}/${BUCKET}`);
    for (const [claim, proof] of Object.entries(proofs)) await prove(claim, client, () => proof(lane));
    await lane.stop();
  },
};

const proofs: Readonly<Record<string, (lane: Lane) => Promise<string>>> = {
  'the file system is formatted on a store that speaks S3, from the keys that the Secret of a dataset has, and mounted with the options of its mount pods':
    async (lane) => {
      lane.format();
      const node = await lane.mountOn('node-a', lane.dataset('imagenet'));
      const { cacheGiB, cachePath, namespace, name } = lane.dataset('imagenet');
      const chunk = at(JSON.parse(readFileSync(node.path('.config'), 'utf8')) as JsonObject, 'Chunk');
      assert.equal(at(chunk, 'CacheSize'), cacheGiB * 2 ** 30);
      assert.ok(String(at(chunk, 'CacheDir')).startsWith(`${lane.folder}/node-a${cachePath}/${namespace}/${name}/`));
      return `a cache of ${cacheGiB} GiB at ${cachePath}/${namespace}/${name}`;
    },
  'what one node writes into the folder of the dataset another one reads': async (lane) => {
    const dataset = lane.dataset('imagenet');
    const [writer, reader] = [lane.node('node-a'), await lane.mountOn('node-b', dataset)];
    const folder = lane.folderOf(dataset);
    mkdirSync(writer.path(folder), { recursive: true });
    chownSync(writer.path(folder), USER, USER);
    for (const [file, content] of lane.contents) writeFileSync(writer.path(`${folder}/${file}`), content);
    assertSame(lane.contents, reader, folder);
    return `${FILES} files of ${BYTES / 2 ** 20} MiB in ${folder}`;
  },
  'a checkpoint that was written is there after its node is gone without a word': async (lane) => {
    const dataset = lane.dataset('checkpoints');
    const folder = lane.folderOf(dataset);
    const lost = await lane.mountOn('node-e', dataset);
    mkdirSync(lost.path(folder), { recursive: true });
    for (const [file, content] of lane.contents) writeFileSync(lost.path(`${folder}/${file}`), content);
    await lost.stop();
    assertSame(lane.contents, await lane.mountOn('node-f', dataset), folder);
    return `${FILES} files of ${BYTES / 2 ** 20} MiB in ${folder}`;
  },
  "the job's warm-up, as a user without rights, brings the dataset into the cache of its node: it is read when the store is gone":
    async (lane) => {
      const dataset = lane.dataset('imagenet');
      const folder = lane.folderOf(dataset);
      const [warm, cold] = [await lane.mountOn('node-c', dataset), await lane.mountOn('node-d', dataset)];
      const { command, path } = lane.warmUp(dataset);
      // In the pod the folder of the dataset is at that path; on the node it is a folder of the mount.
      const said = warm.run(
        command.slice(1).map((word) => (word === path ? `%/${folder}` : word)),
        USER,
      );
      await lane.stopStore();
      assertSame(lane.contents, warm, folder);
      // It would try for minutes.
      assert.throws(() => execFileSync('cat', [cold.path(`${folder}/shard-0`)], { timeout: 3000 }), /ETIMEDOUT|EIO/);
      const bytes = globSync('node-c/raid/**', { cwd: lane.folder, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
      assert.ok(bytes >= FILES * BYTES, `${bytes} bytes in the cache`);
      return said.match(/warmup cache: .*(?= \[)/)?.[0] ?? said;
    },
};

function assertSame(contents: ReadonlyMap<string, Buffer>, node: Mount, folder: string): void {
  for (const [file, content] of contents) {
    assert.equal(checksum(readFileSync(node.path(`${folder}/${file}`))), checksum(content), file);
  }
}

function checksum(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** One file system with its nodes. */
class Lane {
  readonly folder = mkdtempSync(join(runFolder(), 'juicefs-'));
  readonly contents = new Map(Array.from({ length: FILES }, (_, index) => [`shard-${index}`, randomBytes(BYTES)]));
  readonly #client: Program;
  readonly #platform: ClusterModel;
  readonly #nodes = new Map<string, Mount>();
  readonly #store: Server;
  /** With the keys that `JuiceFsProps.secretName` describes. */
  readonly #secret: Readonly<Record<string, string>> & { readonly name: string; readonly metaurl: string };

  constructor(client: Program, platform: ClusterModel, store: Server, bucket: string) {
    this.#client = client;
    this.#platform = platform;
    this.#store = store;
    const metaurl = `sqlite3://${join(this.folder, 'metadata.db')}`;
    this.#secret = { name: 'vision', metaurl, storage: 's3', bucket, ...STORE_USER };
  }

  /** What the driver does with a Secret. */
  format(): void {
    const { name, metaurl, ...settings } = this.#secret;
    const options = Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
    execFileSync(this.#client.path, ['format', ...options, metaurl, name], { stdio: 'ignore' });
  }

  dataset(name: string): DatasetModel {
    return found(this.#platform.datasets.find((one) => one.name === name));
  }

  node(name: string): Mount {
    return found(this.#nodes.get(name));
  }

  async mountOn(name: string, dataset: DatasetModel): Promise<Mount> {
    const folder = join(this.folder, name);
    const options = this.#mountOptions(dataset).map((option) => option.replace('cache-dir=', `cache-dir=${folder}`));
    const node = await mount(this.#client, this.#secret.metaurl, folder, options);
    this.#nodes.set(name, node);
    return node;
  }

  /** From the values of the driver's chart. */
  #mountOptions({ storageClass }: DatasetModel): readonly string[] {
    const driver = this.#platform.components.find(({ id }) => id === 'juicefs-csi-driver');
    const patches = objectsIn(at(driver?.values, 'globalConfig', 'mountPodPatch'));
    const patch = patches.find((one) => at(one, 'pvcSelector', 'matchStorageClassName') === storageClass);
    return (patch?.['mountOptions'] ?? []) as readonly string[];
  }

  /** From the StorageClass. */
  folderOf({ storageClass }: DatasetModel): string {
    const objects = this.#platform.units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
    const found = objects.find(({ kind, metadata }) => kind === 'StorageClass' && metadata.name === storageClass);
    return String(at(found?.['parameters'] as JsonObject, 'pathPattern'));
  }

  /** From the job that reads the dataset: the command of its first container, and the path at which that has the dataset. */
  warmUp({ path }: DatasetModel): { readonly command: readonly string[]; readonly path: string } {
    const job = found(this.#platform.jobs.find(({ datasets = [] }) => datasets.includes(path)));
    const templates = this.#platform.units
      .flatMap((unit) => unit.objects.map(({ manifest }) => manifest))
      .filter(({ kind, metadata }) => kind === 'Job' && metadata.name === job.name)
      .flatMap(podTemplatesOf);
    const [container] = objectsIn(templates[0]?.spec['initContainers']);
    const [volume] = objectsIn(container?.['volumeMounts']);
    return { command: container?.['command'] as readonly string[], path: String(volume?.['mountPath']) };
  }

  async stopStore(): Promise<void> {
    // What a node has written in the background has arrived.
    await sleep(500);
    await stopServer(this.#store);
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes.values()) await node.stop();
    await stopServer(this.#store);
  }
}

function found<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
