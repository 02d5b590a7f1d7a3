// Whether a controller that reads a GitOps tree meets everything in an order that works. Reads the tree and what is known
// of components, never the model: it would find a mistake in the model's graph as well as one in the renderer.

import { crdsOf } from '../../../lib/components/crds.ts';
import { components } from '../../../lib/components/index.ts';
import { at } from '../../../lib/model/json.ts';
import { groupOf, type Manifest } from '../../../lib/model/kubernetes.ts';
import type { TreeUnit } from './tree.ts';

/** `later` works only where `first` is. */
interface Need {
  readonly first: TreeUnit;
  readonly later: TreeUnit;
  readonly why: string;
}

/** Namespaces that every cluster has. */
const GIVEN_NAMESPACES = ['default', 'kube-system', 'kube-public'];
/** API groups of custom resources that clusters of a cloud have from the start: those of GKE with multi-networking. */
const GIVEN_GROUPS = ['networking.gke.io'];

/** What is wrong with the order in which the units of the tree are applied and taken down; nothing when all is well. */
export function orderProblems(tree: readonly TreeUnit[]): readonly string[] {
  const clusters = [...new Set(tree.map((unit) => unit.cluster))];
  return clusters.flatMap((cluster) => {
    const units = tree.filter((unit) => unit.cluster === cluster);
    const missing: string[] = [];
    const needs = units.flatMap((unit) => needsOf(unit, units, missing)).filter(({ first, later }) => first !== later);
    return [
      ...missing,
      ...needs
        .filter(({ first, later }) => !later.comesAfter(first))
        .map(({ first, later, why }) => `${later.id} is not after ${first.id}: ${why}`),
      // A job stays when what it needed goes: its own end is a person's doing.
      ...needs
        .filter(({ first, later }) => !later.runOnce && !later.goesBefore(first))
        .map(({ first, later, why }) => `${later.id} is not taken down before ${first.id}: ${why}`),
    ];
  });
}

function needsOf(unit: TreeUnit, units: readonly TreeUnit[], missing: string[]): readonly Need[] {
  const needs: Need[] = [];
  const need = (why: string, first: TreeUnit | undefined, optional = false): void => {
    if (first !== undefined) needs.push({ first, later: unit, why });
    else if (!optional) missing.push(`${unit.id}: nothing in the tree brings ${why}`);
  };
  for (const namespace of namespacesOf(unit)) need(`Namespace ${namespace}`, withObject(units, 'Namespace', namespace));
  for (const object of unit.objects) {
    const group = groupOf(object.apiVersion);
    if (!isCustom(group)) continue;
    need(
      `the CRD of ${object.kind}.${group}`,
      units.find((one) => bringsCrd(one, group, object.kind)),
      GIVEN_GROUPS.includes(group),
    );
    need(
      `the webhooks of ${group}`,
      units.find((one) => runsOperator(one, group)),
      true,
    );
    const parent = object.kind === 'Queue' ? at(object, 'spec', 'parent') : undefined;
    if (typeof parent === 'string' && parent !== 'root') need(`Queue ${parent}`, withObject(units, 'Queue', parent));
    const queue = group === 'batch.volcano.sh' ? at(object, 'spec', 'queue') : undefined;
    if (typeof queue === 'string' && queue !== 'default') need(`Queue ${queue}`, withObject(units, 'Queue', queue));
  }
  return needs;
}

function namespacesOf({ objects, charts }: TreeUnit): readonly string[] {
  const named = [
    ...objects.flatMap(({ metadata }) => metadata.namespace ?? []),
    ...charts.map((chart) => chart.namespace),
  ];
  return [...new Set(named)].filter((name) => !GIVEN_NAMESPACES.includes(name));
}

function withObject(units: readonly TreeUnit[], kind: string, name: string): TreeUnit | undefined {
  return units.find(({ objects }) => objects.some((object) => object.kind === kind && object.metadata.name === name));
}

/** Groups of custom resources end in a domain of their maker. */
function isCustom(group: string): boolean {
  return (
    catalogue().some(({ groups }) => groups.includes(group)) || (group.includes('.') && !group.endsWith('.k8s.io'))
  );
}

/** Whether the unit brings the CRD, as an object or in a chart whose CRDs are not left out. */
function bringsCrd({ objects, charts }: TreeUnit, group: string, kind: string): boolean {
  const defines = (crd: Manifest) =>
    crd.kind === 'CustomResourceDefinition' &&
    at(crd, 'spec', 'group') === group &&
    at(crd, 'spec', 'names', 'kind') === kind;
  return (
    objects.some(defines) ||
    charts.some(
      ({ chart, skipCrds }) =>
        !skipCrds && catalogue().some((one) => one.chart === chart && one.data.flatMap(crdsOf).some(defines)),
    )
  );
}

function runsOperator({ charts }: TreeUnit, group: string): boolean {
  return charts.some(({ chart }) => catalogue().some((one) => one.chart === chart && one.groups.includes(group)));
}

/** The charts of the catalogue with the custom resources that belong to them. */
function catalogue() {
  return [...components.values()].map(({ chart, crds }) => ({
    chart: chart?.chart,
    groups: crds?.groups ?? [],
    data: crds?.data ?? [],
  }));
}
