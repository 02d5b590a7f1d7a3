import { defineComponent } from './component.ts';

/** The kinds by which gateways and routes are described; some clouds bring them. */
export const gatewayApi = defineComponent({
  id: 'gateway-api',
  summary: 'Kinds for gateways and routes',
  source: 'https://gateway-api.sigs.k8s.io/guides/getting-started/',
  version: '1.6.1',
  crds: { data: ['gateway-api'], groups: ['gateway.networking.k8s.io'], carriedBy: 'unit' },
  neededBy: () => [],
  values: () => ({}),
  agents: () => [],
});
