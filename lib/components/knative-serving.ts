import type { ClusterIssuer } from '../../imports/cert-manager.ts';
import type { KnativeServing } from '../../imports/knative-operator.ts';
import { KNATIVE_NAMESPACES } from '../model/conventions.ts';
import { defineComponent, manifestsOf, systemAgent } from './component.ts';
import { modelDomain } from './kserve.ts';

const [NAMESPACE, INGRESS_NAMESPACE] = KNATIVE_NAMESPACES;
const VERSION = '1.23.0';

/** What the operator makes of Serving and of the gateway Kourier, with the namespace of each Deployment. */
const DEPLOYMENTS: Readonly<Record<string, string>> = {
  activator: NAMESPACE,
  autoscaler: NAMESPACE,
  'autoscaler-hpa': NAMESPACE,
  controller: NAMESPACE,
  'net-kourier-controller': NAMESPACE,
  webhook: NAMESPACE,
  '3scale-kourier-gateway': INGRESS_NAMESPACE,
};

/** Parts of a pod that Knative refuses unless they are switched on. */
const POD_FEATURES = [
  'affinity',
  'nodeselector',
  'persistent-volume-claim',
  'persistent-volume-write',
  'priorityclassname',
  'runtimeclassname',
  'schedulername',
  'securitycontext',
  'tolerations',
  'topologyspreadconstraints',
];

/** Knative takes its certificates from the issuer of this name, unless it is told another. */
const ISSUER: ClusterIssuer = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'ClusterIssuer',
  metadata: { name: 'knative-selfsigned-issuer' },
  spec: { selfSigned: {} },
};

/** Model servers that go down to no replica and come back with the first request. */
export const knativeServing = defineComponent({
  id: 'knative-serving',
  summary: 'Model servers that scale to zero',
  source: 'https://knative.dev/docs/install/operator/configuring-serving-cr/',
  namespace: NAMESPACE,
  podSecurity: 'baseline',
  version: VERSION,
  crds: {
    data: ['knative-serving'],
    groups: [
      'autoscaling.internal.knative.dev',
      'caching.internal.knative.dev',
      'networking.internal.knative.dev',
      'serving.knative.dev',
    ],
    carriedBy: 'operator',
  },
  requires: ['cert-manager', 'knative-operator'],
  neededBy: ({ services }) => services.filter(({ mode }) => mode === 'knative').map(({ path }) => path),
  values: () => ({}),
  objects: (_values, { cluster, systemSelector: nodeSelector, systemTolerations: tolerations }) =>
    manifestsOf<ClusterIssuer | KnativeServing>(ISSUER, {
      apiVersion: 'operator.knative.dev/v1beta1',
      kind: 'KnativeServing',
      metadata: { name: 'knative-serving', namespace: NAMESPACE },
      spec: {
        version: VERSION,
        'high-availability': { replicas: 2 },
        // The default is a load balancer that the whole world reaches.
        ingress: { kourier: { enabled: true, 'service-type': 'ClusterIP' } },
        config: {
          network: {
            'ingress-class': 'kourier.ingress.networking.knative.dev',
            'external-domain-tls': 'Enabled',
            'http-protocol': 'Redirected',
          },
          domain: { [modelDomain(cluster.name)]: '' },
          features: Object.fromEntries(POD_FEATURES.map((name) => [`kubernetes.podspec-${name}`, 'enabled'])),
        },
        workloads: Object.keys(DEPLOYMENTS).map((name) => ({ name, nodeSelector, tolerations })),
      },
    }),
  agents: (_values, context) =>
    Object.entries(DEPLOYMENTS).map(([name, namespace]) => ({
      ...systemAgent(name, context, { cpuMillis: 300, memoryMiB: 100 }),
      namespace,
    })),
});
