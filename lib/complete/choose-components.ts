import type { ComponentContext, ComponentRequest } from '../components/component.ts';
import { type AnyComponent, type ComponentId, components } from '../components/index.ts';
import { isJsonObject, type JsonObject, merge, sorted } from '../model/json.ts';
import { type Manifest, tolerationFor } from '../model/kubernetes.ts';
import type { ComponentModel } from '../model/platform-model.ts';

/** A component of the catalogue as this cluster has it. */
export interface ChosenComponent {
  readonly definition: AnyComponent;
  readonly model: ComponentModel;
  /** What its unit holds beside namespace and chart. */
  readonly objects: readonly Manifest[];
}

/** The components that the cluster needs, directly or for another component, in the order of the ids. */
export function chooseComponents(
  cluster: ComponentContext['cluster'],
  requests: readonly ComponentRequest[],
): readonly ChosenComponent[] {
  const settings = new Map(requests.map((request) => [request.id, request.settings]));
  const neededBy = new Map<ComponentId, readonly string[]>();
  const need = (id: ComponentId, reasons: readonly string[]): void => {
    const known = neededBy.get(id);
    neededBy.set(id, [...new Set([...(known ?? []), ...reasons])].sort());
    if (known !== undefined || settings.get(id)?.installed === true) return;
    for (const required of components.get(id)?.requires ?? []) need(required, [id]);
  };
  for (const [id, definition] of components) {
    const reasons = definition.onlyWith === undefined ? definition.neededBy(cluster) : [];
    if (reasons.length > 0) need(id, reasons);
    // Naming a component in the settings is asking for it.
    else if (settings.has(id)) need(id, [`components['${id}']`]);
  }
  for (const [id, { onlyWith, neededBy: reasonsIn }] of components) {
    const isOurs = onlyWith !== undefined && neededBy.has(onlyWith) && settings.get(onlyWith)?.installed !== true;
    if (!isOurs) continue;
    const reasons = reasonsIn(cluster);
    if (reasons.length > 0) need(id, reasons);
  }
  const context: ComponentContext = {
    cluster,
    systemSelector: cluster.systemPool.labels,
    systemTolerations: cluster.systemPool.taints.map(tolerationFor),
    has: (id) => neededBy.has(id),
  };
  return [...neededBy]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, reasons]) => {
      const definition = components.get(id);
      return definition === undefined ? [] : [choose(definition, reasons, context, settings.get(id))];
    });
}

function choose(
  definition: AnyComponent,
  neededBy: readonly string[],
  context: ComponentContext,
  settings: ComponentRequest['settings'] | undefined,
): ChosenComponent {
  const { id, namespace = '', chart } = definition;
  const base = { id, namespace, version: chart?.version ?? definition.version ?? '', neededBy };
  // What somebody else installed has settings that we cannot see.
  if (settings?.installed === true) {
    return { definition, model: { ...base, installed: true, values: {}, agents: [] }, objects: [] };
  }
  const values = sorted(plainObject(merge(definition.values(context), settings?.values)));
  const agents = definition.agents(values, context).map((agent) => ({ namespace, ...agent, component: id }));
  const objects = definition.objects?.(values, context) ?? [];
  const placement = definition.placement === undefined ? {} : { placement: definition.placement };
  return { definition, model: { ...base, installed: false, values, ...placement, agents }, objects };
}

function plainObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
