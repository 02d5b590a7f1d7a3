/** Values that a cloud takes although the list in the SDK's doc comment leaves them out, each with where the cloud says so. */
import type { Field, Typings } from './typings.ts';

const undocumentedValues = [
  {
    type: 'aws:eks/nodeGroup:NodeGroup',
    property: 'capacityType',
    values: ['CAPACITY_BLOCK'],
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html',
  },
] as const;

/** The typings with these values beside the documented ones. */
export function withUndocumentedValues(typings: Typings): Typings {
  const resources = { ...typings.resources };
  for (const { type, property, values } of undocumentedValues) {
    const resource = resources[type];
    const field = resource?.inputs[property];
    if (resource === undefined || field === undefined) continue;
    resources[type] = { ...resource, inputs: { ...resource.inputs, [property]: extended(field, values) } };
  }
  return { ...typings, resources };
}

function extended(field: Field, values: readonly string[]): Field {
  const { shape } = field;
  if (typeof shape !== 'object' || !('documented' in shape)) return field;
  return { ...field, shape: { ...shape, values: [...shape.values, ...values] } };
}
