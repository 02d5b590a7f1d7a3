import { at, type JsonObject } from '../model/json.ts';
import { examplePlatform } from './examples.ts';
import {
  type DeploymentMode,
  exampleServiceUnit,
  type KserveService,
  kserveServices,
  scaledByUse,
} from './inference-services.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const fit027: Policy = {
  id: 'FIT-027',
  title: 'A model server sets nothing that works only in the other mode of KServe.',
  why: 'Some of these settings KServe refuses, others nobody reads: a canary gets all requests, a service that should go down to nothing keeps its GPU.',
  source: 'https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1beta1/inference_service_validation.go',
  severity: 'error',
  check: perCluster((cluster) => kserveServices(cluster).flatMap(judge)),
  examples: {
    passing: () => examplePlatform({ units: [exampleServiceUnit('Knative', { canaryTrafficPercent: 20 })] }),
    failing: () => examplePlatform({ units: [exampleServiceUnit('Standard', { canaryTrafficPercent: 20 })] }),
  },
};

/** A setting with the mode that alone reads it, and what says the same in the other. */
interface Setting {
  readonly name: string;
  readonly mode: DeploymentMode;
  readonly fix: string;
}

const WRITE_OTHERWISE = 'Leave it out, or change the mode.';

function judge(service: KserveService): readonly Verdict[] {
  const { path, title, mode } = service;
  const settings = [...settingsOf(service)];
  if (mode === undefined) {
    return settings.map(({ name }) =>
      unknown(
        path,
        `${title} has ${name}, and which mode it is run in is not known`,
        'Add the annotation serving.kserve.io/deploymentMode.',
      ),
    );
  }
  return settings
    .filter((setting) => setting.mode !== mode)
    .map((setting) =>
      fail(
        path,
        `${title} is run in mode ${mode} and has ${setting.name}, which works in mode ${setting.mode} alone`,
        setting.fix,
      ),
    );
}

function* settingsOf({ annotations, predictor, components, canaries }: KserveService): Iterable<Setting> {
  const scaler = annotations['serving.kserve.io/autoscalerClass'];
  for (const { name, spec } of components) {
    const has = (member: string) => at(spec, member) !== undefined;
    const metric = at(spec, 'scaleMetric');
    if (has('canaryTrafficPercent')) {
      yield knative(
        `canaryTrafficPercent of the ${name}`,
        'Use the list spec.canary (canary of an InferenceService construct), or mode knative.',
      );
    }
    if (has('containerConcurrency') && name === 'predictor') yield knative(`containerConcurrency of the ${name}`);
    if (metric === 'concurrency' || metric === 'rps') {
      yield knative(
        `scaleMetric ${metric} of the ${name}`,
        'Scale by the use of cores (cpuPercent), or use mode knative.',
      );
    }
    if ((metric === 'cpu' || metric === 'memory') && !scaledByUse(annotations)) {
      yield standard(
        `scaleMetric ${metric} of the ${name}`,
        'Scale by requests at a time (concurrency), or use mode standard.',
      );
    }
    // KEDA and other scalers of the user's can bring it down to nothing; KServe's own keeps one.
    if (at(spec, 'minReplicas') === 0 && scaler !== 'keda' && scaler !== 'external') {
      yield knative(`minReplicas 0 of the ${name}`, 'Set it to 1, or use mode knative.');
    }
    if (has('deploymentStrategy')) yield standard(`deploymentStrategy of the ${name}`);
  }
  if (canaries.length > 0)
    yield standard('canaries', 'Use canaryPercent, which moves requests from revision to revision, or mode standard.');
  if (at(predictor, 'workerSpec') !== undefined) yield standard('workerSpec of the predictor');
  for (const key of Object.keys({ ...annotations, ...annotationsOf(predictor) })) {
    if (/^(autoscaling|serving)\.knative\.dev\//.test(key)) yield knative(`the annotation ${key}`);
  }
}

function annotationsOf(predictor: JsonObject): object {
  const own = at(predictor, 'annotations');
  return typeof own === 'object' && own !== null ? own : {};
}

function knative(name: string, fix = WRITE_OTHERWISE): Setting {
  return { name, mode: 'Knative', fix };
}

function standard(name: string, fix = WRITE_OTHERWISE): Setting {
  return { name, mode: 'Standard', fix };
}
