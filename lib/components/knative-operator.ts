import type { KnativeOperatorValues } from '../../imports/charts/knative-operator.ts';
import type { Affinity } from '../../imports/kubernetes.ts';
import type { Labels } from '../model/kubernetes.ts';
import { type ComponentContext, defineComponent, systemAgent } from './component.ts';

/** Installs and updates Knative Serving. */
export const knativeOperator = defineComponent({
  id: 'knative-operator',
  summary: 'Installs Knative Serving',
  source: 'https://knative.dev/docs/install/operator/knative-with-operators/',
  namespace: 'knative-operator',
  podSecurity: 'baseline',
  chart: { repository: 'https://knative.github.io/operator', chart: 'knative-operator', version: 'v1.23.0' },
  crds: { data: ['knative-operator'], groups: ['operator.knative.dev'], carriedBy: 'chart' },
  // There is no path for a node selector, so the values hold an affinity.
  placement: {
    system: {
      nodeSelector: [],
      tolerations: ['knative_operator.knative_operator.tolerations', 'knative_operator.operator_webhook.tolerations'],
    },
  },
  neededBy: () => [],
  values: ({ systemSelector, systemTolerations: tolerations }): KnativeOperatorValues => {
    const placed = { tolerations, ...affinityTo(systemSelector) };
    return { knative_operator: { knative_operator: placed, operator_webhook: placed } };
  },
  agents: (_values, context: ComponentContext) =>
    ['knative-operator', 'operator-webhook'].map((name) =>
      systemAgent(name, context, { cpuMillis: 100, memoryMiB: 100 }),
    ),
});

function affinityTo(labels: Labels): { readonly affinity?: Affinity } {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  if (matchExpressions.length === 0) return {};
  const nodeSelectorTerms = [{ matchExpressions }];
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}
