import { at, type Json, objectsIn } from '../model/json.ts';
import { groupOf, type Manifest } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { markersIn } from '../model/value.ts';
import { examplePlatform } from './examples.ts';
import { exampleServiceUnit } from './inference-services.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit025: Policy = {
  id: 'FIT-025',
  title: 'Names and labels fit everything that is named after them.',
  why: 'A controller adds to the name of an object, and the API server or DNS refuses the result when the object is long in the cluster.',
  source: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/',
  severity: 'error',
  check: perCluster(({ units }: ClusterModel) => units.flatMap((unit) => unit.objects.flatMap(judge))),
  examples: {
    passing: () => withName('classifier'),
    failing: () => withName('classifier-of-everything-that-our-cameras-have-seen'),
  },
};

function withName(name: string) {
  return examplePlatform({ units: [exampleServiceUnit('Standard', {}, {}, name)] });
}

/** What a name must look like, and how long it may be. */
interface Form {
  readonly most: number;
  readonly pattern: RegExp;
}

const LABEL: Form = { most: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/ };
const SUBDOMAIN: Form = {
  most: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
};
/** What DNS allowed first: no digit at the start. */
const OLD_LABEL: Form = { most: 63, pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/ };

/** A text that is made of the name of an object. */
interface Use {
  readonly what: string;
  readonly text: string;
  readonly form: Form;
}

function judge({ path, manifest }: ObjectModel): readonly Verdict[] {
  const { name, labels } = manifest.metadata;
  if (markersIn(name).length > 0) return NONE;
  const wrong = usesOf(manifest).find(({ text, form }) => text.length > form.most || !form.pattern.test(text));
  const wrongLabels = labels === undefined ? NONE : Object.entries(labels).filter(isWrongLabel);
  if (wrong === undefined && wrongLabels.length === 0) return NONE;
  const title = `${manifest.kind} '${name}'`;
  return [
    ...(wrong === undefined ? [] : [wrongName(path, title, name, wrong)]),
    ...wrongLabels.map(([key, value]) => wrongLabel(path, title, key, value)),
  ];
}

const NONE: readonly [] = [];

function wrongName(path: string, title: string, name: string, { what, text, form }: Use): Verdict {
  const excess = text.length - form.most;
  if (excess <= 0) {
    const clash = `${what} of ${title} would be '${text}', which is no such name`;
    return fail(path, clash, 'Use lower-case letters, digits and dashes, and a letter at the start.');
  }
  return fail(
    path,
    `${what} of ${title} would be '${text}', ${text.length} characters long, and no more than ${form.most} are allowed`,
    name.length > excess
      ? `Shorten its name to ${name.length - excess} characters.`
      : 'Shorten the names that it is made of.',
  );
}

/** Every text that the object's name ends up in. RBAC alone takes any name. */
function usesOf(manifest: Manifest): readonly Use[] {
  const { name, namespace = 'default' } = manifest.metadata;
  const spec = manifest['spec'];
  const use = (what: string, text: string, form = LABEL): Use => ({ what, text, form });
  switch (`${groupOf(manifest.apiVersion)}/${manifest.kind}`) {
    case '/Namespace':
      return [use('the name', name)];
    case '/Service':
      return [use('the name', name, OLD_LABEL)];
    case 'serving.kserve.io/InferenceService':
      return [
        use('the name', name, { ...OLD_LABEL, most: 253 }),
        use('the host name', `${name}-predictor-${namespace}`),
        ...objectsIn(at(spec, 'canary')).map((canary) =>
          use('the Service for a canary', `${name}-${String(at(canary, 'predictor', 'name') ?? '')}-predictor`),
        ),
      ];
    case 'batch/CronJob':
      return [use('the name', name, { ...SUBDOMAIN, most: 52 })];
    case 'batch/Job':
      return [
        use('the name', name),
        ...(at(spec, 'completionMode') === 'Indexed' ? [lastPod(name, at(spec, 'completions'))] : []),
      ];
    case 'apps/StatefulSet':
      // Its pods carry a label of the name and ten more characters and a dash.
      return [use('the name', name, { ...LABEL, most: 52 })];
    case 'batch.volcano.sh/Job':
      return objectsIn(at(spec, 'tasks')).map((task) => lastPod(`${name}-${String(task['name'])}`, task['replicas']));
    default:
      return groupOf(manifest.apiVersion) === 'rbac.authorization.k8s.io' ? [] : [use('the name', name, SUBDOMAIN)];
  }
}

/** The longest of the host names that numbered pods get. */
function lastPod(stem: string, pods: Json | undefined): Use {
  const last = Math.max(0, (typeof pods === 'number' ? pods : 1) - 1);
  return { what: 'the host name of the last pod', text: `${stem}-${last}`, form: LABEL };
}

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

function isWrongLabel([, value]: readonly [string, string]): boolean {
  return (value.length > 63 || !LABEL_VALUE.test(value)) && markersIn(value).length === 0;
}

function wrongLabel(path: string, title: string, key: string, value: string): Verdict {
  return fail(
    path,
    `the label ${key} of ${title} is '${value}'`,
    'Use at most 63 letters, digits, dashes, dots and underscores, and start and end with a letter or digit.',
  );
}
