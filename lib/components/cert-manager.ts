import type { CertManagerValues } from '../../imports/charts/cert-manager.ts';
import { defineComponent, systemAgent } from './component.ts';

/** Certificates for admission webhooks. */
export const certManager = defineComponent({
  id: 'cert-manager',
  summary: 'Certificates for admission webhooks',
  source: 'https://cert-manager.io/docs/installation/helm/',
  namespace: 'cert-manager',
  podSecurity: 'restricted',
  chart: { repository: 'oci://quay.io/jetstack/charts', chart: 'cert-manager', version: 'v1.21.1', hooks: true },
  crds: { data: ['cert-manager'], groups: ['cert-manager.io', 'acme.cert-manager.io'], carriedBy: 'unit' },
  placement: {
    system: {
      nodeSelector: ['global.nodeSelector'],
      tolerations: ['tolerations', 'webhook.tolerations', 'cainjector.tolerations', 'startupapicheck.tolerations'],
    },
  },
  neededBy: () => [],
  values: ({ systemSelector, systemTolerations: tolerations }): CertManagerValues => ({
    crds: { enabled: false },
    global: { nodeSelector: systemSelector },
    replicaCount: 2,
    tolerations,
    webhook: { replicaCount: 3, tolerations },
    cainjector: { replicaCount: 2, tolerations },
    startupapicheck: { tolerations },
  }),
  agents: (_values, context) =>
    ['cert-manager', 'cert-manager-webhook', 'cert-manager-cainjector', 'cert-manager-startupapicheck'].map((name) =>
      systemAgent(name, context),
    ),
});
