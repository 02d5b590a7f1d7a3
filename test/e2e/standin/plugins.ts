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

/** Which program answers for a provider: `stand-in`, `official 4.34.2`, `official 3.108.0 behind the stand-in`. */
export type Plugins = { readonly [name in ProviderName]?: string };

/**
 * Writes the language host and the stand-ins. An official Kubernetes provider on PATH is left to do its work, because
 * it can do it on a loopback API server. The official provider of a cloud checks and plans behind the stand-in, which
 * keeps it from the cloud.
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
    const found = official && `official ${await versionOfPlugin(official)}`;
    const file = join(folder, `pulumi-resource-${name}`);
    if (name === 'kubernetes') {
      plugins[name] = found ?? 'stand-in';
      const settings: KubernetesProviderSettings = { callLog, typingsCache };
      if (!official) writeExecutable(file, nodeScript('kubernetes-provider.ts', JSON.stringify(settings)));
      continue;
    }
    plugins[name] = found ? `${found} behind the stand-in` : 'stand-in';
    const settings: CloudProviderSettings = {
      ...{ name, npmPackage: packages[name], callLog, typingsCache, outputs },
      ...(official && { official }),
    };
    writeExecutable(file, nodeScript('cloud-provider.ts', JSON.stringify(settings)));
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
