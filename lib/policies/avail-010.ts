import { at, type JsonObject, objectsIn } from '../model/json.ts';
import type { ClusterModel, ComponentModel, ObjectModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const avail010: Policy = {
  id: 'AVAIL-010',
  title: 'An admission webhook has two replicas, and one for pods leaves the system namespaces alone.',
  why: 'While a webhook is gone, the API server refuses what it would have judged. When that is every pod, the webhook itself cannot come back.',
  source:
    'https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/#webhook-considerations-high-availability',
  severity: 'error',
  check: perCluster((cluster) => [
    ...cluster.components.flatMap((component) => judgeReplicas(component, cluster)),
    ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].flatMap((kind) =>
      objectsOfKind(cluster, 'admissionregistration.k8s.io', kind).flatMap((object) => [...judgeWebhooks(object)]),
    ),
  ]),
  examples: {
    passing: () => withWebhook({ failurePolicy: 'Ignore' }),
    failing: () => withWebhook({ failurePolicy: 'Fail' }),
  },
};

function withWebhook(settings: JsonObject) {
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
  return examplePlatform({
    units: [
      exampleUnit({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'labels' },
        webhooks: [{ name: 'labels.example.com', timeoutSeconds: 5, rules, ...settings }],
      }),
    ],
  });
}

/** Where charts have the number of replicas of their webhook, which is 1 by default. */
const REPLICAS: Readonly<Record<string, readonly string[]>> = {
  'cert-manager': ['webhook', 'replicaCount'],
  volcano: ['custom', 'admission_replicas'],
};

function judgeReplicas({ id, installed, values }: ComponentModel, { path }: ClusterModel): readonly Verdict[] {
  const place = REPLICAS[id];
  const replicas = place === undefined ? undefined : (at(values, ...place) ?? 1);
  if (place === undefined || installed || typeof replicas !== 'number' || replicas >= 2) return [];
  const what = `the webhook of component '${id}' has ${replicas} replicas`;
  return [fail(path, what, `Set ${place.join('.')} in its values to 2, or leave it out.`)];
}

/** Longest time for which every request of the API waits for a webhook that does not answer. */
const MOST_SECONDS = 10;

function* judgeWebhooks({ path, manifest }: ObjectModel): Iterable<Verdict> {
  for (const webhook of objectsIn(manifest['webhooks'])) {
    const title = `webhook '${String(webhook['name'])}'`;
    const { failurePolicy, timeoutSeconds = MOST_SECONDS } = webhook;
    if (failurePolicy === undefined) {
      yield fail(
        path,
        `${title} does not say what happens while it is gone`,
        "Set failurePolicy to 'Fail' or 'Ignore'.",
      );
    }
    if (typeof timeoutSeconds === 'number' && timeoutSeconds > MOST_SECONDS) {
      yield fail(
        path,
        `the API waits ${timeoutSeconds} seconds for ${title}`,
        `Set timeoutSeconds to ${MOST_SECONDS} or less.`,
      );
    }
    if (failurePolicy !== 'Ignore' && objectsIn(webhook['rules']).some(isForPods) && !isLimited(webhook)) {
      const what = `${title} is asked for every pod, those of kube-system and its own among them`;
      yield fail(
        path,
        what,
        "Add a namespaceSelector, such as one for the label 'cdk8s-ai.dev/tenant', or set failurePolicy to 'Ignore'.",
      );
    }
  }
}

function isForPods(rule: JsonObject): boolean {
  const lists = (member: string, ...names: readonly string[]) => {
    const list = rule[member];
    return Array.isArray(list) && names.some((name) => list.includes(name));
  };
  return lists('apiGroups', '', '*') && lists('resources', 'pods', '*', '*/*') && lists('operations', 'CREATE', '*');
}

function isLimited(webhook: JsonObject): boolean {
  return ['namespaceSelector', 'objectSelector'].some((member) => Object.keys(at(webhook, member) ?? {}).length > 0);
}
