import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type {
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  InvokeResponse,
  UpdateResponse,
} from '@pulumi/pulumi/proto/provider_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../toolchain.ts';
import { answer, type PluginProcess, startPlugin } from './plugin-process.ts';
import { nodeScript, writeExecutable, writePlugins } from './plugins.ts';
import { fromStruct, type JsonObject, toStruct, UNKNOWN } from './property-value.ts';

const folder = mkdtempSync(join(tmpdir(), 'official-'));
const asked = join(folder, 'asked');
const urn = 'urn:pulumi:test::project::aws:s3/bucket:Bucket::data';
let plugin: PluginProcess;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the official plugin was asked, with which values. */
const questions = (call: string) =>
  readFileSync(asked, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { call: string; values: JsonObject })
    .filter((one) => one.call === call)
    .map(({ values }) => values);

const check = (inputs: JsonObject) =>
  answer<CheckResponse>((reply) =>
    plugin.client.check(new provider.CheckRequest().setUrn(urn).setNews(toStruct(inputs)), reply),
  );
const create = (inputs: JsonObject, preview: boolean) =>
  answer<CreateResponse>((reply) =>
    plugin.client.create(
      new provider.CreateRequest().setUrn(urn).setProperties(toStruct(inputs)).setPreview(preview),
      reply,
    ),
  );

describe('the official plugin of a cloud that is on PATH', () => {
  let plugins: Awaited<ReturnType<typeof writePlugins>>;

  beforeAll(async () => {
    const [official, bin] = [join(folder, 'official'), join(folder, 'bin')];
    mkdirSync(official);
    writeExecutable(join(official, 'pulumi-resource-aws'), nodeScript('pretended-plugin.ts', asked));
    vi.stubEnv('PATH', [official, process.env['PATH']].join(delimiter));
    const typingsCache = join(cacheFolder, 'typings');
    plugins = await writePlugins({
      ...{ folder: bin, providers: ['aws'], callLog: join(folder, 'calls'), typingsCache, outputs: {} },
    });
    vi.unstubAllEnvs();
    plugin = await startPlugin(join(bin, 'pulumi-resource-aws'));
    const args = toStruct({ region: 'eu-west-1' });
    await answer<ConfigureResponse>((reply) =>
      plugin.client.configure(new provider.ConfigureRequest().setArgs(args), reply),
    );
  }, 120_000);

  afterAll(() => plugin.stop());

  test('is named with its version', () => {
    expect(plugins).toEqual({ aws: 'official 7.8.9 behind the stand-in' });
  });

  test('gets the settings of the program, and credentials that are none', () => {
    const [settings] = questions('configure');
    expect(settings).toMatchObject({ region: 'eu-west-1', accessKey: 'nobody', skipCredentialsValidation: 'true' });
  });

  test('checks a provider without leaving its own settings in the state', async () => {
    const news = { region: 'eu-west-1' };
    const judged = await answer<CheckResponse>((reply) =>
      plugin.client.checkConfig(new provider.CheckRequest().setNews(toStruct(news)), reply),
    );
    expect(fromStruct(judged.getInputs())).toEqual(news);
    expect(questions('checkConfig')).toMatchObject([{ accessKey: 'nobody' }]);
  });

  test('refuses inputs that the typings allow', async () => {
    const failures = (await check({ bucket: 'refused' })).getFailuresList();
    expect(failures.map((each) => `${each.getProperty()}: ${each.getReason()}`)).toEqual([
      'bucket: refused by the plugin',
    ]);
  });

  test('is not asked about inputs that the typings forbid', async () => {
    expect((await check({ bukket: 'x' })).getFailuresList()).toHaveLength(1);
    expect(questions('check')).not.toContainEqual({ bukket: 'x' });
  });

  test('completes the inputs', async () => {
    expect(fromStruct((await check({ bucket: 'data' })).getInputs())).toEqual({ bucket: 'data', forceDestroy: true });
  });

  test('tells what replaces a resource', async () => {
    const diff = await answer<DiffResponse>((reply) =>
      plugin.client.diff(new provider.DiffRequest().setUrn(urn), reply),
    );
    expect(diff.getReplacesList()).toEqual(['bucket']);
  });

  test('plans what a preview shows', async () => {
    const outputs = fromStruct((await create({ bucket: 'data' }, true)).getProperties());
    expect(outputs).toMatchObject({ bucket: 'data', __meta: 'kept', arn: UNKNOWN });
  });

  test('makes nothing: the stand-in invents what the plan leaves open', async () => {
    const made = await create({ bucket: 'data' }, false);
    expect(made.getId()).toMatch(/^bucket-/);
    const { arn, __meta } = fromStruct(made.getProperties());
    expect({ arn, __meta }).toEqual({ arn: 'arn:aws:s3:eu-west-1:123456789012:bucket/data', __meta: 'kept' });
    const request = new provider.UpdateRequest().setUrn(urn).setNews(toStruct({ bucket: 'data' }));
    const updated = await answer<UpdateResponse>((reply) => plugin.client.update(request, reply));
    expect(fromStruct(updated.getProperties())['arn']).toBe(arn);
  });

  test('is a stand-in alone where PATH has none', async () => {
    vi.stubEnv('PATH', folder);
    const typingsCache = join(cacheFolder, 'typings');
    const written = await writePlugins({
      ...{ folder: join(folder, 'without'), providers: ['aws'], callLog: '', typingsCache, outputs: {} },
    });
    vi.unstubAllEnvs();
    expect(written).toEqual({ aws: 'stand-in' });
  });

  test('calls no function', async () => {
    const request = new provider.InvokeRequest().setTok('aws:index/getRegion:getRegion').setArgs(toStruct({}));
    const result = await answer<InvokeResponse>((reply) => plugin.client.invoke(request, reply));
    expect(fromStruct(result.getReturn())['name']).toBe('eu-west-1');
  });
});

describe('the official plugin of Kubernetes that is on PATH', () => {
  const release = 'urn:pulumi:test::project::kubernetes:helm.sh/v3:Release::chart';
  const map = 'urn:pulumi:test::project::kubernetes:core/v1:ConfigMap::facts';
  const asks = join(folder, 'asked-of-kubernetes');
  let plugin: PluginProcess;

  beforeAll(async () => {
    const [official, bin] = [join(folder, 'official-kubernetes'), join(folder, 'bin-kubernetes')];
    mkdirSync(official, { recursive: true });
    writeExecutable(join(official, 'pulumi-resource-kubernetes'), nodeScript('pretended-plugin.ts', asks));
    vi.stubEnv('PATH', [official, process.env['PATH']].join(delimiter));
    const typingsCache = join(cacheFolder, 'typings');
    await writePlugins({
      ...{ folder: bin, providers: ['kubernetes'], callLog: join(folder, 'calls'), typingsCache, outputs: {} },
    });
    vi.unstubAllEnvs();
    plugin = await startPlugin(join(bin, 'pulumi-resource-kubernetes'));
  }, 120_000);
  afterAll(() => plugin.stop());

  const checked = async (urn: string, inputs: JsonObject) =>
    fromStruct(
      (
        await answer<CheckResponse>((reply) =>
          plugin.client.check(new provider.CheckRequest().setUrn(urn).setNews(toStruct(inputs)), reply),
        )
      ).getInputs(),
    );

  test('has the objects', async () => {
    expect(await checked(map, { metadata: { name: 'facts' } })).toHaveProperty('forceDestroy');
  });

  test('has no release, whose chart it would fetch', async () => {
    expect(await checked(release, { chart: 'volcano' })).toEqual({ chart: 'volcano' });
  });
});
