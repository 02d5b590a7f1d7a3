/** A provider plugin as a process of our own, which is asked as the engine asks it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import grpc, { type ServiceError } from '@grpc/grpc-js';
import type { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb.js';
import services, { type ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { MESSAGE_LIMITS } from './serve.ts';

export interface PluginProcess {
  readonly client: ResourceProviderClient;
  stop(): void;
}

/** Nothing listens at this port: what a plugin wants from a cloud fails at once instead of reaching it. */
const NO_WAY_OUT = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };

/**
 * Starts the plugin. It ends with this process at the latest.
 *
 * @param args what the engine gives its plugins, such as its address
 */
export async function startPlugin(file: string, args: readonly string[] = []): Promise<PluginProcess> {
  const child = spawn(file, args, { env: { ...process.env, ...NO_WAY_OUT }, stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => void child.kill();
  process.once('exit', end);
  const address = `127.0.0.1:${await portOf(child, file)}`;
  const client = new services.ResourceProviderClient(address, grpc.credentials.createInsecure(), MESSAGE_LIMITS);
  return {
    client,
    stop() {
      process.off('exit', end);
      client.close();
      end();
    },
  };
}

/** The answer to one request: `answer((reply) => client.check(request, reply))`. */
export const answer = <Response>(
  ask: (reply: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    ask((error, response) => (error ? reject(new Error(error.details)) : resolve(response)));
  });

/** The version that the plugin tells itself, without a leading v. It is started for that. */
export async function versionOfPlugin(file: string): Promise<string> {
  const { client, stop } = await startPlugin(file);
  try {
    const info = await answer<PluginInfo>((reply) => client.getPluginInfo(new empty.Empty(), reply));
    return info.getVersion().replace(/^v/, '');
  } finally {
    stop();
  }
}

/** The port is the first line that a plugin prints. */
async function portOf(child: ChildProcess, file: string): Promise<string> {
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${file} ended with ${status} before it printed its port`)));
  });
  failed.catch(() => {});
  if (!child.stdout) throw new Error(`${file} has no output`);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = await Promise.race([failed, lines.next()]);
  return first.done ? failed : first.value.trim();
}
