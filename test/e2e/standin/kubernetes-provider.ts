/**
 * Stand-in for `pulumi-resource-kubernetes`: every object is server-side applied to the API server of the provider's
 * kubeconfig, as a dry run in a preview. A Helm Release is recorded with its inputs and not installed. It does not wait
 * until an object is ready, and it renders no charts.
 *
 * With the official plugin behind it, that one does everything but releases, whose charts it would fetch, and what runs
 * in pods, for which it would wait: the lane has no machines for them.
 *
 *     node kubernetes-provider.ts '<JSON of KubernetesProviderSettings>' [address of the engine]
 */

import { createHash } from 'node:crypto';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type {
  CheckRequest,
  CheckResponse,
  ConfigureRequest,
  ConfigureResponse,
  ConstructRequest,
  ConstructResponse,
  CreateRequest,
  CreateResponse,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ReadRequest,
  ReadResponse,
  UpdateRequest,
  UpdateResponse,
} from '@pulumi/pulumi/proto/provider_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { changes, checked } from './answers.ts';
import { checkInputs } from './check-inputs.ts';
import { connectionOf } from './kubeconfig.ts';
import { ApiError, KubernetesClient, type KubernetesObject } from './kubernetes-client.ts';
import { answer, startPlugin } from './plugin-process.ts';
import {
  fromStruct,
  hasUnknown,
  isObject,
  type JsonObject,
  parseUrn,
  reveal,
  secret,
  toStruct,
  UNKNOWN,
} from './property-value.ts';
import { callLog, serve, unary } from './serve.ts';
import { loadTypings } from './typings.ts';

export interface KubernetesProviderSettings {
  readonly callLog: string;
  readonly typingsCache: string;
  /** File of the official plugin. */
  readonly official?: string;
}

const RELEASE = 'kubernetes:helm.sh/v3:Release';
/** What the official plugin would fetch, or wait for. */
const OURS: ReadonlySet<string> = new Set([
  RELEASE,
  'kubernetes:apps/v1:DaemonSet',
  'kubernetes:apps/v1:Deployment',
  'kubernetes:apps/v1:StatefulSet',
  'kubernetes:batch/v1:Job',
  'kubernetes:core/v1:PersistentVolumeClaim',
  'kubernetes:core/v1:Pod',
  'kubernetes:core/v1:Service',
]);
const settings = JSON.parse(process.argv[2] ?? '{}') as KubernetesProviderSettings;
const typings = await loadTypings('@pulumi/kubernetes', settings.typingsCache);
const log = callLog(settings.callLog, 'kubernetes');
const official = settings.official && (await startPlugin(settings.official, process.argv.slice(3))).client;
const officialFor = (urn: string) => (OURS.has(parseUrn(urn).type) ? undefined : official);
let connect = (): KubernetesClient => {
  throw new Error('the Kubernetes provider was not configured');
};

serve(services.ResourceProviderService, {
  handshake: unary(() => new provider.ProviderHandshakeResponse().setAcceptSecrets(true)),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(typings.version)),
  cancel: unary(() => new empty.Empty()),
  construct: unary((request: ConstructRequest) => {
    if (official) return answer<ConstructResponse>((reply) => official.construct(request, reply));
    throw new Error(
      `the stand-in does not make components such as ${request.getType()}; put pulumi-resource-kubernetes on PATH`,
    );
  }),

  checkConfig: unary((request: CheckRequest) =>
    official
      ? answer<CheckResponse>((reply) => official.checkConfig(request, reply))
      : new provider.CheckResponse().setInputs(request.getNews()),
  ),
  diffConfig: unary((request: DiffRequest) =>
    official ? answer<DiffResponse>((reply) => official.diffConfig(request, reply)) : changes(request),
  ),
  configure: unary(async (request: ConfigureRequest) => {
    if (official) await answer<ConfigureResponse>((reply) => official.configure(request, reply));
    const config = reveal(fromStruct(request.getArgs())) as JsonObject;
    connect = clientOf(config);
    log({ call: 'configure' });
    return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
  }),

  check: unary((request: CheckRequest) => {
    const urn = request.getUrn();
    const plugin = officialFor(urn);
    if (plugin) return answer<CheckResponse>((reply) => plugin.check(request, reply));
    const { type, name } = parseUrn(urn);
    const news = fromStruct(request.getNews());
    const release = typings.resources[RELEASE]?.inputs ?? {};
    const refusals = type === RELEASE ? checkInputs(typings, release, news, type) : [];
    const inputs = type === RELEASE ? news : withName(news, fromStruct(request.getOlds()), name, urn);
    const refused = refusals.map(({ property, reason }) => `${property}: ${reason}`);
    log({ call: 'check', urn, ...(refused.length > 0 && { refused }) });
    return checked(inputs, refusals);
  }),
  diff: unary((request: DiffRequest) => {
    log({ call: 'diff', urn: request.getUrn() });
    const plugin = officialFor(request.getUrn());
    if (plugin) return answer<DiffResponse>((reply) => plugin.diff(request, reply));
    return changes(request, identityOf);
  }),
  create: unary(async (request: CreateRequest) => {
    const preview = request.getPreview();
    const plugin = officialFor(request.getUrn());
    if (plugin) return answer<CreateResponse>((reply) => plugin.create(request, reply));
    const inputs = fromStruct(request.getProperties());
    const outputs = await put('create', request.getUrn(), inputs, preview);
    const response = new provider.CreateResponse().setProperties(toStruct(outputs));
    return response.setId(preview ? '' : idOf(inputs));
  }),
  update: unary(async (request: UpdateRequest) => {
    const plugin = officialFor(request.getUrn());
    if (plugin) return answer<UpdateResponse>((reply) => plugin.update(request, reply));
    const outputs = await put('update', request.getUrn(), fromStruct(request.getNews()), request.getPreview());
    return new provider.UpdateResponse().setProperties(toStruct(outputs));
  }),
  read: unary(async (request: ReadRequest) => {
    const urn = request.getUrn();
    log({ call: 'read', urn });
    const plugin = officialFor(urn);
    if (plugin) return answer<ReadResponse>((reply) => plugin.read(request, reply));
    const response = new provider.ReadResponse().setInputs(request.getInputs());
    if (parseUrn(urn).type === RELEASE) return response.setId(request.getId()).setProperties(request.getProperties());
    const live = await connect().get(objectOf(fromStruct(request.getInputs())));
    return live ? response.setId(request.getId()).setProperties(toStruct(tidy(live))) : new provider.ReadResponse();
  }),
  delete: unary(async (request: DeleteRequest) => {
    const urn = request.getUrn();
    log({ call: 'delete', urn });
    const plugin = officialFor(urn);
    if (plugin) return answer<empty.Empty>((reply) => plugin.delete(request, reply));
    if (parseUrn(urn).type !== RELEASE) await connect().delete(objectOf(fromStruct(request.getProperties())));
    return new empty.Empty();
  }),
});

function clientOf(config: JsonObject): () => KubernetesClient {
  const { kubeconfig, context } = config;
  let client: KubernetesClient | undefined;
  return () => {
    if (typeof kubeconfig !== 'string') throw new Error('the Kubernetes provider has no kubeconfig');
    client ??= new KubernetesClient(connectionOf(kubeconfig, typeof context === 'string' ? context : undefined));
    return client;
  };
}

async function put(call: 'create' | 'update', urn: string, inputs: JsonObject, preview: boolean): Promise<JsonObject> {
  const entry = { call, urn, ...(preview && { preview }) };
  const asPlanned = { ...inputs, status: UNKNOWN };
  if (parseUrn(urn).type === RELEASE) {
    log(entry);
    return preview ? asPlanned : { ...inputs, status: { status: 'recorded by a stand-in, not installed' } };
  }
  if (preview && hasUnknown(inputs)) {
    log(entry);
    return asPlanned;
  }
  try {
    const { object, warnings } = await connect().apply(objectOf(inputs), preview);
    log({ ...entry, ...(warnings.length > 0 && { warnings }) });
    return tidy(object);
  } catch (error) {
    // In a preview the namespace or the definition of the kind may not be there yet.
    if (!preview || !(error instanceof ApiError) || error.status !== 404) throw error;
    log(entry);
    return asPlanned;
  }
}

/** What the official provider does with an object without a name: the name of the resource and a stable suffix. */
function withName(news: JsonObject, olds: JsonObject, name: string, urn: string): JsonObject {
  const metadata = isObject(news['metadata']) ? news['metadata'] : {};
  if (metadata['name'] !== undefined) return news;
  const old = isObject(olds['metadata']) ? olds['metadata']['name'] : undefined;
  const generated = old ?? `${name}-${createHash('sha256').update(urn).digest('hex').slice(0, 8)}`;
  return { ...news, metadata: { ...metadata, name: generated } };
}

function objectOf(inputs: JsonObject): KubernetesObject {
  const { status: _, ...object } = reveal(inputs) as JsonObject;
  return object as KubernetesObject;
}

function idOf(inputs: JsonObject): string {
  if (!isObject(inputs['metadata'])) return String(inputs['name'] ?? 'release');
  const { name, namespace } = objectOf(inputs).metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** A live object without bookkeeping; the content of a Secret stays secret in the state. */
function tidy(live: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = isObject(live['metadata']) ? live['metadata'] : {};
  const hidden = live['kind'] === 'Secret' && isObject(live['data']) ? { data: secret(live['data']) } : {};
  return { ...live, metadata, ...hidden };
}

/** Another name, namespace or kind is another object. */
function identityOf(inputs: JsonObject): string {
  const { name, namespace } = isObject(inputs['metadata']) ? inputs['metadata'] : inputs;
  return JSON.stringify([inputs['apiVersion'], inputs['kind'], namespace, name]);
}
