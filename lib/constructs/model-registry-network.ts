import type { JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import { labelsOf, PORT, type RegistrySettings } from './model-registry-pods.ts';

/**
 * Lets server and backup reach a database and a store that are outside of the namespace, at addresses that nobody can list,
 * and never the metadata service of the machine. Inside of the namespace, and to the services of the cloud, the way is
 * open already.
 */
export function networkPolicy(settings: RegistrySettings): Manifest | undefined {
  const { database: db, store, name, namespace } = settings;
  const endpoint = store.s3 === undefined ? undefined : new URL(store.s3.endpoint);
  const ports = [
    ...(db.inCluster === undefined ? [db.port] : []),
    ...(endpoint === undefined ? [] : [Number(endpoint.port) || (endpoint.protocol === 'https:' ? 443 : 80)]),
  ];
  if (ports.length === 0) return undefined;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${name}-registry`, namespace },
    spec: {
      podSelector: {
        matchLabels: { 'app.kubernetes.io/name': name },
        matchExpressions: [
          { key: 'app.kubernetes.io/component', operator: 'In', values: ['registry-backup', 'registry-server'] },
        ],
      },
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }],
          ports: ports.map((port) => ({ protocol: 'TCP', port })),
        },
      ],
    },
  };
}

/** The way to the server from other namespaces, which both sides have to open. */
export function openings(settings: RegistrySettings): Readonly<Record<string, Manifest>> {
  const { name, namespace, sharedWith } = settings;
  if (sharedWith.length === 0) return {};
  const server = { matchLabels: labelsOf(settings, 'server') };
  const ports = [{ protocol: 'TCP', port: PORT }];
  const inNamespace = (other: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': other } });
  const policy = (policyName: string, policyNamespace: string, spec: JsonObject): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: policyName, namespace: policyNamespace },
    spec,
  });
  return {
    shared: policy(`${name}-shared`, namespace, {
      podSelector: server,
      policyTypes: ['Ingress'],
      ingress: [{ from: sharedWith.map((other) => ({ namespaceSelector: inNamespace(other) })), ports }],
    }),
    ...Object.fromEntries(
      sharedWith.map((other) => [
        `shared-with-${other}`,
        policy(`to-${namespace}-${name}`, other, {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [{ to: [{ namespaceSelector: inNamespace(namespace), podSelector: server }], ports }],
        }),
      ]),
    ),
  };
}
