import type { Certificate } from '../../imports/cert-manager.ts';
import type { KserveValues } from '../../imports/charts/kserve-resources.ts';
import type { Gateway } from '../../imports/gateway-api.ts';
import { KSERVE_GATEWAY } from '../model/conventions.ts';
import type { Manifest } from '../model/kubernetes.ts';
import { type ComponentContext, defineComponent, manifestsOf, systemAgent } from './component.ts';
import { GATEWAY_CLASS } from './envoy-gateway.ts';

const { namespace: NAMESPACE, name: GATEWAY } = KSERVE_GATEWAY;
const CONTROLLER = 'kserve-controller-manager';
const REPLICAS = 2;

/** Where the names of model servers are, unless the values of KServe say otherwise. */
export function modelDomain(cluster: string): string {
  return `models.${cluster}.internal`;
}

/** Model servers with routes and autoscaling. */
export const kserve = defineComponent({
  id: 'kserve',
  summary: 'Model servers with routes and autoscaling',
  source: 'https://kserve.github.io/website/docs/admin-guide/overview',
  namespace: NAMESPACE,
  chart: { repository: 'oci://ghcr.io/kserve/charts', chart: 'kserve-resources', version: 'v0.20.0' },
  crds: { data: ['kserve'], groups: ['serving.kserve.io'], carriedBy: 'unit' },
  requires: ['cert-manager'],
  placement: {
    system: { nodeSelector: ['kserve.controller.nodeSelector'], tolerations: ['kserve.controller.tolerations'] },
  },
  // It looks only once, when it starts, which kinds of routes and servers there are.
  after: ['envoy-gateway', 'knative-serving'],
  neededBy: ({ services }) => services.map((service) => service.path),
  values: ({ cluster, has, systemSelector: nodeSelector, systemTolerations: tolerations }): KserveValues => ({
    kserve: {
      // Off by default, and then every model server holds a token of the API server.
      security: { autoMountServiceAccountToken: false },
      controller: {
        deploymentMode: 'Standard',
        nodeSelector,
        tolerations,
        gateway: {
          domain: modelDomain(cluster.name),
          urlScheme: 'https',
          disableIstioVirtualHost: true,
          ingressGateway: has('gateway-api')
            ? { enableGatewayApi: true, className: GATEWAY_CLASS, kserveGateway: `${NAMESPACE}/${GATEWAY}` }
            : { enableGatewayApi: false },
        },
      },
    },
  }),
  objects: (values, { has }) => [
    ...twoReplicas(),
    ...(has('gateway-api') ? gateway(values.kserve?.controller?.gateway?.domain ?? '') : []),
  ],
  agents: (_values, context: ComponentContext) => [
    systemAgent(CONTROLLER, context, { cpuMillis: 200, memoryMiB: 600 }),
  ],
});

/** The chart has no value for the replicas of the controller, whose webhooks stand before every model server. */
function twoReplicas(): readonly Manifest[] {
  const metadata = { name: CONTROLLER, namespace: NAMESPACE };
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: CONTROLLER },
        minReplicas: REPLICAS,
        maxReplicas: REPLICAS,
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: { 'control-plane': CONTROLLER } },
      },
    },
  ];
}

/** The one gateway to all model servers: TLS only, for routes of tenants' namespaces. */
function gateway(domain: string): readonly Manifest[] {
  const hostname = `*.${domain}`;
  const secretName = `${GATEWAY}-tls`;
  return manifestsOf<Certificate | Gateway>(
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: GATEWAY, namespace: NAMESPACE },
      // The issuer comes with KServe's chart.
      spec: { secretName, dnsNames: [hostname], issuerRef: { kind: 'Issuer', name: 'selfsigned-issuer' } },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: GATEWAY, namespace: NAMESPACE },
      spec: {
        gatewayClassName: GATEWAY_CLASS,
        listeners: [
          {
            name: 'https',
            protocol: 'HTTPS',
            port: 443,
            hostname,
            tls: { mode: 'Terminate', certificateRefs: [{ name: secretName }] },
            allowedRoutes: {
              namespaces: {
                from: 'Selector',
                selector: { matchExpressions: [{ key: 'cdk8s-ai.dev/tenant', operator: 'Exists' }] },
              },
            },
          },
        ],
      },
    },
  );
}
