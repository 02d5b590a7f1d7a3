// What scenarios see of a cluster: a real control plane, its API, and nodes without machines.

import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from './api-client.ts';
import { type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
import { runFolder, type Server, startServer, stopServer } from './run-folder.ts';
import { nodeObject, type SimulatedNode } from './simulated-nodes.ts';
import { type Program, program } from './toolchain.ts';
import { waitFor } from './waiting.ts';

export interface Cluster {
  readonly api: ApiClient;
  /** For the rows of claims. */
  readonly apiServer: Program;
  readonly controllerManager: Program;
  readonly scheduler: Program;
  /** File for clients that may do everything. */
  readonly kubeconfig: string;
  /** File: a certificate good for every server on 127.0.0.1, followed by the authority that signed it. */
  readonly certificate: string;
  /** File: the key of that certificate. */
  readonly certificateKey: string;
  /** Data and logs (`<program>.log`) of this cluster. Gone after the run. */
  readonly folder: string;
  /** From the start of etcd until the API server said that it is ready. */
  readonly readySeconds: number;
  /** Runs the real kubectl. Returns what it printed; throws with what it complained about. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Creates a namespace and waits until pods can be made in it. */
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** Creates nodes and waits until the controllers consider them ready. */
  createNodes(nodes: readonly SimulatedNode[]): Promise<void>;
  /** Where the pods of a namespace are, by name. */
  pods(namespace: string, labelSelector?: string): Promise<readonly PodPlacement[]>;
  /** Starts one more program that ends with the cluster. Some argument must name a path in `folder`. */
  start(program: Program, args: readonly string[], variables?: Readonly<Record<string, string>>): Server;
  stop(): Promise<void>;
}

/** Where a pod is, and what the scheduler said when it is nowhere. */
export interface PodPlacement {
  readonly name: string;
  readonly phase: string;
  /** The node it is bound to. */
  readonly node: string | undefined;
  /** Why the scheduler did not bind it, once it has tried. */
  readonly unschedulable: string | undefined;
}

export async function startCluster(options: ControlPlaneOptions = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(runFolder(), 'cluster-'));
  const kubectlProgram = await program('kubectl');
  const { servers, ...plane } = await startControlPlane(folder, options);
  const { api, kubeconfig } = plane;
  const added: Server[] = [];
  return {
    ...plane,
    folder,
    kubectl: (args, stdin) => run(kubectlProgram.path, [`--kubeconfig=${kubeconfig}`, ...args], stdin),
    async createNamespace(name, labels = {}) {
      await api.applyServerSide({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } };
      await waitFor(`the default service account of ${name}`, () => api.get(account));
    },
    async createNodes(nodes) {
      for (const node of nodes) await api.applyServerSide(nodeObject(node));
      for (const { name } of nodes) await waitFor(`node ${name} to be ready`, () => isSchedulable(api, name));
    },
    async pods(namespace, labelSelector = '') {
      return (await api.list<Pod>('v1', 'Pod', { namespace, labelSelector })).map(placement);
    },
    start({ name, path }, args, variables) {
      const server = startServer(name, path, args, folder, variables);
      added.push(server);
      return server;
    },
    async stop() {
      for (const server of [...servers, ...added].reverse()) await stopServer(server);
    },
  };
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  };
}

function placement({ metadata, spec, status }: Pod): PodPlacement {
  const refusal = status.conditions?.find(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable');
  return { name: metadata.name, phase: status.phase, node: spec.nodeName, unschedulable: refusal?.message };
}

/** The API server taints a new node as not ready, and the node controller takes the taint away. */
async function isSchedulable(api: ApiClient, name: string): Promise<boolean> {
  const node = await api.get<{ spec: { taints?: readonly { key: string }[] } }>({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
  });
  return !node?.spec.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready');
}

function run(command: string, args: readonly string[], stdin = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: 120_000, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim() || error.message));
    });
    child.stdin?.end(stdin);
  });
}
