// Volcano outside a cluster: its scheduler, controllers and admission webhooks as processes beside the control plane.
// No package registry has these programs, so the lane takes them where it finds them.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { at, type Json } from '../../lib/model/json.ts';
import type { KubernetesObject } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import { freePorts } from './control-plane.ts';
import { untilReady } from './run-folder.ts';
import { type Program, pathFolders, programIn } from './toolchain.ts';
import { waitFor } from './waiting.ts';

export interface Volcano {
  readonly scheduler: Program;
  readonly controllers: Program;
  readonly webhooks: Program;
}

/** Why a claim about Volcano was not run. */
export const noVolcano =
  'no volcano: VOLCANO_BIN and PATH have no vc-scheduler, vc-controller-manager and vc-webhook-manager';

/** The programs of Volcano in the folder that `VOLCANO_BIN` names, or on PATH. */
export async function findVolcano(): Promise<Volcano | undefined> {
  const named = process.env['VOLCANO_BIN'];
  const folders = named ? [named] : pathFolders();
  const scheduler = await programIn(folders, 'vc-scheduler', ['--version']);
  const controllers = await programIn(folders, 'vc-controller-manager', ['--version']);
  const webhooks = await programIn(folders, 'vc-webhook-manager', ['--version']);
  return scheduler && controllers && webhooks && { scheduler, controllers, webhooks };
}

/**
 * Installs Volcano's CRDs, starts its programs and waits until its default queue exists.
 *
 * @param schedulerConf text of the scheduler's configuration file
 * @param metrics ports at which scheduler and controllers tell their metrics; without them they tell none
 */
export async function startVolcano(
  cluster: Cluster,
  volcano: Volcano,
  schedulerConf: string,
  metrics?: { readonly scheduler: number; readonly controllers: number },
): Promise<void> {
  const { api, folder, kubeconfig, certificate, certificateKey } = cluster;
  for (const crd of volcanoCrds()) await api.applyServerSide(crd);
  await cluster.createNamespace('volcano-system');
  const [port = 0] = await freePorts(1);
  for (const configuration of webhookConfigurations(port)) await api.applyServerSide(configuration);

  const common = [`--kubeconfig=${kubeconfig}`, '--logtostderr', '-v=3'];
  const webhookServer = cluster.start(volcano.webhooks, [
    ...common,
    `--tls-cert-file=${certificate}`,
    `--tls-private-key-file=${certificateKey}`,
    `--ca-cert-file=${certificate}`,
    '--listen-address=127.0.0.1',
    `--port=${port}`,
    `--webhook-url=https://127.0.0.1:${port}`,
    `--enabled-admission=${webhooks.map(({ path }) => path).join(',')}`,
  ]);
  await untilReady(webhookServer, () => accepts(port));

  // In a folder of its own: the scheduler reads it again whenever anything beside it is written, its own log too.
  const configuration = join(folder, 'scheduler-configuration', 'volcano-scheduler.conf');
  mkdirSync(dirname(configuration));
  writeFileSync(configuration, schedulerConf);
  cluster.start(volcano.scheduler, [
    ...common,
    `--scheduler-conf=${configuration}`,
    // Without this a configuration that it cannot read is silently replaced by the built-in one.
    '--disable-default-scheduler-config',
    '--leader-elect=false',
    '--cache-dumper=false',
    '--plugins-dir=',
    ...metricsAt(metrics?.scheduler),
  ]);
  cluster.start(volcano.controllers, [...common, '--leader-elect=false', ...metricsAt(metrics?.controllers)]);
  const queue = { apiVersion: 'scheduling.volcano.sh/v1beta1', kind: 'Queue', metadata: { name: 'default' } };
  await waitFor("Volcano's default queue", () => api.get(queue));
}

function metricsAt(port: number | undefined): readonly string[] {
  return port === undefined ? [] : ['--enable-metrics', `--listen-address=127.0.0.1:${port}`];
}

/** Waits until Volcano's controllers have opened the queues: a job is refused in one that is not. */
export async function queuesOpen({ api }: Cluster, queues: readonly { readonly name: string }[]): Promise<void> {
  for (const { name } of queues) {
    const queue = { apiVersion: 'scheduling.volcano.sh/v1beta1', kind: 'Queue', metadata: { name } };
    await waitFor(
      `queue ${name} to be open`,
      async () => at((await api.get(queue))?.['status'] as Json, 'state') === 'Open',
    );
  }
}

/** As data of the pinned version. */
function volcanoCrds(): readonly KubernetesObject[] {
  const file = join(import.meta.dirname, '../../imports/crds/volcano.json');
  return JSON.parse(readFileSync(file, 'utf8')) as KubernetesObject[];
}

interface Webhook {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  /** At the webhook manager, which derives the name of the configuration from it. */
  readonly path: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly operations: readonly string[];
}

/** Those of the chart that queues and jobs go through (templates/webhooks.yaml of chart volcano 1.15.1). */
const webhooks: readonly Webhook[] = [
  {
    kind: 'MutatingWebhookConfiguration',
    path: '/jobs/mutate',
    apiVersion: 'batch.volcano.sh/v1alpha1',
    resource: 'jobs',
    operations: ['CREATE'],
  },
  {
    kind: 'ValidatingWebhookConfiguration',
    path: '/jobs/validate',
    apiVersion: 'batch.volcano.sh/v1alpha1',
    resource: 'jobs',
    operations: ['CREATE', 'UPDATE'],
  },
  {
    kind: 'ValidatingWebhookConfiguration',
    path: '/podgroups/validate',
    apiVersion: 'scheduling.volcano.sh/v1beta1',
    resource: 'podgroups',
    operations: ['CREATE'],
  },
  {
    kind: 'MutatingWebhookConfiguration',
    path: '/queues/mutate',
    apiVersion: 'scheduling.volcano.sh/v1beta1',
    resource: 'queues',
    operations: ['CREATE'],
  },
  {
    kind: 'ValidatingWebhookConfiguration',
    path: '/queues/validate',
    apiVersion: 'scheduling.volcano.sh/v1beta1',
    resource: 'queues',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  },
];

/** The webhook manager fills in the authority that signed its certificate. */
function webhookConfigurations(port: number): KubernetesObject[] {
  return webhooks.map(({ kind, path, apiVersion, resource, operations }) => {
    const [group, version] = apiVersion.split('/');
    const name = path.slice(1).replace('/', '-');
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: `volcano-admission-service-${name}` },
      webhooks: [
        {
          name: `${name}.volcano.sh`,
          clientConfig: { url: `https://127.0.0.1:${port}${path}` },
          rules: [{ apiGroups: [group], apiVersions: [version], resources: [resource], operations }],
          admissionReviewVersions: ['v1'],
          sideEffects: 'NoneOnDryRun',
        },
      ],
    };
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
