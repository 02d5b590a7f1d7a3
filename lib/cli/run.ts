import { parseCommand, USAGE, UsageError } from './arguments.ts';
import { packageManifest } from './package-manifest.ts';

/** Runs one command line and gives its exit code. The engine is loaded only by the commands that need it. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    const command = parseCommand(argv);
    if (command.name === 'help') return print(USAGE);
    if (command.name === 'version') return print(`${packageManifest().version}\n`);
    if (command.name === 'init') return (await import('./init/init.ts')).initCommand(command);
    const commands = await import('./commands.ts');
    if (command.name === 'check') return await commands.checkCommand(command);
    if (command.name === 'preflight') return await commands.preflightCommand(command);
    if (command.name === 'report') return await commands.reportCommand(command);
    return await commands.synthCommand(command);
  } catch (error) {
    if (error instanceof Error && error.name === 'PlatformError') return print(`${error.message}\n`, 1);
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`cdk8s-ai: ${error.message}\n\nRun 'cdk8s-ai --help' for the commands.\n`);
    return 2;
  }
}

function print(text: string, code = 0): number {
  process.stdout.write(text);
  return code;
}
