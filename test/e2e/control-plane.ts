// The programs of a control plane, started on free loopback ports with everything they need in one folder.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ApiClient } from './api-client.ts';
import { writeCredentials } from './credentials.ts';
import { type Server, startServer, untilReady } from './run-folder.ts';
import { kwokArgs, stages } from './simulated-nodes.ts';
import { type Program, program } from './toolchain.ts';

export interface ControlPlaneOptions {
  /** Feature gates to switch on in the API server, the controllers and the scheduler. */
  readonly featureGates?: readonly string[];
  /** API versions to serve that are off unless asked for, such as `scheduling.k8s.io/v1beta1`. */
  readonly apis?: readonly string[];
}

export interface ControlPlane {
  readonly api: ApiClient;
  readonly apiServer: Program;
  readonly controllerManager: Program;
  readonly scheduler: Program;
  /** File for clients that may do everything. */
  readonly kubeconfig: string;
  /** File: the certificate of the API server, good for every server on 127.0.0.1, followed by the authority that signed it. */
  readonly certificate: string;
  /** File: the key of that certificate. */
  readonly certificateKey: string;
  /** From the start of etcd until the API server says that it is ready. */
  readonly readySeconds: number;
  /** In the order they were started. */
  readonly servers: readonly Server[];
}

/** Starts etcd, API server, controllers, scheduler and kwok; their logs and data go to `folder`. */
export async function startControlPlane(folder: string, options: ControlPlaneOptions): Promise<ControlPlane> {
  const etcd = await program('etcd');
  const apiServer = await program('kube-apiserver');
  const controllerManager = await program('kube-controller-manager');
  const scheduler = await program('kube-scheduler');
  const kwok = await program('kwok');
  const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
  const origin = `https://127.0.0.1:${apiPort}`;
  // Given no certificate the API server makes one, and its authority, in its --cert-dir.
  const certificate = join(folder, 'apiserver.crt');
  const { token, tokenFile, kubeconfig, serviceAccountKey } = writeCredentials(folder, origin, certificate);
  const gates = listFlag('feature-gates', options.featureGates);
  const run = ({ name, path }: Program, args: readonly string[]) => startServer(name, path, args, folder);

  const start = Date.now();
  const etcdServer = run(etcd, [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  ]);
  const apiServerServer = run(apiServer, [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${tokenFile}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // No machine serves the Service `kubernetes`, and no client competes with another.
    '--endpoint-reconciler-type=none',
    '--enable-priority-and-fairness=false',
    ...listFlag('runtime-config', options.apis),
    ...gates,
  ]);
  await untilReady(apiServerServer, async () => existsSync(certificate));
  const api = new ApiClient(origin, token, readFileSync(certificate, 'utf8'));
  await untilReady(apiServerServer, () => api.isReady());
  const readySeconds = (Date.now() - start) / 1000;

  const quiet = ['--bind-address=127.0.0.1', '--secure-port=0', '--leader-elect=false'];
  // Their defaults spare a shared API server: taking the taint off 300 new nodes lasts a minute.
  const unthrottled = ['--kube-api-qps=1000', '--kube-api-burst=1000'];
  const controllers = run(controllerManager, [
    `--kubeconfig=${kubeconfig}`,
    `--root-ca-file=${certificate}`,
    `--service-account-private-key-file=${serviceAccountKey}`,
    ...quiet,
    ...unthrottled,
    ...gates,
  ]);
  const schedulerServer = run(scheduler, [`--kubeconfig=${kubeconfig}`, ...quiet, ...unthrottled, ...gates]);
  const stageFile = join(folder, 'kwok-stages.yaml');
  writeFileSync(stageFile, stages.map((stage) => JSON.stringify(stage)).join('\n---\n'));
  const kubelets = run(kwok, [`--kubeconfig=${kubeconfig}`, `--config=${stageFile}`, ...kwokArgs]);

  return {
    api,
    apiServer,
    controllerManager,
    scheduler,
    kubeconfig,
    certificate,
    certificateKey: join(folder, 'apiserver.key'),
    readySeconds,
    servers: [etcdServer, apiServerServer, controllers, schedulerServer, kubelets],
  };
}

function listFlag(name: string, values: readonly string[] = []): string[] {
  return values.length === 0 ? [] : [`--${name}=${values.map((value) => `${value}=true`).join(',')}`];
}

/** Ports of 127.0.0.1 that are free now. They are held until all are found, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const holder of holders) {
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const holder of holders) await new Promise((resolve) => holder.close(resolve));
  return ports;
}
