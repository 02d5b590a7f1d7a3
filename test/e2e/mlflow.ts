// MLflow with a database and an object store, all real and on loopback, started as the containers of our manifests say.

import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server as HttpServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { at, type JsonObject, objectsIn } from '../../lib/model/json.ts';
import { runFolder, type Server, startServer, untilReady } from './run-folder.ts';
import { cacheFolder, type Program, pathFolders, program, programIn } from './toolchain.ts';

const REQUIREMENTS = join(import.meta.dirname, 'toolchain/mlflow/requirements.txt');
/** A user without rights: PostgreSQL refuses to run as root. */
const NOBODY = 65534;

export interface Programs {
  readonly mlflow: Program;
  readonly postgres: Program;
  readonly store: Program;
  /** PATH with the programs of MLflow and PostgreSQL first. */
  readonly path: string;
}

/** The programs, or why they cannot be had. MLflow is installed once into the cache. */
export async function mlflowPrograms(): Promise<Programs | string> {
  const python = await programIn(pathFolders(), 'python3', ['--version']);
  if (python === undefined) return 'no python3 on PATH';
  const postgres = findPostgres();
  if (postgres === undefined) return 'no postgres on PATH or in /usr/lib/postgresql: install the package postgresql';
  const mlflow = install(python);
  const path = [dirname(mlflow.path), dirname(postgres.path), ...pathFolders()].join(delimiter);
  return { mlflow, postgres, store: await program('versitygw'), path };
}

/** The newest of Debian's versions, which are not on PATH, or the one that is. */
function findPostgres(): Program | undefined {
  const folders = [...globSync('/usr/lib/postgresql/*/bin').sort().reverse(), ...pathFolders()];
  const path = folders.map((folder) => join(folder, 'postgres')).find((file) => existsSync(file));
  if (path === undefined) return undefined;
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).match(/\d+(\.\d+)+/)?.[0] ?? '';
  return { name: 'postgres', version, path };
}

/** An environment of Python with what requirements.txt names. A marker says that it is whole. */
function install(python: Program): Program {
  const version = readFileSync(REQUIREMENTS, 'utf8').match(/^mlflow==(\S+)/m)?.[1] ?? '';
  const folder = join(cacheFolder, `mlflow-${version}-python-${python.version}`);
  const marker = join(folder, 'whole');
  if (!existsSync(marker)) {
    console.log(`installing MLflow ${version} (some minutes)`);
    execFileSync(python.path, ['-m', 'venv', '--clear', folder]);
    const quiet = ['--quiet', '--disable-pip-version-check'];
    execFileSync(join(folder, 'bin/pip'), ['install', ...quiet, '-r', REQUIREMENTS], { stdio: 'inherit' });
    writeFileSync(marker, '');
  }
  return { name: 'mlflow', version, path: join(folder, 'bin/mlflow') };
}

/** Name and password of whoever uses a program: with characters that an address would have to encode. */
export const DATABASE_USER = { username: 'registry', password: 'p@ss:w/rd%' } as const;
export const STORE_USER = { 'access-key': 'registry', 'secret-key': 's3/secret+key' } as const;

/** Starts a PostgreSQL that takes connections over TLS alone, with one empty database. */
export async function startPostgres({ postgres, path }: Programs, port: number, name: string): Promise<Server> {
  const folder = madeFor('postgres');
  const at = (file: string) => join(folder, file);
  writeFileSync(at('password'), DATABASE_USER.password);
  writeFileSync(at('pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const names = ['-subj', '/CN=localhost', '-keyout', at('server.key'), '-out', at('server.crt')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...names], {
    stdio: 'ignore',
  });
  chmodSync(at('server.key'), 0o600);
  for (const file of globSync('*', { cwd: folder })) own(at(file));
  const [command = '', ...args] = unprivileged(join(dirname(postgres.path), 'initdb'));
  const user = `--username=${DATABASE_USER.username}`;
  const options = ['--auth=scram-sha-256', `--pwfile=${at('password')}`, '--no-sync', user];
  execFileSync(command, [...args, '-D', at('data'), ...options], { cwd: folder, stdio: 'ignore' });
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    hba_file: at('pg_hba.conf'),
    ssl: 'on',
    ssl_cert_file: at('server.crt'),
    ssl_key_file: at('server.key'),
    fsync: 'off',
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const [first = '', ...rest] = unprivileged(postgres.path);
  const server = startServer('postgres', first, [...rest, '-D', at('data'), ...flags], folder);
  const variables = { ...databaseVariables(port, 'postgres'), PATH: path };
  const create = () =>
    run(['createdb', name], variables).then(
      () => true,
      () => false,
    );
  await untilReady(server, create);
  return server;
}

/** How programs of PostgreSQL reach the database. */
export function databaseVariables(port: number, name: string): Readonly<Record<string, string>> {
  const { username, password } = DATABASE_USER;
  return {
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGDATABASE: name,
    PGUSER: username,
    PGPASSWORD: password,
    PGSSLMODE: 'require',
  };
}

/** Starts a store that speaks S3, with one empty bucket. Returns the folder in which its objects are files. */
export async function startStore(
  { store }: Pick<Programs, 'store'>,
  port: number,
  bucket: string,
): Promise<Server & { folder: string }> {
  const folder = mkdtempSync(join(runFolder(), 'store-'));
  mkdirSync(join(folder, 'data', bucket), { recursive: true });
  const args = ['--quiet', `--port=127.0.0.1:${port}`, 'posix', join(folder, 'data')];
  const keys = { ROOT_ACCESS_KEY: STORE_USER['access-key'], ROOT_SECRET_KEY: STORE_USER['secret-key'] };
  const server = startServer('versitygw', store.path, args, folder, keys);
  await untilReady(server, () => isOpen(port));
  return { ...server, folder: join(folder, 'data', bucket) };
}

/** Whether something listens. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

/** The variables of a container as its pod would have them, with the Secrets that the cluster would hold. */
export function variablesOf(
  container: JsonObject,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    objectsIn(container['env']).map(({ name, value, valueFrom }) => {
      const { name: secret, key } = (at(valueFrom, 'secretKeyRef') ?? {}) as { name?: string; key?: string };
      const known = value ?? secrets[secret ?? '']?.[key ?? ''];
      if (known === undefined) throw new Error(`no Secret ${secret} with a key ${key}`);
      return [String(name), String(known)];
    }),
  );
}

/** Runs a command to its end. Returns what it printed; throws with what it complained about. */
export function run(command: readonly string[], variables: Readonly<Record<string, string>>): Promise<string> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    execFile(file, args, { env: variables, timeout: 300_000, cwd: runFolder() }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${file}: ${stderr || error.message}`)),
    );
  });
}

/**
 * Stands for the Service and the name service of the cluster: a proxy that knows one name, and where its pod is.
 */
export async function startService(host: string, port: number): Promise<{ readonly proxy: string; stop(): void }> {
  const server: HttpServer = createServer((incoming, answer) => {
    const { hostname, pathname, search } = new URL(incoming.url ?? '', `http://${incoming.headers.host}`);
    if (hostname !== host) {
      answer.writeHead(502).end(`no Service ${hostname}`);
      return;
    }
    const { method, headers } = incoming;
    const outgoing = request({ host: '127.0.0.1', port, method, path: pathname + search, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.once('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return { proxy: `http://127.0.0.1:${own}`, stop: () => server.close() };
}

/** A folder of the run that a user without rights may enter and write to. */
function madeFor(name: string): string {
  if (isRoot()) chmodSync(runFolder(), 0o711);
  const folder = mkdtempSync(join(runFolder(), `${name}-`));
  own(folder);
  return folder;
}

function own(path: string): void {
  if (isRoot()) chownSync(path, NOBODY, NOBODY);
}

function unprivileged(command: string): readonly string[] {
  const switchUser = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return isRoot() ? [...switchUser, command] : [command];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
