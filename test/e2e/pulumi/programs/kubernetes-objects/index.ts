import { CustomResource } from '@pulumi/kubernetes/apiextensions/customResource.js';
import { CustomResourceDefinition } from '@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js';
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js';
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js';
import { Provider } from '@pulumi/kubernetes/provider.js';
import * as pulumi from '@pulumi/pulumi';

const config = new pulumi.Config();
const provider = new Provider('cluster', { kubeconfig: config.require('kubeconfig') });
const namespace = new Namespace('vision', { metadata: { name: 'vision' } }, { provider });
const definition = new CustomResourceDefinition(
  'queues',
  {
    metadata: { name: 'queues.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Queue', plural: 'queues' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { gpus: { type: 'integer' } } } },
            },
          },
        },
      ],
    },
  },
  { provider },
);
new CustomResource(
  'pretrain',
  {
    apiVersion: 'example.com/v1',
    kind: 'Queue',
    metadata: { name: 'pretrain', namespace: 'vision' },
    spec: { gpus: config.getNumber('gpus') ?? 8 },
  },
  { provider, dependsOn: [namespace, definition] },
);
const facts = new ConfigMap(
  'facts',
  { metadata: { namespace: namespace.metadata.name }, data: { gpus: '8' } },
  { provider },
);

export const factsName = facts.metadata.name;
