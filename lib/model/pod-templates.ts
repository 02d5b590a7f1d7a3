import { type PodTemplate, podTemplatesOf } from './kubernetes.ts';
import type { ObjectModel } from './platform-model.ts';

/** A pod template with the object that it stands in. */
export interface FoundTemplate {
  readonly object: ObjectModel;
  readonly template: PodTemplate;
}

/** By the objects of a unit, which stay the same while the cluster is completed and judged. */
const known = new WeakMap<readonly ObjectModel[], readonly FoundTemplate[]>();

/** Every pod template in the objects, read once. */
export function podTemplatesIn(objects: readonly ObjectModel[]): readonly FoundTemplate[] {
  const templates = known.get(objects) ?? readTemplates(objects);
  known.set(objects, templates);
  return templates;
}

function readTemplates(objects: readonly ObjectModel[]): readonly FoundTemplate[] {
  return objects.flatMap((object) => podTemplatesOf(object.manifest).map((template) => ({ object, template })));
}
