// A small client of the real API server: what the lane needs to see (warnings, changes) and nothing else.

import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** Any Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** What names one object. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What the API server said to one server-side apply. */
export interface Applied {
  /** The object was created, or anything in it changed. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/** A refusal of the API server; `message` is its own. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** What the API server, or a webhook behind it, said when it refused; undefined when it did not. */
export async function verdictOn(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

/**
 * What the API server, or a webhook behind it, said when it refused.
 *
 * @throws when it did not refuse
 */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const refusal = await verdictOn(call);
  if (refusal === undefined) throw new Error('the API server did not refuse it');
  return refusal;
}

interface Response {
  readonly status: number;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

interface ResourceKind {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export class ApiClient {
  readonly #origin: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #kinds = new Map<string, readonly ResourceKind[]>();

  /** @param authority the certificates to trust, in PEM */
  constructor(origin: string, token: string, authority: string) {
    this.#origin = origin;
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, ca: authority });
  }

  /**
   * Server-side apply with strict field validation: an unknown or doubled field is an error.
   *
   * @param force take over fields that another manager owns
   * @throws ApiError when the server refuses the object
   */
  async applyServerSide(object: KubernetesObject, { force = false } = {}): Promise<Applied> {
    const path = await this.#pathOf(object);
    const before = await this.#read(path);
    const query = `fieldManager=cdk8s-ai-e2e&fieldValidation=Strict&force=${force}`;
    const { body, warnings } = await this.#call('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml');
    return { changed: !isDeepStrictEqual(contentOf(before), contentOf(body)), warnings };
  }

  /**
   * What would be stored if the object were created, after every webhook has had its say. Nothing is.
   *
   * @throws ApiError when the server refuses the object
   */
  async dryRun<T extends KubernetesObject>(object: T): Promise<T> {
    const path = await this.#pathOf(object);
    const query = 'dryRun=All&fieldValidation=Strict';
    const { body } = await this.#call('POST', `${path.slice(0, path.lastIndexOf('/'))}?${query}`, object);
    return body as T;
  }

  /** The object, or undefined when there is none. */
  async get<T = KubernetesObject>(ref: ObjectRef): Promise<T | undefined> {
    return (await this.#read(await this.#pathOf(ref))) as T | undefined;
  }

  /** The objects of a kind: in every namespace unless one is given. */
  async list<T = KubernetesObject>(
    apiVersion: string,
    kind: string,
    { namespace, labelSelector = '' }: { namespace?: string; labelSelector?: string } = {},
  ): Promise<readonly T[]> {
    const { name } = await this.#kind(apiVersion, kind);
    const path = `${groupPath(apiVersion)}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${name}`;
    const { body } = await this.#call('GET', `${path}?labelSelector=${encodeURIComponent(labelSelector)}`);
    return (body as { items: T[] }).items;
  }

  /** Merges a patch into the object, or into its status as its controller does. */
  async merge(ref: ObjectRef, patch: { readonly spec: object } | { readonly status: object }): Promise<void> {
    const path = `${await this.#pathOf(ref)}${'status' in patch ? '/status' : ''}`;
    await this.#call('PATCH', path, patch, 'application/merge-patch+json');
  }

  /** Deletes the object and what it owns, and does not wait. */
  async delete(ref: ObjectRef): Promise<void> {
    await this.#call('DELETE', `${await this.#pathOf(ref)}?propagationPolicy=Background`);
  }

  async isReady(): Promise<boolean> {
    try {
      return (await this.#send('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  async #read(path: string): Promise<unknown> {
    try {
      return (await this.#call('GET', path)).body;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #pathOf({ apiVersion, kind, metadata }: ObjectRef): Promise<string> {
    const { name, namespaced } = await this.#kind(apiVersion, kind);
    const namespace = namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${groupPath(apiVersion)}${namespace}/${name}/${metadata.name}`;
  }

  /** A kind whose CustomResourceDefinition was just applied takes a moment to be served. */
  async #kind(apiVersion: string, kind: string): Promise<ResourceKind> {
    for (let attempt = 0; attempt < 150; attempt++) {
      const known = this.#kinds.get(apiVersion)?.find((one) => one.kind === kind);
      if (known !== undefined) return known;
      if (attempt > 0) await sleep(100);
      this.#kinds.set(apiVersion, await this.#served(apiVersion));
    }
    throw new Error(`the API server does not serve ${apiVersion} ${kind}`);
  }

  async #served(apiVersion: string): Promise<readonly ResourceKind[]> {
    const list = (await this.#read(groupPath(apiVersion))) as { resources: ResourceKind[] } | undefined;
    return (list?.resources ?? []).filter(({ name }) => !name.includes('/'));
  }

  async #call(method: string, path: string, body?: unknown, contentType?: string): Promise<Response> {
    const response = await this.#send(method, path, body, contentType);
    if (response.status < 300) return response;
    const { message } = (response.body ?? {}) as { message?: string };
    throw new ApiError(response.status, message ?? `${method} ${path}: status ${response.status}`);
  }

  #send(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Response> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': contentType };
    return new Promise((resolve, reject) => {
      const call = request(`${this.#origin}${path}`, { method, headers, agent: this.#agent, timeout: 60_000 });
      call.once('timeout', () => call.destroy(new Error(`${method} ${path}: no answer in 60 s`)));
      call.once('error', reject);
      call.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            body: response.headers['content-type']?.startsWith('application/json') ? JSON.parse(text) : text,
            warnings: warningsIn(response.headersDistinct['warning'] ?? []),
          });
        });
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** `v1` is served under /api, every group under /apis. */
function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/**
 * The object without what the API server writes about its own writing. A version alone tells too much: the server stores
 * the default of a status only at the second write, which reads the same before and after.
 */
function contentOf(object: unknown): unknown {
  if (object === undefined) return undefined;
  const { metadata, ...rest } = object as KubernetesObject;
  return { ...rest, metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined } };
}

/** The texts of `299 - "text"` headers (RFC 7234, section 5.5). */
function warningsIn(headers: readonly string[]): string[] {
  return headers.map((header) => header.replace(/^\d+ \S+ "(.*)"$/s, '$1').replaceAll('\\"', '"'));
}
