import type { EnvoyGatewayValues } from '../../imports/charts/gateway-helm.ts';
import type { GatewayClass } from '../../imports/gateway-api.ts';
import { GATEWAY_NAMESPACE } from '../model/conventions.ts';
import { type ComponentContext, defineComponent, manifestsOf, systemAgent } from './component.ts';

/** Name of the class of gateways that Envoy Gateway runs. */
export const GATEWAY_CLASS = 'envoy';

/** Runs gateways of the Gateway API: the way of requests to model servers. */
export const envoyGateway = defineComponent({
  id: 'envoy-gateway',
  summary: 'Gateways for requests to model servers',
  source: 'https://gateway.envoyproxy.io/docs/install/install-helm/',
  namespace: GATEWAY_NAMESPACE,
  chart: {
    repository: 'oci://docker.io/envoyproxy',
    chart: 'gateway-helm',
    version: 'v1.9.0',
    // A hook makes the certificates with which controller and proxies know each other.
    hooks: true,
  },
  crds: { data: ['envoy-gateway'], groups: ['gateway.envoyproxy.io'], carriedBy: 'unit' },
  requires: ['gateway-api'],
  placement: {
    system: {
      nodeSelector: [
        'deployment.pod.nodeSelector',
        'certgen.job.nodeSelector',
        'config.envoyGateway.envoyProxy.provider.kubernetes.envoyDeployment.pod.nodeSelector',
      ],
      tolerations: [
        'deployment.pod.tolerations',
        'certgen.job.tolerations',
        'config.envoyGateway.envoyProxy.provider.kubernetes.envoyDeployment.pod.tolerations',
      ],
    },
  },
  neededBy: ({ services }) => services.filter(({ mode }) => mode === 'standard').map(({ path }) => path),
  values: ({ systemSelector: nodeSelector, systemTolerations: tolerations }): EnvoyGatewayValues => ({
    crds: { enabled: false },
    deployment: { replicas: 2, pod: { nodeSelector, tolerations } },
    podDisruptionBudget: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    certgen: { job: { nodeSelector, tolerations } },
    // It would watch every pod that is bound, to tell proxies their zone.
    topologyInjector: { enabled: false },
    config: {
      envoyGateway: {
        envoyProxy: {
          provider: {
            type: 'Kubernetes',
            kubernetes: {
              envoyDeployment: { replicas: 2, pod: { nodeSelector, tolerations } },
              envoyPDB: { maxUnavailable: 1 },
              // The default is a load balancer that the whole world reaches.
              envoyService: { type: 'ClusterIP' },
            },
          },
        },
      },
    },
  }),
  objects: () =>
    manifestsOf<GatewayClass>({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: GATEWAY_CLASS },
      spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
    }),
  agents: (_values, context: ComponentContext) => [
    systemAgent('envoy-gateway', context, { cpuMillis: 100, memoryMiB: 256 }),
    systemAgent('envoy-gateway-certgen', context),
    systemAgent('envoy-kserve-ingress-gateway', context, { cpuMillis: 100, memoryMiB: 512 }),
  ],
});
