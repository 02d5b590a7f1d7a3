import { at, type Json, type JsonObject } from '../model/json.ts';
import type { ClusterModel, ServiceModel } from '../model/platform-model.ts';
import { devices, limitFor, perNode, written } from './capacity.ts';
import { examplePlatform } from './examples.ts';
import { exampleServiceUnit, type KserveService, kserveServices, scaledByUse } from './inference-services.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit016: Policy = {
  id: 'FIT-016',
  title: 'A model server can reach the most replicas that it is given, and its canaries add up.',
  why: 'KServe refuses numbers that contradict each other. Replicas beyond the quota or the pool are missing when the load comes for which they were meant.',
  source: 'https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1beta1/inference_service_validation.go',
  severity: 'error',
  check: perCluster((cluster) => [
    ...kserveServices(cluster).flatMap((service): readonly Verdict[] => [
      ...judgeReplicas(service),
      ...judgeScaling(service),
      ...judgeCanaries(service),
    ]),
    ...cluster.services.flatMap((service) => [...judgeRoom(service, cluster)]),
  ]),
  examples: {
    passing: () => examplePlatform({ units: [exampleServiceUnit('Standard', { minReplicas: 2, maxReplicas: 8 })] }),
    failing: () => examplePlatform({ units: [exampleServiceUnit('Standard', { minReplicas: 8, maxReplicas: 2 })] }),
  },
};

function* judgeReplicas({ path, title, components }: KserveService): Iterable<Verdict> {
  for (const { name, spec } of components) {
    const min = numberAt(spec, 'minReplicas') ?? 1;
    const max = numberAt(spec, 'maxReplicas') ?? 0;
    if (min < 0 || max < 0) {
      yield fail(
        path,
        `the ${name} of ${title} has fewer than no replicas`,
        'Set minReplicas and maxReplicas to 0 or more.',
      );
    } else if (max !== 0 && min > max) {
      const what = `the ${name} of ${title} has at least ${min} and at most ${max} replicas`;
      yield fail(path, what, `Raise maxReplicas to ${min}, or lower minReplicas to ${max}.`);
    }
  }
}

/** Classes that KServe takes for its own annotation. */
const CLASSES = ['hpa', 'keda', 'external', 'none'];

function* judgeScaling({ path, title, annotations, mode, components }: KserveService): Iterable<Verdict> {
  const scaler = annotations['serving.kserve.io/autoscalerClass'];
  if (scaler !== undefined && !CLASSES.includes(scaler)) {
    yield fail(path, `${title} has the autoscaler class '${scaler}'`, `Use one of ${CLASSES.join(', ')}.`);
  }
  const byUse = mode === 'Knative' ? scaledByUse(annotations) : scaler === 'hpa';
  for (const { name, spec } of components) {
    const metric = textAt(spec, 'scaleMetric');
    const target = numberAt(spec, 'scaleTarget');
    const part = `the ${name} of ${title}`;
    if (byUse && target !== undefined && (target < 1 || target > 100)) {
      yield fail(path, `${part} grows above a use of ${target} percent`, 'Set scaleTarget to a number from 1 to 100.');
    }
    if (byUse && mode === 'Knative' && (metric === 'concurrency' || metric === 'rps')) {
      const what = `${part} grows by ${metric}, and a HorizontalPodAutoscaler, which it asks for, knows no such thing`;
      yield fail(path, what, 'Leave the annotation autoscaling.knative.dev/class out.');
    }
    if (!byUse && metric === 'rps' && target !== undefined && target < 1) {
      yield fail(path, `${part} grows above ${target} requests a second`, 'Set scaleTarget to 1 or more.');
    }
    if (mode === 'Standard' && scaler === 'keda' && metric !== undefined) {
      const what = `${part} has a scaleMetric, which KServe does not take for KEDA`;
      yield fail(path, what, 'Write autoScaling.metrics in its place.');
    }
  }
}

/** What KServe takes from the stable predictor, so that a canary must not say it. */
const NOT_OF_CANARIES = ['maxReplicas', 'scaleTarget', 'scaleMetric', 'autoScaling', 'workerSpec'];

function* judgeCanaries({ path, title, predictor, canaries }: KserveService): Iterable<Verdict> {
  const percents = canaries.map((canary) => numberAt(canary, 'trafficPercent') ?? 0);
  const total = percents.reduce((sum, percent) => sum + percent, 0);
  const names = canaries.map((canary) => textAt(canary['predictor'], 'name') ?? '');
  const own = [textAt(predictor, 'name') ?? '', ''];
  if (percents.some((percent) => percent < 0 || percent > 100) || total > 100) {
    const what = `the canaries of ${title} get ${percents.join(' + ')} percent of the requests`;
    yield fail(path, what, 'Give each a part from 0 to 100, and all together no more than 100.');
  }
  if (new Set([...names, ...new Set(own)]).size < names.length + new Set(own).size) {
    const what = `the canaries of ${title} are called ${names.map((name) => `'${name}'`).join(', ')}`;
    yield fail(path, what, 'Give each a name of its own, other than that of the stable predictor.');
  }
  const stable = numberAt(predictor, 'minReplicas') ?? 1;
  for (const canary of canaries) {
    const spec = canary['predictor'];
    const where = `canary '${textAt(spec, 'name') ?? ''}' of ${title}`;
    const said = NOT_OF_CANARIES.filter((member) => set(at(spec, member)));
    if (said.length > 0)
      yield fail(path, `${where} sets ${said.join(' and ')}`, `Leave ${said.join(' and ')} out of it.`);
    const replicas = numberAt(spec, 'minReplicas') ?? 0;
    if (replicas > stable) {
      const what = `${where} has ${replicas} replicas, more than the ${stable} that the stable predictor is sure of`;
      yield fail(
        path,
        what,
        `Lower its minReplicas to ${stable}, or raise that of the stable predictor to ${replicas}.`,
      );
    }
  }
  const percent = numberAt(predictor, 'canaryTrafficPercent');
  if (percent !== undefined && (percent < 0 || percent > 100)) {
    yield fail(
      path,
      `the newest revision of ${title} gets ${percent} percent of the requests`,
      'Set it from 0 to 100.',
    );
  }
}

/** The canary's replicas run beside as many stable ones as the autoscaler may make. */
function* judgeRoom(service: ServiceModel, { pools, tenants }: ClusterModel): Iterable<Verdict> {
  const { name, path, scale, canary, perReplica } = service;
  const pool = pools.find((one) => one.name === service.pool);
  const quota = tenants.find((one) => one.name === service.tenant)?.quota ?? [];
  if (pool === undefined) return;
  const most = scale.max + (canary?.replicas ?? 0);
  const replicas = `service '${name}' may have ${most} replicas${canary === undefined ? '' : ', those of its canary among them,'}`;
  for (const [resource, count] of Object.entries(perReplica.devices)) {
    if (count === 0 || perNode(pool, resource) === 0) continue;
    const asked = `${replicas} with ${devices(pool, resource, count)} each`;
    const limit = limitFor(quota, pool.name, resource);
    const room = Math.floor(perNode(pool, resource) / count) * pool.maxNodes;
    if (limit !== undefined && most * count > limit) {
      const what = `${asked}, and the quota of '${service.tenant}' is ${devices(pool, resource, limit)}`;
      yield fail(
        path,
        what,
        `Lower scale.max to ${lowered(limit, count, most - scale.max)}, or raise the quota to ${written(pool, resource, most * count)}.`,
      );
    }
    if (most > room) {
      const what = `${asked}, and pool '${pool.name}' has room for ${room}`;
      yield fail(
        path,
        what,
        `Lower scale.max to ${Math.max(1, room - (most - scale.max))}, or raise maxNodes of the pool.`,
      );
    }
  }
}

function lowered(limit: number, count: number, ofCanary: number): number {
  return Math.max(1, Math.floor(limit / count) - ofCanary);
}

function numberAt(value: Json | undefined, member: string): number | undefined {
  const found = at(value, member);
  return typeof found === 'number' ? found : undefined;
}

function textAt(value: Json | undefined, member: string): string | undefined {
  const found = at(value, member);
  return typeof found === 'string' ? found : undefined;
}

/** KServe reads 0 like nothing. */
function set(value: Json | JsonObject | undefined): boolean {
  return value !== undefined && value !== null && value !== 0;
}
