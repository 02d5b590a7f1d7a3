// Stacks as a policy pack gets them.
import { type Input, UNKNOWN } from '../../lib/crossguard/inputs.ts';
import type { Stack, StackResource } from '../../lib/crossguard/stack.ts';
import { factsOf } from '../../lib/model/cluster-facts.ts';
import type { PlatformModel } from '../../lib/model/platform-model.ts';
import { type Registered, UNKNOWN as UNKNOWN_ON_THE_WIRE } from '../render/pulumi-engine.ts';

/** A resource with its inputs. */
export interface Deployed {
  readonly resource: StackResource;
  readonly inputs: Input;
}

/** What `deploy` makes of the platform, references left as they are, and what a program adds to its first cluster. */
export function stackOf(platform: PlatformModel, added: readonly Deployed[] = []): Stack {
  const all = [...platform.clusters.flatMap((cluster) => clusterOf(platform, cluster)), ...added];
  return {
    resources: all.map(({ resource }) => resource),
    inputs: new Map(all.map(({ resource, inputs }) => [resource.urn, inputs])),
  };
}

function clusterOf(platform: PlatformModel, cluster: PlatformModel['clusters'][number]): readonly Deployed[] {
  const { name } = cluster;
  const home = resource('cdk8s-ai:index:Cluster', name);
  const provider = resource('pulumi:providers:kubernetes', name, home);
  const units = cluster.units.flatMap(({ id, objects, charts }) => {
    const parent = resource('cdk8s-ai:index:Unit', `${name}/${id}`, home);
    return [
      ...objects.map(({ manifest }) => {
        const { namespace, name: own } = manifest.metadata;
        const type = `kubernetes:${manifest.apiVersion}:${manifest.kind}`;
        return deployed(type, `${name}/${id}/${namespace}/${own}`, manifest, parent, provider);
      }),
      ...charts.map(({ release, chart, repository, digest: _, hooks: __, ...rest }) => {
        const source = { name: release, chart, repositoryOpts: { repo: repository } };
        return deployed('kubernetes:helm.sh/v3:Release', release, { ...rest, ...source }, parent, provider);
      }),
    ];
  });
  const facts = { resource: resource('cdk8s-ai:index:Facts', name, home), inputs: factsOf(platform, cluster) as Input };
  return [{ resource: home, inputs: {} }, facts, { resource: provider, inputs: {} }, ...units];
}

/** An object that the program itself puts into the cluster `east`. */
export const addedObject = (name: string, inputs: object): Deployed =>
  deployed('kubernetes:core/v1:Pod', name, inputs, undefined, resource('pulumi:providers:kubernetes', 'east'));

function deployed(
  type: string,
  name: string,
  inputs: object,
  parent: StackResource | undefined,
  provider: StackResource,
): Deployed {
  return { resource: { ...resource(type, name, parent), provider }, inputs: inputs as Input };
}

function resource(type: string, name: string, parent?: StackResource): StackResource {
  return { urn: `urn:${type}::${name}`, type, name, ...(parent === undefined ? {} : { parent }) };
}

/** What a program registered with the mocks of the SDK. */
export function registeredStack(registered: readonly Registered[]): Stack {
  const resources = new Map<string, StackResource>();
  for (const { urn, type, name, parent, provider } of registered) {
    const above = resources.get(parent);
    resources.set(urn, {
      ...{ urn, type, name },
      ...(above === undefined ? {} : { parent: above }),
      ...(provider === '' ? {} : { provider: { urn: provider.slice(0, provider.lastIndexOf('::')) } }),
    });
  }
  return {
    resources: [...resources.values()],
    inputs: new Map(registered.map(({ urn, inputs }) => [urn, known(inputs)])),
  };
}

function known(value: unknown): Input {
  if (value === UNKNOWN_ON_THE_WIRE) return UNKNOWN;
  if (typeof value !== 'object' || value === null) return value as Input;
  if (Array.isArray(value)) return value.map(known);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, known(item)]));
}
