// What every example has in its cluster, one of each kind, written down with the classes of the SDK.
import { CustomResource } from '@pulumi/kubernetes/apiextensions/customResource.js';
import { CustomResourceDefinition } from '@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js';
import { LimitRange } from '@pulumi/kubernetes/core/v1/limitRange.js';
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js';
import { ResourceQuota } from '@pulumi/kubernetes/core/v1/resourceQuota.js';
import { ServiceAccount } from '@pulumi/kubernetes/core/v1/serviceAccount.js';
import { Release } from '@pulumi/kubernetes/helm/v3/release.js';
import { NetworkPolicy } from '@pulumi/kubernetes/networking/v1/networkPolicy.js';
import { Provider } from '@pulumi/kubernetes/provider.js';
import { Role } from '@pulumi/kubernetes/rbac/v1/role.js';
import { PriorityClass } from '@pulumi/kubernetes/scheduling/v1/priorityClass.js';
import type * as pulumi from '@pulumi/pulumi';

export function inCluster(kubeconfig: pulumi.Input<string>): Provider {
  const provider = new Provider('cluster', { kubeconfig, enableServerSideApply: true });
  const options = { provider };
  const metadata = { name: 'team', namespace: 'team' };
  new CustomResourceDefinition(
    'queues',
    {
      metadata: { name: 'queues.scheduling.volcano.sh' },
      spec: {
        group: 'scheduling.volcano.sh',
        scope: 'Cluster',
        names: { plural: 'queues', kind: 'Queue' },
        versions: [{ name: 'v1beta1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    },
    options,
  );
  const volcano = new Release(
    'volcano',
    {
      chart: 'volcano',
      repositoryOpts: { repo: 'https://volcano-sh.github.io/helm-charts' },
      version: '1.15.1',
      namespace: 'volcano-system',
      values: { custom: { scheduler_replicas: 1 } },
    },
    options,
  );
  new Namespace('team', { metadata: { name: 'team', labels: { team: 'team' } } }, options);
  new ResourceQuota('team', { metadata, spec: { hard: { 'requests.nvidia.com/gpu': '16' } } }, options);
  new LimitRange(
    'team',
    { metadata, spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '1' } }] } },
    options,
  );
  new ServiceAccount('team', { metadata, automountServiceAccountToken: false }, options);
  new Role('team', { metadata, rules: [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] }] }, options);
  new NetworkPolicy('team', { metadata, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } }, options);
  new PriorityClass('team', { metadata: { name: 'team' }, value: 1000, preemptionPolicy: 'Never' }, options);
  new CustomResource(
    'queue',
    { apiVersion: 'scheduling.volcano.sh/v1beta1', kind: 'Queue', metadata: { name: 'team' }, spec: { weight: 1 } },
    { ...options, dependsOn: [volcano] },
  );
  return provider;
}
