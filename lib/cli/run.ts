import { readFileSync } from 'node:fs';
import { parseCommand, USAGE, UsageError } from './arguments.ts';

/** Runs one command line and gives its exit code. The engine is loaded only by the commands that need it. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    const command = parseCommand(argv);
    if (command.name === 'help') return print(USAGE);
    if (command.name === 'version') return print(`${packageVersion()}\n`);
    const commands = await import('./commands.ts');
    if (command.name === 'check') return await commands.checkCommand(command);
    if (command.name === 'preflight') return await commands.preflightCommand(command);
    return await commands.synthCommand(command);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`cdk8s-ai: ${error.message}\n\nRun 'cdk8s-ai --help' for the commands.\n`);
    return 2;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function packageVersion(): string {
  // The sources are one folder less deep than the compiled files.
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'cdk8s-ai') return version;
    } catch {
      // Not there: look one folder further up.
    }
  }
  return 'unknown';
}
