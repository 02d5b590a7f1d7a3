/** Puts the stand-ins where the engine looks for its plugins: executables of known names in a folder of PATH. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathFolders } from '../toolchain.ts';
import type { CloudProviderSettings } from './cloud-provider.ts';
import type { KubernetesProviderSettings } from './kubernetes-provider.ts';
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

/** Which program answers for a provider. */
export type Plugins = { readonly [name in ProviderName]?: 'stand-in' | 'official' };

/**
 * Writes the language host and the stand-ins. An official Kubernetes provider on PATH is left to do its work, because
 * it can do it on a loopback API server; the official provider of a cloud would go to the cloud.
 */
export function writePlugins({ folder, providers, callLog, typingsCache, outputs }: PluginOptions): Plugins {
  mkdirSync(folder, { recursive: true });
  writeExecutable(join(folder, 'pulumi-language-nodejs'), nodeScript('language-host.ts'));
  const plugins: { [name in ProviderName]?: 'stand-in' | 'official' } = {};
  for (const name of providers) {
    plugins[name] = name === 'kubernetes' && isOnPath('pulumi-resource-kubernetes') ? 'official' : 'stand-in';
    if (plugins[name] === 'official') continue;
    const kubernetes: KubernetesProviderSettings = { callLog, typingsCache };
    const script =
      name === 'kubernetes'
        ? nodeScript('kubernetes-provider.ts', kubernetes)
        : nodeScript('cloud-provider.ts', {
            ...{ name, npmPackage: packages[name], callLog, typingsCache, outputs },
          } satisfies CloudProviderSettings);
    writeExecutable(join(folder, `pulumi-resource-${name}`), script);
  }
  return plugins;
}

export function writeExecutable(file: string, script: string): void {
  writeFileSync(file, script, { mode: 0o755 });
}

function nodeScript(file: string, settings?: object): string {
  const args = [process.execPath, join(import.meta.dirname, file), ...(settings ? [JSON.stringify(settings)] : [])];
  return `#!/bin/sh\nexec ${args.map(quote).join(' ')} "$@"\n`;
}

/** One word for a POSIX shell. */
export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const isOnPath = (program: string): boolean => pathFolders().some((folder) => existsSync(join(folder, program)));
