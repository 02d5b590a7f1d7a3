import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { PlatformError } from '../model/errors.ts';
import type { Manifest } from '../model/kubernetes.ts';
import { declareFact, type UnitFact } from './fact.ts';
import { isDnsSubdomain, pathOf } from './names.ts';

/**
 * The one leaf chart of a construct that owns objects. Charts are never nested: cdk8s makes an outer chart depend on an
 * inner one, which would put a namespace after its content.
 */
export class LeafChart extends Chart {
  constructor(scope: Construct, unit: UnitFact) {
    super(scope, 'objects', { disableResourceNameHashes: true });
    declareFact(this, { kind: 'unit', model: unit });
  }

  /**
   * Adds an object under an id that is its place in the construct tree.
   *
   * @throws PlatformError NAME-001 when Kubernetes would refuse the name
   */
  add(id: string, manifest: Manifest): ApiObject {
    const { name } = manifest.metadata;
    if (!isDnsSubdomain(name)) {
      throw new PlatformError(
        'NAME-001',
        `${pathOf(this)}/${id}`,
        `${manifest.kind} ${JSON.stringify(name)} is not a name that Kubernetes accepts`,
        "Use lower-case letters, digits, '-' and '.', at most 253 characters.",
      );
    }
    return new ApiObject(this, id, manifest as unknown as ConstructorParameters<typeof ApiObject>[2]);
  }
}
