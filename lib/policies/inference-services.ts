import { at, isJsonObject, type JsonObject, objectsIn } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';

// InferenceServices as KServe reads them, those of constructs and those that users write by hand.

/** How KServe runs a service: the spelling of its annotation. */
export type DeploymentMode = 'Standard' | 'Knative';

/** An InferenceService in the objects of the cluster. */
export interface KserveService {
  /** Construct path of the object. */
  readonly path: string;
  readonly title: string;
  readonly manifest: Manifest;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent when neither the service nor a KServe of ours says it. */
  readonly mode?: DeploymentMode;
  readonly predictor: JsonObject;
  /** Predictor, transformer and explainer, as far as the service has them. */
  readonly components: readonly { readonly name: string; readonly spec: JsonObject }[];
  readonly canaries: readonly JsonObject[];
}

const MODE_ANNOTATION = 'serving.kserve.io/deploymentMode';

/** The spellings of today, and those that KServe still rewrites. */
const MODES: Readonly<Record<string, DeploymentMode>> = {
  Standard: 'Standard',
  RawDeployment: 'Standard',
  Knative: 'Knative',
  Serverless: 'Knative',
};

/** Every InferenceService of the cluster. */
export function kserveServices(cluster: ClusterModel): readonly KserveService[] {
  const standing = defaultMode(cluster);
  return objectsOfKind(cluster, 'serving.kserve.io', 'InferenceService').map(({ path, manifest }) => {
    const { metadata, spec } = manifest;
    const annotations = metadata.annotations ?? {};
    const own = annotations[MODE_ANNOTATION];
    const mode = own === undefined ? standing : MODES[own];
    const components = ['predictor', 'transformer', 'explainer'].flatMap((name) => {
      const part = at(spec, name);
      return isJsonObject(part) ? [{ name, spec: part }] : [];
    });
    return {
      path,
      title: `InferenceService '${metadata.name}'`,
      manifest,
      annotations,
      ...(mode === undefined ? {} : { mode }),
      predictor: components.find(({ name }) => name === 'predictor')?.spec ?? {},
      components,
      canaries: objectsIn(at(spec, 'canary')),
    };
  });
}

/** Whether Knative is told to scale by the use of cores or memory, as a HorizontalPodAutoscaler does. */
export function scaledByUse(annotations: KserveService['annotations']): boolean {
  return annotations['autoscaling.knative.dev/class'] === 'hpa.autoscaling.knative.dev';
}

/** What a service that names no mode gets, where the values of KServe are ours. */
function defaultMode({ components }: ClusterModel): DeploymentMode | undefined {
  const kserve = components.find(({ id }) => id === 'kserve');
  if (kserve === undefined || kserve.installed) return undefined;
  const mode = at(kserve.values, 'kserve', 'controller', 'deploymentMode');
  return typeof mode === 'string' ? MODES[mode] : undefined;
}

/** A unit with one service for examples: `spec` is laid beside a predictor with a server. */
export function exampleServiceUnit(
  mode: DeploymentMode,
  predictor: JsonObject,
  spec: JsonObject = {},
  name = 'classifier',
) {
  return exampleUnit({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name, namespace: 'vision', annotations: { [MODE_ANNOTATION]: mode } },
    spec: { predictor: { model: { modelFormat: { name: 'triton' } }, ...predictor }, ...spec },
  });
}
