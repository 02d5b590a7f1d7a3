/**
 * Stand-in for the provider plugin of a cloud. It speaks the provider protocol to the real engine, refuses what the
 * typings of the provider's npm package do not allow, and answers with outputs of the declared shape. By itself it cannot
 * tell which changes would replace a resource, and it knows no rule of the cloud beyond the typings.
 *
 * With the official plugin behind it, that one checks the inputs, too, tells differences and plans what is made; the
 * stand-in answers what would go to the cloud.
 *
 *     node cloud-provider.ts '<JSON of CloudProviderSettings>' [address of the engine]
 */

import { createHash } from 'node:crypto';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type {
  CheckRequest,
  CheckResponse,
  ConfigureRequest,
  ConfigureResponse,
  CreateRequest,
  CreateResponse,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
  UpdateResponse,
} from '@pulumi/pulumi/proto/provider_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { changes, checked, failures } from './answers.ts';
import { checkInputs } from './check-inputs.ts';
import { type Choose, completeOutputs, fakeOutputs, unknownOutputs } from './fake-outputs.ts';
import { ACCOUNT, knownFunctions } from './known-functions.ts';
import { offlineSettings } from './offline-settings.ts';
import { answer, startPlugin } from './plugin-process.ts';
import type { Cloud } from './plugins.ts';
import { fromStruct, type JsonObject, parseUrn, reveal, toStruct } from './property-value.ts';
import { callLog, serve, unary } from './serve.ts';
import { type Fields, loadTypings } from './typings.ts';
import { withUndocumentedValues } from './undocumented-values.ts';

export interface CloudProviderSettings {
  /** Name of the provider in type tokens, `aws`. */
  readonly name: Cloud;
  /** The npm package with its typings, `@pulumi/aws`. */
  readonly npmPackage: string;
  readonly callLog: string;
  readonly typingsCache: string;
  /** File of the official plugin. */
  readonly official?: string;
  /** Values that take the place of invented outputs, by resource type, and of invented results, by function. */
  readonly outputs: { readonly [token: string]: JsonObject };
}

const settings = JSON.parse(process.argv[2] ?? '{}') as CloudProviderSettings;
const typings = withUndocumentedValues(await loadTypings(settings.npmPackage, settings.typingsCache));
const log = callLog(settings.callLog, settings.name);
const official = settings.official && (await startPlugin(settings.official, process.argv.slice(3))).client;
let region = 'us-east-1';

serve(services.ResourceProviderService, {
  handshake: unary(() => new provider.ProviderHandshakeResponse().setAcceptSecrets(true)),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(typings.version)),
  cancel: unary(() => new empty.Empty()),

  checkConfig: unary(async (request: CheckRequest) => {
    const inputs = fromStruct(request.getNews());
    const refusals = checkInputs(typings, typings.provider, decodeConfig(inputs), `the provider ${settings.name}`);
    if (!official || refusals.length > 0) return checked(inputs, refusals);
    const offline = request.clone().setNews(toStruct(withoutCloud(inputs)));
    const judged = await answer<CheckResponse>((reply) => official.checkConfig(offline, reply));
    // The settings of the program stay what they are.
    return judged.setInputs(request.getNews());
  }),
  diffConfig: unary((request: DiffRequest) =>
    official ? answer<DiffResponse>((reply) => official.diffConfig(request, reply)) : changes(request),
  ),
  configure: unary(async (request: ConfigureRequest) => {
    const config = fromStruct(request.getArgs());
    if (typeof config['region'] === 'string') region = config['region'];
    if (official) {
      const offline = request.clone().setArgs(toStruct(withoutCloud(config)));
      // Some plugins still read the older form.
      for (const [key, value] of Object.entries(offlineSettings[settings.name]))
        offline.getVariablesMap().set(`${settings.name}:config:${key}`, value);
      await answer<ConfigureResponse>((reply) => official.configure(offline, reply));
    }
    log({ call: 'configure' });
    return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
  }),

  check: unary(async (request: CheckRequest) => {
    const urn = request.getUrn();
    const inputs = fromStruct(request.getNews());
    const { type } = parseUrn(urn);
    const resource = typings.resources[type];
    const refusals = resource
      ? checkInputs(typings, resource.inputs, inputs, type)
      : [{ property: '', reason: `${typings.package} ${typings.version} has no resource type ${type}` }];
    const judged =
      official && refusals.length === 0
        ? await answer<CheckResponse>((reply) => official.check(request, reply))
        : checked(inputs, refusals);
    const refused = judged.getFailuresList().map((each) => `${each.getProperty()}: ${each.getReason()}`);
    log({ call: 'check', urn, ...(refused.length > 0 && { refused }) });
    return judged;
  }),
  diff: unary((request: DiffRequest) => {
    log({ call: 'diff', urn: request.getUrn() });
    return official ? answer<DiffResponse>((reply) => official.diff(request, reply)) : changes(request);
  }),
  create: unary(async (request: CreateRequest) => {
    const urn = request.getUrn();
    const preview = request.getPreview();
    log({ call: 'create', urn, ...(preview && { preview }) });
    const plan = request.clone().setPreview(true);
    const planned = official ? await answer<CreateResponse>((reply) => official.create(plan, reply)) : request;
    const outputs = outputsOf(urn, fromStruct(planned.getProperties()), preview);
    return new provider.CreateResponse().setId(preview ? '' : idOf(urn)).setProperties(toStruct(outputs));
  }),
  update: unary(async (request: UpdateRequest) => {
    const urn = request.getUrn();
    const preview = request.getPreview();
    log({ call: 'update', urn, ...(preview && { preview }) });
    const plan = request.clone().setPreview(true);
    const planned = official
      ? (await answer<UpdateResponse>((reply) => official.update(plan, reply))).getProperties()
      : request.getNews();
    // Nothing that the cloud once chose changes with an update.
    return new provider.UpdateResponse().setProperties(toStruct(outputsOf(urn, fromStruct(planned), false)));
  }),
  read: unary((request: ReadRequest) => {
    log({ call: 'read', urn: request.getUrn() });
    const outputs = outputsOf(request.getUrn(), fromStruct(request.getProperties()), false);
    const response = new provider.ReadResponse().setId(request.getId()).setProperties(toStruct(outputs));
    return response.setInputs(request.getInputs());
  }),
  delete: unary((request: DeleteRequest) => {
    log({ call: 'delete', urn: request.getUrn() });
    return new empty.Empty();
  }),

  invoke: unary((request: InvokeRequest) => {
    const token = request.getTok();
    const args = fromStruct(request.getArgs());
    log({ call: 'invoke', token });
    const declared = typings.functions[token];
    if (!declared) throw new Error(`${typings.package} ${typings.version} has no function ${token}`);
    const refusals = checkInputs(typings, declared.args, args, token);
    if (refusals.length > 0) return new provider.InvokeResponse().setFailuresList(failures(refusals));
    const known = { ...args, ...knownFunctions[token]?.(args, { region }), ...settings.outputs[token] };
    const choose = fakeOutputs(
      typings,
      `${token} ${JSON.stringify(args)}`,
      `arn:aws:stand-in:${region}:${ACCOUNT}:function`,
    );
    return new provider.InvokeResponse().setReturn(toStruct(completeOutputs(typings, declared.result, known, choose)));
  }),
});

/** The settings of the official plugin with which it asks nothing of the cloud. */
const withoutCloud = (config: JsonObject): JsonObject => ({ ...config, ...offlineSettings[settings.name] });

function outputsOf(urn: string, inputs: JsonObject, preview: boolean): JsonObject {
  const { type, name } = parseUrn(urn);
  const fields: Fields = typings.resources[type]?.outputs ?? {};
  const [, module = '', kind = ''] = type.split(':');
  const arn = `arn:aws:${module.split('/')[0]}:${region}:${ACCOUNT}:${kind.toLowerCase()}/${name}`;
  const invented = fakeOutputs(typings, urn, arn);
  const preset = settings.outputs[type] ?? {};
  const choose: Choose = preview
    ? unknownOutputs
    : (path, shape) => preset[path] ?? derived(path, inputs) ?? invented(path, shape);
  return completeOutputs(typings, fields, inputs, choose);
}

/** Outputs that follow from the inputs. */
function derived(path: string, inputs: JsonObject) {
  if (path === 'region') return region;
  return path === 'tagsAll' ? reveal(inputs['tags'] ?? {}) : undefined;
}

const idOf = (urn: string): string =>
  `${parseUrn(urn).type.split(':').at(-1)?.toLowerCase()}-${createHash('sha256').update(urn).digest('hex').slice(0, 17)}`;

/** The SDK sends everything but texts as JSON to a provider's configuration. `version` is the engine's own. */
function decodeConfig(config: JsonObject): JsonObject {
  const decode = (name: string) => {
    const value = config[name] ?? null;
    const shape = typings.provider[name]?.shape;
    return typeof value === 'string' && shape !== undefined && shape !== 'string' ? JSON.parse(value) : value;
  };
  const names = Object.keys(config).filter((name) => name !== 'version');
  return Object.fromEntries(names.map((name) => [name, decode(name)]));
}
