import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AiCluster,
  aws,
  Framework,
  InferenceService,
  ModelRegistry,
  Platform,
  Registry,
  type RegistryDatabase,
  Runtime,
  Scheduler,
  Tenant,
  TrainingJob,
  TrainingQueue,
} from 'cdk8s-ai';
import { at, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import { containersOf, type Manifest, podTemplatesOf } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import type { KubernetesObject } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { freePorts } from '../control-plane.ts';
import { applyUnits } from '../examples.ts';
import { findKserve, noKserve, startKserve } from '../kserve.ts';
import {
  DATABASE_USER,
  databaseVariables,
  mlflowPrograms,
  type Programs,
  run,
  STORE_USER,
  startPostgres,
  startService,
  startStore,
  variablesOf,
} from '../mlflow.ts';
import { runFolder, type Server, startServer, stopServer, untilReady } from '../run-folder.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

const TRAIN = join(import.meta.dirname, '../toolchain/mlflow/train.py');
const BUCKET = 'company-models';
const SECRETS = { 'models-database': DATABASE_USER, 'models-store': STORE_USER };

/** What a team has: a registry on a database and a store that are given, a job that logs to it, a service that serves from it. */
export const scenario: Scenario = {
  name: 'mlflow',
  limits: [
    "MLflow runs from PyPI, with PostgreSQL of this machine and versitygw as the store, in the version and with the arguments and variables of the registry's pods; the images themselves, the stores of the clouds and the identities that open them are not tried.",
    'Network policies are applied, and nobody enforces them here.',
  ],
  async run({ startCluster, prove, notRun }) {
    const plane = await startCluster();
    await prove(
      'the API server takes every object of a registry with a database in the cluster, and its pods are admitted in a restricted namespace',
      plane.apiServer,
      () => admitted(plane),
    );
    const kserve = findKserve();
    if (kserve === undefined) notRun(KSERVE_CLAIM, 'kserve-controller-manager', noKserve);
    else await prove(KSERVE_CLAIM, kserve, async () => kserveUses(await startCluster(), await teamOn(given(1), 2)));

    const programs = await mlflowPrograms();
    if (typeof programs === 'string') {
      for (const claim of Object.keys(proofs)) notRun(claim, 'mlflow', programs);
      return;
    }
    const means = await startMeans(programs);
    try {
      for (const [claim, proof] of Object.entries(proofs)) await prove(claim, programs.mlflow, () => proof(means));
    } finally {
      means.service.stop();
      for (const server of means.servers) await stopAll(server);
    }
  },
};

/** MLflow starts processes of its own. They are in the process group that `timeout` makes, which also ends them in the end. */
async function stopAll(server: Server): Promise<void> {
  const { pid } = server.process;
  if (server.name === 'mlflow' && pid !== undefined) process.kill(-pid, 'SIGKILL');
  await stopServer(server);
}

interface Means {
  readonly programs: Programs;
  readonly team: ClusterModel;
  readonly databasePort: number;
  readonly serverPort: number;
  /** The bucket as a folder. */
  readonly bucket: string;
  readonly service: Awaited<ReturnType<typeof startService>>;
  /** What the job puts into the model. */
  readonly files: string;
  readonly servers: Server[];
}

const KSERVE_CLAIM =
  "KServe starts the pods of a service with our command and the model's address in its own init container, in a restricted namespace";

const proofs: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'MLflow starts as the Deployment of a registry says, on an empty PostgreSQL over TLS, and its probes answer': async (
    means,
  ) => {
    const { programs, team, serverPort, servers } = means;
    const server = object(team, 'Deployment', 'models');
    const migrate = container(server, 'migrate');
    const variables = { ...variablesOf(migrate, SECRETS), PATH: programs.path };
    await run(strings(migrate['command']), variables);
    await run(strings(migrate['command']), variables);
    const main = container(server, 'mlflow');
    const [command = '', ...args] = [...strings(main['command']), ...strings(main['args'])].map((arg) =>
      arg.replace(/^--host=.*/, '--host=127.0.0.1').replace(/^--port=.*/, `--port=${serverPort}`),
    );
    const folder = mkdtempSync(join(runFolder(), 'mlflow-'));
    const own = { ...variablesOf(main, SECRETS), PATH: programs.path, PYTHONPYCACHEPREFIX: folder };
    const started = startServer('mlflow', 'timeout', ['900', 'env', `TMPDIR=${folder}`, command, ...args], folder, own);
    servers.push(started);
    const path = at(main, 'readinessProbe', 'httpGet', 'path');
    await untilReady(started, () => answers(`http://127.0.0.1:${serverPort}${path}`));
    return `${args.length} arguments, ${Object.keys(own).length} variables; the tables are brought up to date twice`;
  },

  'MLflow answers under the name of its Service and under no other': async ({ serverPort, service }) => {
    const path = 'api/2.0/mlflow/experiments/get?experiment_id=0';
    const ask = (address: string) =>
      run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', address], {
        http_proxy: service.proxy,
        no_proxy: '127.0.0.1',
        PATH: process.env['PATH'] ?? '',
      });
    assert.equal(await ask(`http://${HOST}/${path}`), '200');
    assert.equal(await ask(`http://127.0.0.1:${serverPort}/${path}`), '403');
    return HOST;
  },

  'a job that knows MLFLOW_TRACKING_URI alone logs a model, registers it and gives it an alias, and the files are in the store':
    async (means) => {
      assert.equal(await train(means, 'champion'), '1');
      const folder = join(means.bucket, 'vision/models/artifacts');
      const stored = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      const [model] = stored.filter((file) => file.endsWith('artifacts/triton/classifier/1/model.onnx'));
      assert(model, `${folder} holds the model: ${stored.join(', ')}`);
      const [ours, theirs] = [modelFile(means.files), join(folder, model)].map((file) => readFileSync(file));
      assert.deepEqual(theirs, ours);
      return `${BUCKET}/vision/models/artifacts/${model}`;
    },

  'the reference of a service resolves to the stored files, byte for byte, and follows its alias when that moves':
    async (means) => {
      const first = readFileSync(modelFile(means.files));
      const before = await fetched(means, addressOf(means.team));
      assert.deepEqual(readFileSync(modelFile(before)), first);
      writeFileSync(modelFile(means.files), randomBytes(2 << 20));
      assert.equal(await train(means, 'champion'), '2');
      const after = await fetched(means, addressOf(means.team));
      assert.deepEqual(readFileSync(modelFile(after)), readFileSync(modelFile(means.files)));
      const pinned = await fetched(means, `mlflow://${HOST}/classifier/1/artifacts/triton`);
      assert.deepEqual(readFileSync(modelFile(pinned)), first);
      const whole = await fetched(means, `mlflow://${HOST}/classifier/1`);
      assert.ok(existsSync(join(whole, 'MLmodel')));
      return `${addressOf(means.team)}: version 1, then 2`;
    },

  'a reference to what the registry does not have ends the container with an error': async (means) => {
    for (const path of ['classifier@nobody', 'classifier/99', 'nothing/1', 'classifier/1/no/such/folder']) {
      await assert.rejects(fetched(means, `mlflow://${HOST}/${path}`), /not found|has no files/i);
    }
    return '4 references';
  },

  'the backup job dumps the database into the store, and the dump restores every model, version and alias': async ({
    programs,
    team,
    bucket,
    databasePort,
  }) => {
    const job = object(team, 'CronJob', 'models-backup');
    const folder = mkdtempSync(join(runFolder(), 'backup-'));
    for (const name of ['dump', 'store']) {
      const one = container(job, name);
      const command = strings(one['command']).map((part) => part.replaceAll(/(?<=["'])\/backup/g, folder));
      await run(command, { ...variablesOf(one, SECRETS), PATH: programs.path });
    }
    const kept = join(bucket, 'vision/models/backups');
    const [dump = '', ...others] = readdirSync(kept);
    assert.match(dump, /^day-\d\d\.dump$/);
    assert.deepEqual(others, []);
    const variables = { ...databaseVariables(databasePort, 'mlflow'), PATH: programs.path };
    await run(['createdb', 'restored'], variables);
    const restored = { ...variables, PGDATABASE: 'restored' };
    await run(['pg_restore', '--clean', '--if-exists', '--no-owner', '--dbname=restored', join(kept, dump)], restored);
    const rows = (own: Readonly<Record<string, string>>) =>
      run(
        [
          'psql',
          '-At',
          '-c',
          'select name, version, storage_location from model_versions order by 2',
          '-c',
          'select * from registered_model_aliases',
        ],
        own,
      );
    const text = await rows(restored);
    assert.equal(text, await rows(variables));
    assert.equal(text.trim().split('\n').length, 3);
    return `${dump}: ${readFileSync(join(kept, dump)).length} bytes`;
  },
};

const HOST = 'models.vision.svc';

async function startMeans(programs: Programs): Promise<Means> {
  const [databasePort = 0, storePort = 0, serverPort = 0] = await freePorts(3);
  const team = await teamOn(given(databasePort), storePort);
  const database = await startPostgres(programs, databasePort, 'mlflow');
  const { folder: bucket, ...store } = await startStore(programs, storePort, BUCKET);
  // MLflow keeps the name of the folder.
  const files = join(mkdtempSync(join(runFolder(), 'model-')), 'triton');
  mkdirSync(join(files, 'classifier/1'), { recursive: true });
  writeFileSync(join(files, 'classifier/config.pbtxt'), 'name: "classifier"\n');
  writeFileSync(modelFile(files), randomBytes(3 << 20));
  const service = await startService(HOST, serverPort);
  return { programs, team, databasePort, serverPort, bucket, service, files, servers: [database, store] };
}

function given(port: number): RegistryDatabase {
  return { host: '127.0.0.1', port, secretName: 'models-database' };
}

async function teamOn(database: RegistryDatabase, storePort: number): Promise<ClusterModel> {
  const platform = new Platform({ name: 'probe' });
  const cluster = new AiCluster(platform, 'lab', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const pool = cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 4 });
  const vision = new Tenant(cluster, 'vision', { quota: [pool.gpus(4)] });
  const registry = new ModelRegistry(vision, 'models', {
    backend: Registry.mlflow({
      database,
      store: { endpoint: `http://127.0.0.1:${storePort}`, bucket: BUCKET, secretName: 'models-store' },
    }),
  });
  const queue = new TrainingQueue(vision, 'all', { scheduler: Scheduler.volcano(), capability: [pool.gpus(4)] });
  new TrainingJob(queue, 'train', {
    framework: Framework.pytorch(),
    pool,
    workers: 1,
    gpusPerWorker: 1,
    image: 'registry.example.com/vision/train:1',
    registry,
  });
  new InferenceService(vision, 'classifier', {
    model: registry.model('classifier', 'champion', { folder: 'artifacts/triton' }),
    runtime: Runtime.triton(),
    pool,
    scale: { min: 1 },
  });
  const [model] = platform.model().clusters;
  assert(model);
  return model;
}

/** The version that a run of the job registers under the alias. */
async function train({ programs, team, service, files }: Means, alias: string): Promise<string> {
  const { env } = container(object(team, 'Job', 'train'), 'worker');
  const uri = objectsIn(env).find(({ name }) => name === 'MLFLOW_TRACKING_URI')?.['value'];
  const variables = {
    MLFLOW_TRACKING_URI: String(uri),
    http_proxy: service.proxy,
    PATH: programs.path,
    HOME: runFolder(),
  };
  const output = await run(['python3', TRAIN, files, alias], variables);
  return output.trim().split('\n').at(-1) ?? '';
}

/** The folder into which the container of the registry fetches what the address names. */
async function fetched({ programs, team, service }: Means, address: string): Promise<string> {
  const command = strings(
    at(object(team, 'ClusterStorageContainer', 'mlflow-vision-models')['spec'], 'container', 'command'),
  );
  const target = mkdtempSync(join(runFolder(), 'fetched-'));
  await run([...command, address, target], { http_proxy: service.proxy, PATH: programs.path });
  return target;
}

/** Applies a registry with its own database, starts its backup, and counts the pods that the controllers make of it. */
async function admitted(cluster: Cluster): Promise<string> {
  const team = await teamOn({ secretName: 'models-database', inCluster: { capacityGiB: 20 } }, 9000);
  const applied = await applyUnits(
    cluster,
    team.units.filter(({ id }) => /^(tenant|registry)-/.test(id)),
  );
  assert.deepEqual(applied.warnings, []);
  const { metadata, spec } = object(team, 'CronJob', 'models-backup');
  await cluster.api.applyServerSide({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: at(spec, 'jobTemplate', 'spec'),
  } as KubernetesObject);
  const names = await waitFor('the pods of server, database and backup', async () => {
    const made = (await cluster.pods('vision')).map(({ name }) => name);
    return made.length === 3 && made;
  });
  return `${applied.objects} objects; ${names.join(', ')}`;
}

/** Applies what the team has to a cluster with KServe, and looks at the pod that comes of it. */
async function kserveUses(cluster: Cluster, team: ClusterModel): Promise<string> {
  const kserve = team.components.find(({ id }) => id === 'kserve');
  const program = findKserve();
  assert(kserve !== undefined && program !== undefined);
  await startKserve(cluster, program, kserve.values);
  const isNeeded = (id: string) => /^(tenant|registry|fetcher|runtime|service)-/.test(id);
  await applyUnits(
    cluster,
    team.units.filter(({ id }) => isNeeded(id)),
  );
  const pod = await waitFor('a pod of the service', async () => {
    const pods = await cluster.api.list<JsonObject & KubernetesObject>('v1', 'Pod', {
      namespace: 'vision',
      labelSelector: 'serving.kserve.io/inferenceservice=classifier',
    });
    return pods[0];
  });
  const made = at(pod, 'spec', 'initContainers', 0);
  const ours = at(object(team, 'ClusterStorageContainer', 'mlflow-vision-models')['spec'], 'container');
  assert.deepEqual(at(made, 'command'), at(ours, 'command'));
  assert.deepEqual(at(made, 'args'), [addressOf(team), '/mnt/models']);
  const image = String(at(made, 'image'));
  assert.match(image, /^kserve\/storage-initializer:/);
  return `${at(made, 'name')} of ${image}: ${addressOf(team)}`;
}

function addressOf(team: ClusterModel): string {
  const service = object(team, 'InferenceService', 'classifier');
  return String(at(service['spec'], 'predictor', 'model', 'storageUri'));
}

function modelFile(folder: string): string {
  return join(folder, 'classifier/1/model.onnx');
}

function object(team: ClusterModel, kind: string, name: string): Manifest {
  const found = team.units
    .flatMap((unit) => unit.objects.map(({ manifest }) => manifest))
    .find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  assert(found, `the team has ${kind} ${name}`);
  return found;
}

function container(manifest: Manifest, name: string): JsonObject {
  const found = podTemplatesOf(manifest)
    .flatMap(({ spec }) => containersOf(spec))
    .find((one) => one['name'] === name);
  assert(found, `${manifest.kind} ${manifest.metadata.name} has a container ${name}`);
  return found;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
