import type { CloudPreflight } from '../preflight.ts';

/** What a team has to have on a cluster that is there. Nobody but its owner can count it, and the sheet says so. */
export const existingPreflight: CloudPreflight = {
  quotas: () => [],
  addresses: () => [],
  permissions: () => [
    'cluster-admin in the cluster: namespaces, custom resource definitions, cluster roles and webhooks are made',
  ],
  prerequisites: ({ kubernetesVersion, pools, featureGates }) => [
    `the cluster runs Kubernetes ${kubernetesVersion}`,
    ...featureGates.map((gate) => `feature gate ${gate} is on`),
    ...pools.flatMap(({ name, minNodes, instanceType, selector, driver }) => {
      const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
      const nodes = `pool '${name}': ${minNodes} nodes such as ${instanceType} carry ${labels.join(', ')}`;
      return driver === 'cloud' ? [nodes, `pool '${name}': its nodes have the GPU driver`] : [nodes];
    }),
  ],
  unknown: () => [
    'whether the nodes are there and as large as the program says',
    'free addresses for pods',
    'what the identity that deploys may do',
    'what the nodes cost',
  ],
};
