/** What every plugin of this folder shares: a gRPC server on loopback, unary handlers, a call log, an end. */
import { appendFileSync } from 'node:fs';
import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import grpc from '@grpc/grpc-js';

const PARENT_CHECK_MS = 250;
/** The engine sends whole states in one message; gRPC's own limit of 4 MiB is too small for it. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
export const MESSAGE_LIMITS = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
};

/** Turns a function into a gRPC handler; what it throws is the error that the engine prints. */
export const unary =
  <Request, Response>(handle: (request: Request) => Response | Promise<Response>): handleUnaryCall<Request, Response> =>
  (call, reply) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => reply(null, response),
        (error: unknown) =>
          reply({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
      );
  };

/** Listens on a free port of loopback, prints the port as the plugin protocol asks, and ends with its parent. */
export function serve(service: ServiceDefinition, implementation: UntypedServiceImplementation): void {
  const server = new grpc.Server(MESSAGE_LIMITS);
  server.addService(service, implementation);
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  exitWithParent();
}

/** A killed engine does not stop its plugins: their parent changes, and that is the sign to go. */
function exitWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, PARENT_CHECK_MS);
}

/**
 * One call of the engine to a stand-in. It is written before the engine hears the answer, so the order of the file is an
 * order in which things were done.
 */
export interface Call {
  readonly provider: string;
  readonly call: 'configure' | 'check' | 'diff' | 'create' | 'read' | 'update' | 'delete' | 'invoke';
  /** Set for calls about a resource. */
  readonly urn?: string;
  /** Set for `invoke`: the function. */
  readonly token?: string;
  readonly preview?: boolean;
  /** Reasons why `check` refused the inputs. */
  readonly refused?: readonly string[];
  /** Warnings of the API server. */
  readonly warnings?: readonly string[];
}

export const callLog = (file: string, provider: string) => (entry: Omit<Call, 'provider'>) =>
  appendFileSync(file, `${JSON.stringify({ provider, ...entry })}\n`);
