/** Puts the stand-ins where the engine looks for its plugins: executables of known names in a folder of PATH. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathFolders } from '../toolchain.ts';
import type { CloudProviderSettings } from './cloud-provider.ts';
import type { KubernetesProviderSettings } from './kubernetes-provider.ts';
import { versionOfPlugin } from './plugin-process.ts';
import type { JsonObject } from './property-value.ts';

/** Providers that a stack may use. A new cloud is one more line here and its npm package. */
const packages = {
  alicloud: '@pulumi/alicloud',
  aws: '@pulumi/aws',
  'azure-native': '@pulumi/azure-native',
  gcp: '@pulumi/gcp',
} as const;
export type Cloud = keyof typeof packages;
export type ProviderName = Cloud | 'kubernetes';

export interface PluginOptions {
  /** Where the executables are written. */
  readonly folder: string;
  readonly providers: readonly ProviderName[];
  /** File that records the calls to the stand-ins, one JSON document a line. */
  readonly callLog: string;
  readonly typingsCache: string;
  /** What a stand-in gives instead of what it invents: outputs by resource type, results by function. */
  readonly outputs: { readonly [token: string]: JsonObject };
}

/** Which program answers for a provider: `stand-in`, `official 4.34.2 behind the stand-in`. */
export type Plugins = { readonly [name in ProviderName]?: string };

/**
 * Writes the language host and the stand-ins. An official plugin on PATH works behind its stand-in, which keeps that of a
 * cloud from the cloud and that of Kubernetes from the repositories of charts.
 */
export async function writePlugins({
  folder,
  providers,
  callLog,
  typingsCache,
  outputs,
}: PluginOptions): Promise<Plugins> {
  mkdirSync(folder, { recursive: true });
  writeExecutable(join(folder, 'pulumi-language-nodejs'), nodeScript('language-host.ts'));
  const plugins: { [name in ProviderName]?: string } = {};
  for (const name of providers) {
    const official = onPath(`pulumi-resource-${name}`);
    plugins[name] = official ? `official ${await versionOfPlugin(official)} behind the stand-in` : 'stand-in';
    const shared = { callLog, typingsCache, ...(official && { official }) };
    const kubernetes: KubernetesProviderSettings = shared;
    const script =
      name === 'kubernetes'
        ? nodeScript('kubernetes-provider.ts', JSON.stringify(kubernetes))
        : nodeScript(
            'cloud-provider.ts',
            JSON.stringify({ ...shared, name, npmPackage: packages[name], outputs } satisfies CloudProviderSettings),
          );
    writeExecutable(join(folder, `pulumi-resource-${name}`), script);
  }
  return plugins;
}

export function writeExecutable(file: string, script: string): void {
  writeFileSync(file, script, { mode: 0o755 });
}

/** A shell script that runs a file of this folder, with `words` before what it is called with. */
export function nodeScript(file: string, ...words: readonly string[]): string {
  const args = [process.execPath, join(import.meta.dirname, file), ...words];
  return `#!/bin/sh\nexec ${args.map(quote).join(' ')} "$@"\n`;
}

/** One word for a POSIX shell. */
export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const onPath = (program: string): string | undefined =>
  pathFolders()
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
