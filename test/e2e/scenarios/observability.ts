import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { at, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import type { Cluster } from '../cluster.ts';
import { freePorts } from '../control-plane.ts';
import { applyUnits, exampleCluster, exampleClusters, nodesOf } from '../examples.ts';
import { boundWorkers, gangLike } from '../gangs.ts';
import { runFolder } from '../run-folder.ts';
import type { Scenario } from '../scenario.ts';
import { type Program, program } from '../toolchain.ts';
import { findVolcano, noVolcano, queuesOpen, startVolcano } from '../volcano.ts';
import { waitFor } from '../waiting.ts';

/** An example with GPUs, queues and services, so with every rule. */
const EXAMPLE = 'aws-h100-training';

export const scenario: Scenario = {
  name: 'observability',
  limits: [
    "Names and labels of metrics are seen on the real Volcano alone: those of the DCGM exporter, kube-state-metrics, vLLM and Triton are as their makers' pages have them, and Prometheus reads none of them here.",
  ],
  async run({ startCluster, prove, notRun }) {
    const promtool = await program('promtool');
    await prove('the real promtool accepts the alerts and the dashboard of every example', promtool, () =>
      acceptsAll(promtool),
    );
    await prove('each alert fires on what it is for, after its time and not before', promtool, () => fires(promtool));
    const claim = 'the real Volcano tells every metric that alerts and dashboard read of it, by the same labels';
    const volcano = await findVolcano();
    if (volcano === undefined) notRun(claim, 'vc-scheduler', noVolcano);
    else {
      await prove(claim, volcano.scheduler, async () => {
        const [scheduler = 0, controllers = 0] = await freePorts(2);
        const cluster = await startCluster();
        const model = await exampleCluster(EXAMPLE);
        const configuration = String(at(valuesOf(model), 'custom', 'scheduler_config_override'));
        await startVolcano(cluster, volcano, configuration, { scheduler, controllers });
        return tells(cluster, model, [scheduler, controllers]);
      });
    }
  },
};

async function acceptsAll(promtool: Program): Promise<string> {
  let [rules, charts] = [0, 0];
  for (const { name, model } of await exampleClusters()) {
    const groups = groupsOf(model);
    if (groups.length === 0) continue;
    const drawn = panelsOf(model).map((expr, index) => ({ record: `panel:${index}`, expr }));
    const file = written(`${name}.yaml`, { groups: [...groups, { name: 'dashboard', rules: drawn }] });
    await run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', file]);
    rules += groups.flatMap((group) => objectsIn(group['rules'])).length;
    charts += drawn.length;
  }
  assert.ok(rules > 0 && charts > 0);
  return `${rules} alerts, ${charts} charts`;
}

/** What Prometheus would have read, a value each minute, and which alerts fire after a while. */
interface Case {
  readonly series: Readonly<Record<string, string>>;
  readonly firing: Readonly<Record<string, readonly string[]>>;
}

const gpu = 'Hostname="a",gpu="3"';
const service = 'namespace="vision",inferenceservice="classifier"';

const CASES: readonly Case[] = [
  {
    series: { [`DCGM_FI_DEV_XID_ERRORS{${gpu}}`]: '0x10 79x10' },
    firing: { '5m': [], '15m': ['GpuXidError'] },
  },
  {
    series: { [`DCGM_FI_DEV_ROW_REMAP_FAILURE{${gpu}}`]: '0x5 1x10' },
    firing: { '4m': [], '10m': ['GpuMemoryFailed'] },
  },
  {
    series: {
      [`DCGM_FI_DEV_GPU_UTIL{${gpu},exported_namespace="vision",exported_pod="busy"}`]: '0 0 90 0x200',
      [`DCGM_FI_DEV_GPU_UTIL{${gpu},exported_namespace="vision",exported_pod="also"}`]: '30x200',
      [`DCGM_FI_DEV_GPU_UTIL{Hostname="b",gpu="0"}`]: '0x200',
    },
    firing: { '60m': [], '90m': ['GpuIdleWhileAllocated'] },
  },
  {
    series: {
      'volcano_queue_pod_group_pending_count{queue_name="a",pod="leads"}': '0x10 2x100',
      'volcano_queue_pod_group_inqueue_count{queue_name="a",pod="leads"}': '0x110',
      'volcano_queue_pod_group_pending_count{queue_name="b",pod="leads"}': '1x40 0 1x40',
      'volcano_queue_pod_group_inqueue_count{queue_name="b",pod="leads"}': '0x110',
    },
    firing: { '65m': [], '75m': ['QueueWaitsTooLong'] },
  },
  {
    series: {
      'kube_deployment_status_replicas_unavailable{namespace="vision",deployment="classifier-predictor"}': '1x60',
      'kube_deployment_status_replicas_unavailable{namespace="vision",deployment="web"}': '1x60',
    },
    firing: { '25m': [], '35m': ['ServiceNotReady'] },
  },
  {
    // Two requests each second, of a tenth of a second each and then of one.
    series: {
      [`nv_inference_request_duration_us{${service}}`]: '0+12000000x20 240000000+120000000x30',
      [`nv_inference_request_success{${service}}`]: '0+120x50',
    },
    firing: { '20m': [], '45m': ['ServiceSlow'] },
  },
  {
    series: {
      [`vllm:time_to_first_token_seconds_bucket{${service},le="1"}`]: '0+60x20 1200x30',
      [`vllm:time_to_first_token_seconds_bucket{${service},le="10"}`]: '0+60x50',
      [`vllm:time_to_first_token_seconds_bucket{${service},le="+Inf"}`]: '0+60x50',
    },
    firing: { '20m': [], '45m': ['ServiceSlow'] },
  },
];

async function fires(promtool: Program): Promise<string> {
  const groups = groupsOf(await exampleCluster(EXAMPLE));
  const rules = written('rules.yaml', { groups });
  const tests = CASES.map(({ series, firing }) => ({
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: Object.entries(firing).map(([eval_time, alerts]) => ({
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time,
      exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
    })),
  }));
  const file = written('tests.yaml', { rule_files: [rules], evaluation_interval: '1m', tests });
  await run(promtool, ['test', 'rules', file]);
  const tried = new Set(CASES.flatMap(({ firing }) => Object.values(firing).flat()));
  const all = groups.flatMap((group) => objectsIn(group['rules']).map(({ alert }) => String(alert)));
  assert.deepEqual([...tried].sort(), [...all].sort(), 'every alert is tried');
  return `${tried.size} alerts, ${CASES.length} cases`;
}

/** Lets one gang run and one wait, and looks what Volcano has to say of it. */
async function tells(cluster: Cluster, model: ClusterModel, ports: readonly number[]): Promise<string> {
  await cluster.createNodes(nodesOf(model));
  await applyUnits(
    cluster,
    model.units.filter(({ kind }) => kind === 'tenant' || kind === 'queue'),
  );
  await queuesOpen(cluster, model.queues);
  const [job] = model.jobs;
  assert(job);
  for (const object of gangLike(model, { name: 'runs', workers: 4 })) await cluster.api.applyServerSide(object);
  await boundWorkers(cluster, job.namespace, 'runs', 4);
  for (const object of gangLike(model, { name: 'waits', workers: 4 })) await cluster.api.applyServerSide(object);
  const texts = [JSON.stringify(groupsOf(model)), ...panelsOf(model)].join(' ');
  const wanted = [...new Set(texts.match(/volcano_\w+/g))].sort();
  const missing = await waitForNone(async () => {
    const told = (await Promise.all(ports.map((port) => fetch(`http://127.0.0.1:${port}/metrics`)))).map((one) =>
      one.text(),
    );
    const lines = (await Promise.all(told)).join('\n').split('\n');
    const labels = (name: string) => (/_bucket$/.test(name) ? 'le=' : 'queue_name=');
    return wanted.filter((name) => !lines.some((line) => line.startsWith(`${name}{`) && line.includes(labels(name))));
  });
  assert.deepEqual(missing, []);
  return wanted.join(', ');
}

async function waitForNone(missing: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let last: readonly string[] = [];
  await waitFor('every metric', async () => {
    last = await missing();
    return last.length === 0;
  }).catch(() => undefined);
  return last;
}

function valuesOf(model: ClusterModel): JsonObject {
  return model.components.find(({ id }) => id === 'volcano')?.values ?? {};
}

function groupsOf(model: ClusterModel): readonly JsonObject[] {
  return objectsIn(at(objectOf(model, 'PrometheusRule')?.['spec'], 'groups'));
}

function panelsOf(model: ClusterModel): readonly string[] {
  const text = at(objectOf(model, 'ConfigMap')?.['data'], 'ai-cluster.json');
  const { panels } = JSON.parse(String(text)) as { panels: JsonObject[] };
  return panels.map((panel) => String(at(panel, 'targets', 0, 'expr')));
}

function objectOf({ units }: ClusterModel, kind: string) {
  return units
    .find(({ id }) => id === 'observability')
    ?.objects.map(({ manifest }) => manifest)
    .find((manifest) => manifest.kind === kind);
}

function written(name: string, content: object): string {
  const file = join(mkdtempSync(join(runFolder(), 'rules-')), name);
  writeFileSync(file, stringify(content));
  return file;
}

function run({ path }: Program, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, args, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`)),
    );
  });
}
