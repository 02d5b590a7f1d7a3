import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import type { ServiceModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { exampleServiceUnit, type KserveService, kserveServices } from './inference-services.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const avail004: Policy = {
  id: 'AVAIL-004',
  title: 'Nothing restarts a model server before the time is over that its model may take to load.',
  why: 'A liveness probe that starts too early kills the server while it loads, and the next one begins from nothing: it never answers.',
  source: 'https://kubernetes.io/docs/concepts/workloads/pods/probes/#startup-probe',
  severity: 'error',
  check: perCluster((cluster) => {
    const declared = new Map(cluster.services.map((one) => [`${one.namespace}/${one.name}`, one.loadSeconds]));
    return kserveServices(cluster).flatMap((service) => {
      const { name, namespace = 'default' } = service.manifest.metadata;
      return [...judge(service, declared.get(`${namespace}/${name}`))];
    });
  }),
  examples: {
    passing: () => withStartup(60),
    failing: () => withStartup(6),
  },
};

function withStartup(failureThreshold: number) {
  const service: ServiceModel = {
    name: 'classifier',
    path: 'example/east/vision/classifier',
    namespace: 'vision',
    tenant: 'vision',
    pool: 'h100',
    mode: 'standard',
    scale: { min: 1, max: 1 },
    perReplica: { cpuMillis: 1000, memoryMiB: 1024, devices: { 'nvidia.com/gpu': 1 } },
    loadSeconds: 600,
  };
  const model = {
    modelFormat: { name: 'triton' },
    startupProbe: { periodSeconds: 10, failureThreshold },
    livenessProbe: {},
  };
  return examplePlatform({ services: [service], units: [exampleServiceUnit('Standard', { model })] });
}

/** Where the revision has not come up by then, Knative calls it failed. */
const DEADLINE = 'serving.knative.dev/progress-deadline';
const DEFAULT_DEADLINE = '600s';

/** @param declared seconds that the service may take to load its model, where the program says it */
function* judge(service: KserveService, declared: number | undefined): Iterable<Verdict> {
  const { path, title, predictor, annotations, mode } = service;
  for (const container of serversOf(predictor)) {
    const [startup, liveness] = [container['startupProbe'], container['livenessProbe']];
    // Without a startup probe the liveness probe looks at the server from the beginning.
    const probe = startup ?? liveness;
    if (probe === undefined) continue;
    if (declared === undefined) {
      if (startup !== undefined) continue;
      const what = `whether the liveness probe of ${title} waits until its model is loaded is not known`;
      yield unknown(path, what, 'Add a startupProbe that lasts as long as loading may take.');
    } else if (secondsOf(probe) < declared) {
      const what = `${title} may take ${declared} seconds to load its model, and its ${startup === undefined ? 'liveness' : 'startup'} probe gives up after ${secondsOf(probe)}`;
      yield fail(
        path,
        what,
        `Give it a startupProbe with periodSeconds: 10 and failureThreshold: ${Math.ceil(declared / 10)}.`,
      );
    }
  }
  const deadline = /^(\d+)s$/.exec(annotations[DEADLINE] ?? DEFAULT_DEADLINE)?.[1];
  if (mode === 'Knative' && declared !== undefined && deadline !== undefined && Number(deadline) < declared) {
    const what = `${title} may take ${declared} seconds to load its model, and Knative gives up after ${deadline}`;
    yield fail(path, what, `Add the annotation ${DEADLINE}: ${declared}s.`);
  }
}

/** The container of the model, or the user's own; others beside it load nothing. */
function serversOf({ model, containers }: JsonObject): readonly JsonObject[] {
  return isJsonObject(model) ? [model] : objectsIn(containers).filter(({ name }) => name === 'kserve-container');
}

function secondsOf(probe: Json): number {
  const value = (member: string, absent: number) => {
    const found = at(probe, member);
    return typeof found === 'number' ? found : absent;
  };
  return value('initialDelaySeconds', 0) + value('periodSeconds', 10) * value('failureThreshold', 3);
}
