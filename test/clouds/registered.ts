// What the tests of the clouds ask of the resources that a program registers.
import type { Registered } from '../render/pulumi-engine.ts';

/** The resources whose type ends so, such as `NodePool`. */
export function ofType(resources: readonly Registered[], type: string): readonly Registered[] {
  return resources.filter((resource) => resource.type.endsWith(`:${type}`));
}

/** The one resource of the type and name. */
export function one(resources: readonly Registered[], type: string, name: string): Registered {
  const [found, ...rest] = ofType(resources, type).filter((resource) => resource.name === name);
  if (found === undefined || rest.length > 0) throw new Error(`not one ${type} is called ${name}`);
  return found;
}

/** Names of what the resource waits for. */
export function needs(resource: Registered | undefined): readonly string[] {
  return (resource?.dependencies ?? []).map((urn) => urn.slice(urn.lastIndexOf('::') + 2));
}

/** The provider of the objects in the cluster. */
export function kubernetesProvider(resources: readonly Registered[]): Registered | undefined {
  return resources.find(({ type }) => type === 'pulumi:providers:kubernetes');
}
