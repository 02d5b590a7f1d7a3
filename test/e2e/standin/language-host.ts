/**
 * The Node language host of this lane: runs a program with the `@pulumi/pulumi` that the program itself resolves, on the
 * Node that runs this file. It honours the runtime options `typescript` and `nodeargs` of Pulumi.yaml, and installs nothing.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import services from '@pulumi/pulumi/proto/language_grpc_pb.js';
import type { LanguageHandshakeRequest, RunRequest } from '@pulumi/pulumi/proto/language_pb.js';
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
  const folder = info.getProgramDirectory();
  const options = info.getOptions()?.toJavaScript() ?? {};
  const runner = createRequire(join(folder, 'program.js')).resolve('@pulumi/pulumi/cmd/run');
  const nodeArgs = String(options['nodeargs'] ?? '')
    .split(' ')
    .filter(Boolean);
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
  const program = spawn(
    process.execPath,
    [...nodeArgs, runner, ...runArgs, info.getEntryPoint(), ...request.getArgsList()],
    {
      cwd: request.getPwd(),
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: String(options['typescript'] !== false),
      },
      // The engine shows what its language host prints as messages of the program.
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  running.add(program);
  return new Promise((resolve, reject) => {
    program.once('error', reject);
    program.once('close', (code, signal) => {
      running.delete(program);
      resolve(code ?? signal ?? 'no status');
    });
  });
}
