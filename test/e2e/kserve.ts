// KServe outside a cluster: its controller with its webhooks as one process beside the control plane. No package registry
// has the program, so the lane takes it where it finds it.

import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdsOf } from '../../lib/components/crds.ts';
import { at, type JsonObject } from '../../lib/model/json.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';
import type { KubernetesObject } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import { freePorts } from './control-plane.ts';
import { untilReady } from './run-folder.ts';
import { type Program, pathFolders } from './toolchain.ts';
import { waitFor } from './waiting.ts';

const NAME = 'kserve-controller-manager';
const LLM_NAME = 'llmisvc-controller-manager';

/** What must be served before it starts. */
const KINDS = [
  ['serving.kserve.io/v1beta1', 'InferenceService'],
  ['serving.kserve.io/v1alpha1', 'ServingRuntime'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
  ['serving.knative.dev/v1', 'Service'],
] as const;

/** Why a claim about KServe was not run. */
export const noKserve = `no kserve: KSERVE_BIN and PATH have no ${NAME}`;
export const noLlmKserve = `no kserve: KSERVE_BIN and PATH have no ${LLM_NAME}`;

/** The controller in the folder that `KSERVE_BIN` names, or on PATH. It does not tell its version. */
export const findKserve = (): Program | undefined => find(NAME);
/** The controller of LLMInferenceServices, likewise. */
export const findLlmKserve = (): Program | undefined => find(LLM_NAME);

function find(name: string): Program | undefined {
  const named = process.env['KSERVE_BIN'];
  const path = (named ? [named] : pathFolders()).map((folder) => join(folder, name)).find((file) => existsSync(file));
  return path === undefined ? undefined : { name, version: '', path };
}

/** The values that the cluster gives KServe's chart. */
export function kserveValues({ components }: ClusterModel): JsonObject {
  const values = components.find(({ id }) => id === 'kserve')?.values;
  if (values === undefined) throw new Error('the cluster has no KServe');
  return values;
}

/**
 * Installs the CRDs of KServe, the Gateway API, Envoy Gateway and Knative Serving, starts the controller and waits until its webhooks answer.
 *
 * @param values the values of its chart, from which the chart makes the configuration that the controller reads
 */
export async function startKserve(cluster: Cluster, kserve: Program, values: JsonObject): Promise<void> {
  const { api } = cluster;
  for (const crd of ['kserve', 'gateway-api', 'envoy-gateway', 'knative-serving'].flatMap(crdsOf))
    await api.applyServerSide(crd);
  // It looks once, when it starts, which kinds there are.
  for (const [apiVersion, kind] of KINDS) {
    const isServed = async () => (await api.list(apiVersion, kind).catch(() => undefined)) !== undefined;
    await waitFor(`${kind} of ${apiVersion} to be served`, isServed);
  }
  await cluster.createNamespace('kserve');
  await api.applyServerSide(configuration(values));
  await api.applyServerSide(storageInitializer);
  // What it looks for before it makes a Knative Service; Knative's own manifests bring it.
  await cluster.createNamespace('knative-serving');
  await api.applyServerSide({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config-autoscaler', namespace: 'knative-serving' },
  });
  await serveWebhooks(cluster, kserve, webhooks);
}

/**
 * Starts the controller of LLMInferenceServices, and waits until it judges them. Their CRDs are not among those that the
 * project carries, so the API server is given ones that take anything: what is refused, the webhook has refused.
 */
export async function startLlmKserve(cluster: Cluster, kserve: Program): Promise<void> {
  for (const kind of ['LLMInferenceService', 'LLMInferenceServiceConfig']) {
    await cluster.api.applyServerSide(openCrd(kind));
    const isServed = async () =>
      (await cluster.api.list('serving.kserve.io/v1alpha2', kind).catch(() => undefined)) !== undefined;
    await waitFor(`${kind} to be served`, isServed);
  }
  await serveWebhooks(cluster, kserve, [
    {
      ...serving,
      kind: 'ValidatingWebhookConfiguration',
      path: '/validate-serving-kserve-io-v1alpha2-llminferenceservice',
      version: 'v1alpha2',
      resource: 'llminferenceservices',
    },
  ]);
}

function openCrd(kind: string): KubernetesObject {
  const [group, singular] = ['serving.kserve.io', kind.toLowerCase()];
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural: `${singular}s`, singular },
      versions: [{ name: 'v1alpha2', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}

async function serveWebhooks(cluster: Cluster, { name, path }: Program, served: readonly Webhook[]): Promise<void> {
  const { api, kubeconfig } = cluster;
  const folder = join(cluster.folder, name);
  const [port = 0, probes = 0] = await freePorts(2);
  // It looks for the certificate of its webhooks in the folder for temporary files.
  const certificates = join(folder, 'k8s-webhook-server/serving-certs');
  mkdirSync(certificates, { recursive: true });
  copyFileSync(cluster.certificate, join(certificates, 'tls.crt'));
  copyFileSync(cluster.certificateKey, join(certificates, 'tls.key'));
  const server = cluster.start({ name, version: '', path: '/usr/bin/env' }, [
    `TMPDIR=${folder}`,
    // Its webhook asks the API server by itself, and finds it by this variable alone.
    `KUBECONFIG=${kubeconfig}`,
    path,
    '--metrics-addr=0',
    `--health-probe-addr=127.0.0.1:${probes}`,
    `--webhook-port=${port}`,
  ]);
  await untilReady(server, () => answers(`http://127.0.0.1:${probes}/readyz`));
  for (const webhook of webhookConfigurations(served, port, readFileSync(cluster.certificate)))
    await api.applyServerSide(webhook);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** What the chart kserve-resources v0.20.0 makes of its values (files/common/configmap.yaml). */
function configuration(values: JsonObject): KubernetesObject {
  const controller = at(values, 'kserve', 'controller');
  const gateway = at(controller, 'gateway');
  const resources = { memoryRequest: '100Mi', memoryLimit: '1Gi', cpuRequest: '100m', cpuLimit: '1' };
  const data = {
    deploy: { defaultDeploymentMode: at(controller, 'deploymentMode') },
    inferenceService: { resource: { cpuLimit: '1', memoryLimit: '2Gi', cpuRequest: '1', memoryRequest: '2Gi' } },
    ingress: {
      enableGatewayApi: at(gateway, 'ingressGateway', 'enableGatewayApi'),
      kserveIngressGateway: at(gateway, 'ingressGateway', 'kserveGateway') ?? 'kserve/kserve-ingress-gateway',
      ingressGateway: 'knative-serving/knative-ingress-gateway',
      localGateway: 'knative-serving/knative-local-gateway',
      localGatewayService: 'knative-local-gateway.istio-system.svc.cluster.local',
      ingressDomain: at(gateway, 'domain'),
      ingressClassName: at(gateway, 'ingressGateway', 'className') ?? 'istio',
      domainTemplate: '{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}',
      urlScheme: at(gateway, 'urlScheme'),
      disableIstioVirtualHost: at(gateway, 'disableIstioVirtualHost'),
      disableIngressCreation: false,
    },
    security: { autoMountServiceAccountToken: at(values, 'kserve', 'security', 'autoMountServiceAccountToken') },
    storageInitializer: { image: 'kserve/storage-initializer:v0.20.0', ...resources, enableModelcar: true },
    agent: { image: 'kserve/agent:v0.20.0', ...resources },
    router: { image: 'kserve/router:v0.20.0', ...resources },
    logger: { image: 'kserve/agent:v0.20.0', ...resources, defaultUrl: 'http://default-broker' },
    batcher: { image: 'kserve/agent:v0.20.0', ...resources },
    credentials: { storageSpecSecretName: 'storage-config', s3: {} },
    metricsAggregator: { enableMetricAggregation: 'false', enablePrometheusScraping: 'false' },
    localModel: { enabled: false },
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'inferenceservice-config', namespace: 'kserve' },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)])),
  };
}

/** The container that fetches models, as the chart has it by default (files/common/storagecontainer.yaml). */
const storageInitializer: KubernetesObject = {
  apiVersion: 'serving.kserve.io/v1alpha1',
  kind: 'ClusterStorageContainer',
  metadata: { name: 'default' },
  spec: {
    container: {
      name: 'storage-initializer',
      image: 'kserve/storage-initializer:v0.20.0',
      resources: { requests: { cpu: '100m', memory: '100Mi' }, limits: { cpu: '1', memory: '1Gi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        privileged: false,
        runAsNonRoot: true,
      },
    },
    supportedUriFormats: ['gs://', 's3://', 'hdfs://', 'hf://', 'webhdfs://'].map((prefix) => ({ prefix })),
    supportsMultiModelDownload: true,
    workloadType: 'initContainer',
  },
};

interface Webhook {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly operations: readonly string[];
  readonly selectors?: JsonObject;
}

const serving = { group: 'serving.kserve.io', operations: ['CREATE', 'UPDATE'] } as const;

/** Those of the chart that services, runtimes and their pods go through (files/kserve/resources.yaml). */
const webhooks: readonly Webhook[] = [
  {
    ...serving,
    kind: 'MutatingWebhookConfiguration',
    path: '/mutate-serving-kserve-io-v1beta1-inferenceservice',
    version: 'v1beta1',
    resource: 'inferenceservices',
  },
  {
    kind: 'MutatingWebhookConfiguration',
    path: '/mutate-pods',
    group: '',
    version: 'v1',
    resource: 'pods',
    operations: ['CREATE'],
    selectors: {
      objectSelector: { matchExpressions: [{ key: 'serving.kserve.io/inferenceservice', operator: 'Exists' }] },
      reinvocationPolicy: 'IfNeeded',
    },
  },
  {
    ...serving,
    kind: 'ValidatingWebhookConfiguration',
    path: '/validate-serving-kserve-io-v1beta1-inferenceservice',
    version: 'v1beta1',
    resource: 'inferenceservices',
  },
  {
    ...serving,
    kind: 'ValidatingWebhookConfiguration',
    path: '/validate-serving-kserve-io-v1alpha1-servingruntime',
    version: 'v1alpha1',
    resource: 'servingruntimes',
  },
];

function webhookConfigurations(
  served: readonly Webhook[],
  port: number,
  authority: Buffer,
): readonly KubernetesObject[] {
  const caBundle = authority.toString('base64');
  return served.map(({ kind, path, group, version, resource, operations, selectors }) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: `kserve${path.replaceAll('/', '-')}` },
    webhooks: [
      {
        name: `${resource}.${kind.toLowerCase().slice(0, 8)}.kserve.io`,
        clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle },
        rules: [{ apiGroups: [group], apiVersions: [version], resources: [resource], operations }],
        admissionReviewVersions: ['v1beta1'],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        ...selectors,
      },
    ],
  }));
}
