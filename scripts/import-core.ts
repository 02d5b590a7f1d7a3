// Kubernetes' own types inside a CRD or a chart value. They are recognised by shape and refer to the package
// `kubernetes-types`: expanding a pod spec wherever one is embedded would give files of a hundred thousand lines.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The types that we look for, per module of `kubernetes-types`. */
const wanted = {
  'core/v1': [
    'Affinity',
    'ConfigMapKeySelector',
    'Container',
    'EnvFromSource',
    'EnvVar',
    'HostAlias',
    'Lifecycle',
    'NodeAffinity',
    'NodeSelector',
    'NodeSelectorTerm',
    'PersistentVolumeClaimSpec',
    'PodAffinity',
    'PodDNSConfig',
    'PodSecurityContext',
    'PodSpec',
    'PodTemplateSpec',
    'Probe',
    'ResourceRequirements',
    'SecretKeySelector',
    'SecurityContext',
    'Toleration',
    'TopologySpreadConstraint',
    'Volume',
    'VolumeMount',
  ],
  'meta/v1': ['LabelSelector', 'LabelSelectorRequirement', 'ObjectMeta'],
  'networking/v1': ['IngressTLS', 'NetworkPolicyEgressRule', 'NetworkPolicyIngressRule'],
};

/** Closed sets of words that the package types as any text. */
const narrower: Readonly<Record<string, string>> = {
  Toleration: "{ operator?: 'Exists' | 'Equal'; effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }",
};

/** Names that a generated file may use after importing them from `imports/kubernetes.ts`. */
export const coreNames: readonly string[] = ['StringMap', ...Object.values(wanted).flat()].sort();

const types = import.meta.resolve('kubernetes-types/package.json');

/** Which `kubernetes-types` the types are taken from. */
export const corePackage: string = `kubernetes-types ${JSON.parse(readFileSync(new URL(types), 'utf8')).version}`;

/** The part of an OpenAPI schema that recognition reads. */
export interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

interface CoreShape {
  readonly properties: ReadonlySet<string>;
  readonly required: readonly string[];
}

const shapes = new Map(Object.entries(wanted).flatMap(([module, names]) => shapesIn(module, names)));

function shapesIn(module: string, names: readonly string[]): [string, CoreShape][] {
  const source = ts.createSourceFile(
    module,
    readFileSync(new URL(`${module}.d.ts`, types), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const textOf = (member: ts.TypeElement) => member.name?.getText(source) ?? '';
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter((declaration) => names.includes(declaration.name.text))
    .map(({ name, members }) => {
      const required = members.filter((member) => !member.questionToken).map(textOf);
      return [name.text, { properties: new Set(members.map(textOf)), required }];
    });
}

/**
 * The core type that a schema is an instance of, and the properties that the schema has beyond it.
 *
 * Small types must agree exactly; in large ones a quarter may differ, because each Kubernetes version adds fields. A
 * schema that does not require what the type requires is a type of its own. A reference to a key of a ConfigMap looks
 * like one to a key of a Secret: the name of the property decides.
 */
export function coreTypeOf(schema: Shape, property: string): { name: string; beyond: readonly string[] } | undefined {
  const keys = Object.keys(schema.properties ?? {});
  const found = [...shapes].find(
    ([, core]) =>
      likeness(keys, core.properties) >= (core.properties.size < 8 ? 1 : 0.75) &&
      core.required.every((key) => schema.required?.includes(key)),
  );
  if (!found) return undefined;
  const [name, core] = found;
  if (name === 'PodTemplateSpec' && coreTypeOf(schema.properties?.['spec'] ?? {}, 'spec')?.name !== 'PodSpec') {
    return undefined;
  }
  if (name === 'ConfigMapKeySelector' || name === 'SecretKeySelector') {
    return { name: /configmap/i.test(property) ? 'ConfigMapKeySelector' : 'SecretKeySelector', beyond: [] };
  }
  return { name, beyond: keys.filter((key) => !core.properties.has(key)) };
}

/** Shared keys over all keys: 1 for equal sets, 0 for disjoint ones. */
function likeness(a: readonly string[], b: ReadonlySet<string>): number {
  const shared = a.filter((key) => b.has(key)).length;
  return shared / (a.length + b.size - shared);
}

/** Text of `imports/kubernetes.ts`: the recognised types, made readonly in depth, so that frozen data may be passed. */
export function coreModule(header: string): string {
  const modules = Object.entries(wanted);
  const alias = (module: string) => module.split('/')[0];
  return [
    header,
    ...modules.map(([module]) => `import type * as ${alias(module)} from 'kubernetes-types/${module}.js';`),
    '',
    'type DeepReadonly<T> = T extends readonly (infer E)[]',
    '  ? readonly DeepReadonly<E>[]',
    '  : T extends object',
    '    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }',
    '    : T;',
    '',
    '/** Labels, annotations, node selectors. */',
    'export type StringMap = Readonly<Record<string, string>>;',
    ...modules.flatMap(([module, names]) =>
      names.map((name) => {
        const type = [`${alias(module)}.${name}`, narrower[name]].filter(Boolean).join(' & ');
        return `export type ${name} = DeepReadonly<${type}>;`;
      }),
    ),
    '',
  ].join('\n');
}
