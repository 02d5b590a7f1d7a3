/** One stack of the real engine in a folder of its own: file backend, stand-in providers, nothing of the user's machine. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { runFolder } from '../run-folder.ts';
import { type Plugins, type ProviderName, writeExecutable, writePlugins } from '../standin/plugins.ts';
import type { JsonObject } from '../standin/property-value.ts';
import type { Call } from '../standin/serve.ts';
import { cacheFolder, type Program } from '../toolchain.ts';
import { type Deployment, type Plan, plannedResource, type RawResource, type Step } from './plan.ts';
import { run } from './pulumi-cli.ts';

const STACK = 'test';
const repository = resolve(import.meta.dirname, '../../..');

export interface StackOptions {
  readonly pulumi: Program;
  /** Folder with a Pulumi.yaml. Nothing is written to it. */
  readonly program: string;
  readonly providers: readonly ProviderName[];
  /** Stack configuration, `{ 'aws:region': 'eu-west-1' }`. */
  readonly config?: { readonly [key: string]: string };
  /** Stack configuration that is encrypted. */
  readonly secretConfig?: { readonly [key: string]: string };
  /** Folder with the states of several stacks, which can then refer to each other. @default - one for this stack alone */
  readonly state?: string;
  /** Added to the environment of the program and of the providers. */
  readonly env?: { readonly [name: string]: string };
  /** What the stand-in of a cloud gives instead of what it invents: outputs by resource type, results by function. */
  readonly outputs?: { readonly [token: string]: JsonObject };
  /** Shell scripts by name, put first on PATH of the program and of the providers. */
  readonly executables?: { readonly [name: string]: string };
  /** Folder of a policy pack that judges every `preview` and `up`. The stack uses a copy of it. */
  readonly policyPack?: string;
  /** Enforcement levels by policy, `{ 'QUOTA-002': 'disabled' }`. */
  readonly policyConfig?: { readonly [policy: string]: string };
}

/** What a policy of the pack reported. */
export interface PolicyFinding {
  readonly policy: string;
  readonly level: string;
  readonly urn: string;
  readonly message: string;
}

export interface Stack {
  /** Who answers for each provider of the stack: a stand-in or the official plugin. */
  readonly plugins: Plugins;
  /** @throws with the engine's messages when the engine or a provider refuses */
  preview(): Promise<Plan>;
  /** Deploys; the plan holds the resulting state. @throws like `preview` */
  up(): Promise<Deployment>;
  /** Reads everything from the providers again; the plan holds the resulting state. @throws like `preview` */
  refresh(): Promise<Deployment>;
  /** What a destroy does before it deletes anything. @throws like `preview`, for what is protected, too */
  previewDestroy(): Promise<void>;
  /** Deletes everything; the plan holds what is left. @throws like `preview`, with whatever was deleted before it stopped */
  destroy(): Promise<Deployment>;
  /** Outputs of the program; secret ones read `[secret]`. */
  outputs(): Promise<JsonObject>;
  /** The state as text, the way it lies in the backend: to look for what must not be in it. */
  exportText(): Promise<string>;
  /** Takes the protection from every resource, as a user does before a last `destroy`. */
  unprotect(): Promise<void>;
  /** Changes the stack configuration. */
  configure(config: { readonly [key: string]: string }): Promise<void>;
  /** All calls to the stand-ins so far, in order. */
  calls(): readonly Call[];
  /** What the policy pack reported on the last `preview` or `up`, also on one that it made fail. */
  findings(): readonly PolicyFinding[];
  /** Removes everything that the stack has left on this machine. Deployed objects stay. */
  remove(): void;
}

/** Makes a stack, hands it to `use`, and removes it afterwards, whatever happens. */
export async function withStack(options: StackOptions, use: (stack: Stack) => Promise<void>): Promise<void> {
  const stack = await openStack(options);
  try {
    await use(stack);
  } finally {
    stack.remove();
  }
}

/** Makes a stack that the caller removes; it goes with this process at the latest. */
async function openStack(options: StackOptions): Promise<Stack> {
  const folder = mkdtempSync(join(runFolder(), 'pulumi-'));
  const bin = join(folder, 'bin');
  const project = join(folder, 'project');
  const callLog = join(folder, 'calls.jsonl');
  const state = options.state ?? join(folder, 'state');
  for (const path of [project, join(folder, 'home'), state]) mkdirSync(path, { recursive: true });
  writeFileSync(callLog, '');
  const typingsCache = join(cacheFolder, 'typings');
  const { providers, outputs = {} } = options;
  const plugins = await writePlugins({ folder: bin, providers, callLog, typingsCache, outputs });
  for (const [name, script] of Object.entries(options.executables ?? {})) writeExecutable(join(bin, name), script);
  writeProject(project, options.program);

  const eventLog = join(folder, 'events.jsonl');
  const judging = policyArguments(folder, options, eventLog);
  const env = environment(folder, bin, state, options.env ?? {});
  const pulumi = async (...args: string[]): Promise<string> => {
    const { ok, stdout, stderr } = await run(
      options.pulumi.path,
      [...args, '--non-interactive', '--color=never'],
      project,
      env,
    );
    if (!ok) throw new Error(`pulumi ${args.join(' ')} failed\n${messages(stdout)}${stderr}`);
    return stdout;
  };
  const configure = async (config: StackOptions['config'] = {}, flag = '--plaintext') => {
    const pairs = Object.entries(config).flatMap(([key, value]) => [flag, `${key}=${value}`]);
    if (pairs.length > 0) await pulumi('config', 'set-all', ...pairs);
  };
  const change = async (...args: string[]): Promise<Deployment> => {
    const events = eventsIn(await pulumi(...args, '--yes', '--json'));
    const { deployment } = JSON.parse(await pulumi('stack', 'export')) as Exported;
    return {
      resources: (deployment.resources ?? []).map((each) => plannedResource(each, 'same')),
      changes: events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {},
      steps: events.flatMap(stepsIn),
    };
  };

  await pulumi('stack', 'init', STACK);
  await configure(options.config);
  await configure(options.secretConfig, '--secret');
  return {
    plugins,
    preview: async () => planIn(await pulumi('preview', '--json', '--show-sames', ...judging)),
    up: () => change('up', '--skip-preview', ...judging),
    refresh: () => change('refresh', '--skip-preview'),
    previewDestroy: async () => void (await pulumi('destroy', '--preview-only', '--json')),
    destroy: () => change('destroy', '--skip-preview'),
    outputs: async () => JSON.parse(await pulumi('stack', 'output', '--json')) as JsonObject,
    exportText: () => pulumi('stack', 'export'),
    unprotect: async () => void (await pulumi('state', 'unprotect', '--all', '--yes')),
    configure: (config) => configure(config),
    calls: () => linesOf(readFileSync(callLog, 'utf8')).map((line) => JSON.parse(line) as Call),
    findings: () => eventsIn(readFileSync(eventLog, 'utf8')).flatMap(findingsIn),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A copy of the program's own Pulumi.yaml that leads to the program, so that the stack's files stay out of its folder. */
function writeProject(folder: string, program: string): void {
  const settings = parse(readFileSync(join(program, 'Pulumi.yaml'), 'utf8')) as { main?: string };
  const main = resolve(program, settings.main ?? '.');
  writeFileSync(join(folder, 'Pulumi.yaml'), JSON.stringify({ ...settings, main }));
}

/** A copy of the pack that resolves packages as one in a project of a user does, and the options that put it to use. */
function policyArguments(folder: string, { policyPack, policyConfig }: StackOptions, eventLog: string): string[] {
  if (policyPack === undefined) return [];
  const copy = join(folder, 'policy-pack');
  const packages = join(copy, 'node_modules');
  cpSync(policyPack, copy, { recursive: true });
  mkdirSync(packages);
  symlinkSync(repository, join(packages, 'cdk8s-ai'));
  symlinkSync(join(repository, 'node_modules', '@pulumi'), join(packages, '@pulumi'));
  const pack = ['--policy-pack', copy, '--event-log', eventLog];
  if (policyConfig === undefined) return pack;
  const config = join(folder, 'policy-config.json');
  writeFileSync(config, JSON.stringify(policyConfig));
  return [...pack, '--policy-pack-config', config];
}

/** The caller's environment without what would lead a program or a provider to the user's own accounts and clusters. */
function environment(
  folder: string,
  bin: string,
  state: string,
  added: { readonly [name: string]: string },
): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(PULUMI|AWS|GOOGLE|CLOUDSDK|AZURE|ARM|ALICLOUD|ALIBABA|KUBECONFIG)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    // The repository's programs import the library's sources.
    NODE_OPTIONS: '--conditions=source',
    PULUMI_HOME: join(folder, 'home'),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'not a secret: the stack lives for one test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    // For --event-log.
    PULUMI_DEBUG_COMMANDS: 'true',
    ...added,
  };
}

interface EngineEvent {
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
  readonly summaryEvent?: { readonly resourceChanges: Plan['changes'] };
  readonly resourcePreEvent?: StepEvent;
  readonly resOutputsEvent?: StepEvent;
  readonly policyEvent?: {
    readonly policyName: string;
    readonly enforcementLevel: string;
    readonly resourceUrn?: string;
    readonly message: string;
  };
}

interface StepEvent {
  readonly metadata: { readonly op: string; readonly urn: string };
}

interface Preview {
  readonly steps?: readonly { readonly op: string; readonly newState?: RawResource; readonly oldState?: RawResource }[];
  readonly changeSummary?: Plan['changes'];
  readonly diagnostics?: readonly { readonly severity: string; readonly message: string }[];
}

interface Exported {
  readonly deployment: { readonly resources?: readonly RawResource[] };
}

function planIn(preview: string): Plan {
  const { steps = [], changeSummary = {} } = JSON.parse(preview) as Preview;
  const resources = steps.flatMap(({ op, newState, oldState }) => {
    const state = newState ?? oldState;
    return state ? [plannedResource(state, op)] : [];
  });
  return { resources, changes: changeSummary };
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

const eventsIn = (text: string): EngineEvent[] => linesOf(text).map((line) => JSON.parse(line) as EngineEvent);

function stepsIn({ resourcePreEvent, resOutputsEvent }: EngineEvent): Step[] {
  const metadata = (resourcePreEvent ?? resOutputsEvent)?.metadata;
  if (!metadata) return [];
  return [{ urn: metadata.urn, operation: metadata.op, moment: resourcePreEvent ? 'begin' : 'end' }];
}

function findingsIn({ policyEvent }: EngineEvent): PolicyFinding[] {
  if (!policyEvent) return [];
  const { policyName, enforcementLevel, resourceUrn = '', message } = policyEvent;
  return [{ policy: policyName, level: enforcementLevel, urn: resourceUrn, message }];
}

/** The errors and warnings in the JSON that a failed command has printed: one document, or one a line. */
function messages(stdout: string): string {
  try {
    const documents = /^\{\n/.test(stdout) ? [JSON.parse(stdout) as Preview] : [];
    const events = documents.length > 0 ? [] : eventsIn(stdout);
    const all = [...documents.flatMap((each) => each.diagnostics ?? []), ...events.map((each) => each.diagnosticEvent)];
    return all.map((each) => (each && each.severity !== 'debug' ? `${each.severity}: ${each.message}` : '')).join('');
  } catch {
    return stdout;
  }
}
