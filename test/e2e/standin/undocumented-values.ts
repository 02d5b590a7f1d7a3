/** Values that the SDK's doc comments do not tell, each with where the cloud says so. */
import type { Field, Fields, Shape, Typings } from './typings.ts';

interface Known {
  /** A resource type, or the name of a nested type. */
  readonly type: string;
  readonly property: string;
  /** Beside the documented ones, or all where none is documented. */
  readonly values: readonly string[];
  readonly source: string;
}

const known: readonly Known[] = [
  {
    type: 'aws:eks/nodeGroup:NodeGroup',
    property: 'capacityType',
    values: ['CAPACITY_BLOCK'],
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html',
  },
  {
    type: 'inputs.container.NodePoolNodeConfigTaint',
    property: 'effect',
    values: ['NO_SCHEDULE', 'PREFER_NO_SCHEDULE', 'NO_EXECUTE'],
    source: 'https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/NodeConfig',
  },
  {
    type: 'inputs.cs.NodePoolTaint',
    property: 'effect',
    values: ['NoSchedule', 'NoExecute', 'PreferNoSchedule'],
    source:
      'https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/developer-reference/api-cs-2015-12-15-createclusternodepool',
  },
];

/** The typings with these values beside the documented ones. */
export function withUndocumentedValues(typings: Typings): Typings {
  const resources = { ...typings.resources };
  const types = { ...typings.types };
  for (const entry of known) {
    const resource = resources[entry.type];
    const type = types[entry.type];
    if (resource !== undefined) resources[entry.type] = { ...resource, inputs: withValues(resource.inputs, entry) };
    if (typeof type === 'object' && 'fields' in type) types[entry.type] = { fields: withValues(type.fields, entry) };
  }
  return { ...typings, resources, types };
}

function withValues(fields: Fields, { property, values }: Known): Fields {
  const field = fields[property];
  return field === undefined ? fields : { ...fields, [property]: extended(field, values) };
}

function extended(field: Field, values: readonly string[]): Field {
  const documented = typeof field.shape === 'object' && 'values' in field.shape ? field.shape.values : [];
  const shape: Shape = { values: [...documented, ...values], documented: true };
  return { ...field, shape };
}
