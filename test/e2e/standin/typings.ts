/**
 * What a provider's npm package says about its resources and functions, as plain data read from its `.d.ts` files.
 * A stand-in provider validates against it and makes its outputs from it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'any'
  /** `documented`: the list stands in the doc comment and not in the type. */
  | { readonly values: readonly (string | number | boolean)[]; readonly documented?: true }
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Fields }
  /** Name in `Typings.types`. */
  | { readonly type: string }
  | { readonly either: readonly Shape[] };

export type Fields = { readonly [name: string]: Field };

export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}

export interface Typings {
  /** The npm package, for messages. */
  readonly package: string;
  readonly version: string;
  /** By type token, `aws:eks/cluster:Cluster`. */
  readonly resources: { readonly [token: string]: { readonly inputs: Fields; readonly outputs: Fields } };
  /** By function token. */
  readonly functions: { readonly [token: string]: { readonly args: Fields; readonly result: Fields } };
  /** Inputs of the explicit provider. */
  readonly provider: Fields;
  /** Nested types and enums by their qualified name, `inputs.eks.ClusterVpcConfig`, `enums.iam.PolicyStatementEffect`. */
  readonly types: { readonly [name: string]: Shape };
}

const require = createRequire(import.meta.url);
const extractor = new URL('./extract-typings.ts', import.meta.url);

/**
 * The typings of an installed provider package. Extraction takes seconds for the big ones, so the result is kept in
 * `cacheFolder` under the version of the package and a hash of the extractor.
 */
export async function loadTypings(npmPackage: string, cacheFolder: string): Promise<Typings> {
  const manifest = require.resolve(`${npmPackage}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const edition = createHash('sha256').update(readFileSync(extractor)).digest('hex').slice(0, 8);
  const cached = join(cacheFolder, `${npmPackage.replace(/\W+/g, '-').replace(/^-/, '')}-${version}-${edition}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, 'utf8')) as Typings;

  const { extractTypings } = await import('./extract-typings.ts');
  const typings = extractTypings(dirname(manifest), npmPackage, version);
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(`${cached}.${process.pid}`, JSON.stringify(typings));
  renameSync(`${cached}.${process.pid}`, cached);
  return typings;
}

/** The shape behind a name; a name that the package does not export accepts anything. */
export const resolve = (typings: Typings, shape: Shape): Shape =>
  typeof shape === 'object' && 'type' in shape ? (typings.types[shape.type] ?? 'any') : shape;
