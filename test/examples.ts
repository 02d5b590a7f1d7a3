// The examples as tests use them.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Platform, PlatformModel } from 'cdk8s-ai';
import type { Bindings } from '../lib/model/value.ts';
import { bindPlatform } from '../lib/render/bindings.ts';

/** One folder of `examples/`. */
export interface Example {
  readonly name: string;
  readonly platform: Platform;
  /** The model with its references filled from the recorded `bindings.json`, as the file renderers get it. */
  readonly bound: PlatformModel;
}

/** Names of the examples. */
export const exampleNames: readonly string[] = globSync('examples/*/platform.ts')
  .map((file) => basename(dirname(file)))
  .sort();

const loaded = new Map<string, Promise<Example>>();

/** An example, made once for all who look at it. */
export function loadExample(name: string): Promise<Example> {
  const example = loaded.get(name) ?? load(name);
  loaded.set(name, example);
  return example;
}

async function load(name: string): Promise<Example> {
  const folder = join('examples', name);
  const { platform } = (await import(resolve(folder, 'platform.ts'))) as { platform: Platform };
  const recorded = join(folder, 'bindings.json');
  const bindings = existsSync(recorded) ? (JSON.parse(readFileSync(recorded, 'utf8')) as Bindings) : {};
  return { name, platform, bound: bindPlatform(platform.model(), bindings) };
}
