import type { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { PlatformError } from '../model/errors.ts';
import { markersIn, type Value } from '../model/value.ts';
import { enclosing } from './fact.ts';
import { pathOf } from './names.ts';

/** Where the files of a model are: `registry.model('classifier', 3)`. */
export interface ModelSource {
  /** Address as KServe's storage initializer reads it. */
  readonly uri: Value<string>;
  /** The objects that must be there before the model can be fetched. @default - none that this program makes */
  readonly from?: Chart;
  /** Namespaces whose pods reach it over the network. @default - not restricted */
  readonly reachedFrom?: readonly string[];
}

/**
 * What KServe fetches by itself, and the registry of this library.
 *
 * @see https://kserve.github.io/website/docs/model-serving/storage/overview
 */
const SCHEMES = ['s3', 'gs', 'hf', 'pvc', 'oci', 'https', 'http', 'hdfs', 'webhdfs', 'file', 'mlflow'];

/** How the address of a model of a registry begins; the name of the registry's Service follows. */
export const REGISTRY_SCHEME = 'mlflow://';

/** @throws PlatformError MODEL-001 when KServe cannot fetch from such an address; MODEL-002 for a registry out of reach */
export function modelSource(construct: IConstruct, model: Value<string> | ModelSource): ModelSource {
  const source: ModelSource = typeof model === 'object' && 'uri' in model ? model : { uri: model };
  checkReach(construct, source);
  const text = String(source.uri);
  const scheme = text.slice(0, Math.max(text.indexOf('://'), 0));
  const isReference = text.startsWith('[[') && markersIn(text).length > 0;
  if (SCHEMES.includes(scheme) || isReference) return source;
  throw new PlatformError(
    'MODEL-001',
    pathOf(construct),
    `KServe cannot fetch a model from '${text}'`,
    `Start the address with one of ${SCHEMES.map((known) => `${known}://`).join(', ')}, or take it from a registry: registry.model('name', 1).`,
  );
}

function checkReach(construct: IConstruct, { uri, reachedFrom }: ModelSource): void {
  const namespace = enclosing(construct, 'tenant')?.namespace;
  if (reachedFrom === undefined || namespace === undefined || reachedFrom.includes(namespace)) return;
  throw new PlatformError(
    'MODEL-002',
    pathOf(construct),
    `pods of namespace '${namespace}' do not reach the registry of '${uri}'`,
    'Share the registry with the tenant: sharedWith: [tenant].',
  );
}

/** Whether the files come from outside of the tenant's namespace, over the network. */
export function isRemote({ uri }: ModelSource): boolean {
  const text = String(uri);
  return ![REGISTRY_SCHEME, 'pvc://', 'file://', 'oci://'].some((scheme) => text.startsWith(scheme));
}
