/** The few calls to a Kubernetes API server that a provider needs: apply, get, delete, and finding the path of a kind. */
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './kubeconfig.ts';
import type { Json, JsonObject } from './property-value.ts';

/** A CustomResourceDefinition is served a moment after it was accepted. */
const DISCOVERY_TIMEOUT_MS = 15_000;
const DELETION_TIMEOUT_MS = 90_000;
const POLL_MS = 200;

export interface KubernetesObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & JsonObject;
}

/** An answer of the API server other than success. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Applied {
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

interface ResourceList {
  readonly resources: readonly { name: string; kind: string; namespaced: boolean }[];
}

export class KubernetesClient {
  readonly #connection: Connection;
  readonly #agent: Agent;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#agent = new Agent({ keepAlive: true, ca: connection.authority });
  }

  /** Server-side apply with strict validation. With `dryRun` nothing is stored. */
  async apply(object: KubernetesObject, dryRun: boolean): Promise<Applied> {
    const query = `fieldManager=pulumi-kubernetes&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    const path = await this.#pathOf(object, dryRun ? 0 : DISCOVERY_TIMEOUT_MS);
    return this.#call('PATCH', `${path}?${query}`, object);
  }

  /** The object as it is, or nothing when it does not exist. */
  async get(object: KubernetesObject): Promise<JsonObject | undefined> {
    return missingIsUndefined(async () => (await this.#call('GET', await this.#pathOf(object, 0))).object);
  }

  /**
   * Deletes the object and waits until it is gone.
   *
   * @throws when it still exists after a minute and a half
   */
  async delete(object: KubernetesObject): Promise<void> {
    const deadline = Date.now() + DELETION_TIMEOUT_MS;
    await missingIsUndefined(async () => this.#call('DELETE', await this.#pathOf(object, 0)));
    while (await this.get(object)) {
      if (Date.now() > deadline)
        throw new Error(`${object.kind} ${object.metadata.name} is not gone after ${DELETION_TIMEOUT_MS / 1000} s`);
      await sleep(POLL_MS);
    }
  }

  async #pathOf({ apiVersion, kind, metadata }: KubernetesObject, timeoutMs: number): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const served = await missingIsUndefined(
        async () => (await this.#call('GET', base)).object as unknown as ResourceList,
      );
      const resource = served?.resources.find((each) => each.kind === kind && !each.name.includes('/'));
      if (resource) {
        const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? this.#connection.namespace}` : '';
        return `${base}${scope}/${resource.name}/${metadata.name}`;
      }
      if (Date.now() >= deadline) throw new ApiError(404, `the API server serves no ${apiVersion} ${kind}`);
      await sleep(POLL_MS);
    }
  }

  #call(method: string, path: string, body?: Json): Promise<Applied> {
    const { server, token } = this.#connection;
    const headers = {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/apply-patch+yaml' }),
      authorization: `Bearer ${token}`,
    };
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, server), { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = response.statusCode ?? 0;
          if (status >= 300) return reject(new ApiError(status, messageOf(text)));
          const { warning = [] } = response.headersDistinct;
          resolve({ object: JSON.parse(text) as JsonObject, warnings: warning });
        });
      });
      call.once('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

async function missingIsUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
