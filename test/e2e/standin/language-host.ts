/**
 * The Node language host of this lane: runs a program with the `@pulumi/pulumi` that the program itself resolves, on the
 * Node that runs this file. It honours the runtime options `typescript` and `nodeargs` of Pulumi.yaml, and installs nothing.
 * Policy packs are programs, too; of plugins it runs no other kind.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import services from '@pulumi/pulumi/proto/language_grpc_pb.js';
import type {
  LanguageHandshakeRequest,
  ProgramInfo,
  RunPluginRequest,
  RunPluginResponse,
  RunRequest,
} from '@pulumi/pulumi/proto/language_pb.js';
import language from '@pulumi/pulumi/proto/language_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { serve, unary } from './serve.ts';

/** With this status the SDK says that it has told the user itself what is wrong. */
const ALREADY_EXPLAINED = 32;

/** The engine passes its address as the last argument; newer ones repeat it in the handshake. */
let engine = process.argv.at(-1) ?? '';
const running = new Set<ChildProcess>();

serve(services.LanguageRuntimeService, {
  handshake: unary((request: LanguageHandshakeRequest) => {
    engine = request.getEngineAddress() || engine;
    return new language.LanguageHandshakeResponse();
  }),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('0.0.0')),
  // The plugins of this lane stand on PATH; nothing is to be fetched.
  getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
  getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
  run: unary(async (request: RunRequest) => {
    const status = await runProgram(request);
    const response = new language.RunResponse();
    if (status === ALREADY_EXPLAINED) return response.setBail(true);
    return status === 0 ? response : response.setError(`the program ended with ${status}`);
  }),
  runPlugin,
  about: unary(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  cancel: unary(() => {
    for (const program of running) program.kill();
    return new empty.Empty();
  }),
});

process.once('exit', () => {
  for (const program of running) program.kill();
});

function runProgram(request: RunRequest): Promise<number | string> {
  const info = request.getInfo();
  if (!info) throw new Error('this language host needs an engine that names the program folder');
  const runArgs = [
    ...['--monitor', request.getMonitorAddress(), '--engine', engine],
    ...['--project', request.getProject(), '--stack', request.getStack(), '--organization', request.getOrganization()],
    ...[
      '--pwd',
      request.getPwd(),
      '--root-directory',
      info.getRootDirectory(),
      '--parallel',
      `${request.getParallel()}`,
    ],
    ...(request.getDryrun() ? ['--dry-run'] : []),
  ];
  const program = start(info, '@pulumi/pulumi/cmd/run', [...runArgs, info.getEntryPoint(), ...request.getArgsList()], {
    cwd: request.getPwd(),
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: String(options(info)['typescript'] !== false),
    },
    // The engine shows what its language host prints as messages of the program.
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return ended(program);
}

/** Runs a policy pack in its own folder; what it prints goes to the engine, which reads its port there. */
function runPlugin(...[call]: Parameters<handleServerStreamingCall<RunPluginRequest, RunPluginResponse>>): void {
  const info = call.request.getInfo();
  if (!info || call.request.getKind() !== 'analyzer') {
    call.emit('error', new Error(`this language host runs policy packs only, no ${call.request.getKind()}`));
    return;
  }
  const folder = info.getProgramDirectory();
  const args = [...call.request.getArgsList(), folder];
  const pack = start(info, '@pulumi/pulumi/cmd/run-policy-pack', args, {
    cwd: folder,
    env: Object.fromEntries(call.request.getEnvList().map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  pack.stdout?.on('data', (chunk: Buffer) => call.write(new language.RunPluginResponse().setStdout(chunk)));
  pack.stderr?.on('data', (chunk: Buffer) => call.write(new language.RunPluginResponse().setStderr(chunk)));
  // The engine ends a plugin by giving up the call.
  call.on('cancelled', () => pack.kill());
  ended(pack).then(
    (status) => {
      call.write(new language.RunPluginResponse().setExitcode(typeof status === 'number' ? status : 1));
      call.end();
    },
    (error: unknown) => call.emit('error', error),
  );
}

const options = (info: ProgramInfo): Readonly<Record<string, unknown>> => info.getOptions()?.toJavaScript() ?? {};

/** Starts a module of the `@pulumi/pulumi` that the program resolves. */
function start(info: ProgramInfo, module: string, args: readonly string[], how: SpawnOptions): ChildProcess {
  const runner = createRequire(join(info.getProgramDirectory(), 'program.js')).resolve(module);
  const nodeArgs = String(options(info)['nodeargs'] ?? '')
    .split(' ')
    .filter(Boolean);
  const child = spawn(process.execPath, [...nodeArgs, runner, ...args], how);
  running.add(child);
  return child;
}

function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 'no status');
    });
  });
}
