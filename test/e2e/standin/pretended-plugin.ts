/**
 * Pretends to be the official plugin of a cloud, for the tests of what is put in front of it. It writes down what it is
 * asked, refuses a bucket named `refused`, completes inputs and plans, and fails where the real one would go to the cloud.
 *
 *     node pretended-plugin.ts <file to write to>
 */
import { appendFileSync } from 'node:fs';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DiffRequest,
  UpdateRequest,
} from '@pulumi/pulumi/proto/provider_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import type { Struct } from 'google-protobuf/google/protobuf/struct_pb.js';
import { checked } from './answers.ts';
import { fromStruct, toStruct, UNKNOWN } from './property-value.ts';
import { serve, unary } from './serve.ts';

const [, , file = ''] = process.argv;
const note = (call: string, values: Struct | undefined) =>
  appendFileSync(file, `${JSON.stringify({ call, values: fromStruct(values) })}\n`);

const planned = (inputs: Struct | undefined) => toStruct({ ...fromStruct(inputs), __meta: 'kept', arn: UNKNOWN });

serve(services.ResourceProviderService, {
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('v7.8.9')),
  checkConfig: unary((request: CheckRequest) => {
    note('checkConfig', request.getNews());
    return new provider.CheckResponse().setInputs(request.getNews());
  }),
  diffConfig: unary(() => new provider.DiffResponse()),
  configure: unary((request: ConfigureRequest) => {
    note('configure', request.getArgs());
    return new provider.ConfigureResponse();
  }),
  check: unary((request: CheckRequest) => {
    note('check', request.getNews());
    const inputs = fromStruct(request.getNews());
    const refusals = inputs['bucket'] === 'refused' ? [{ property: 'bucket', reason: 'refused by the plugin' }] : [];
    return checked({ ...inputs, forceDestroy: true }, refusals);
  }),
  diff: unary((_: DiffRequest) => new provider.DiffResponse().setReplacesList(['bucket'])),
  create: unary((request: CreateRequest) => {
    if (!request.getPreview()) throw new Error('it would have been created in the cloud');
    return new provider.CreateResponse().setProperties(planned(request.getProperties()));
  }),
  update: unary((request: UpdateRequest) => {
    if (!request.getPreview()) throw new Error('it would have been updated in the cloud');
    return new provider.UpdateResponse().setProperties(planned(request.getNews()));
  }),
});
