import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { containersOf } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { llmWorkloads } from './llm-services.ts';
import { objectsOfKind } from './objects.ts';
import { podsOf } from './pods.ts';

/** An image that the program names. */
export interface NamedImage {
  /** Construct path of the object. */
  readonly path: string;
  /** What it is for, such as `container 'main' of Pod 'probe'`. */
  readonly of: string;
  readonly image: string;
  /** Whether a component of this library brings the object. */
  readonly isOurs: boolean;
}

/**
 * The images that objects of the cluster name and that are pulled: of containers, of volumes, and of models.
 *
 * @param isWanted tells by the image alone whether it belongs to the list: on a large platform few images of many do
 */
export function imagesOf(cluster: ClusterModel, isWanted: (image: string) => boolean): readonly NamedImage[] {
  const images: NamedImage[] = [];
  const ours = new Set(
    cluster.units.filter(({ kind }) => kind === 'component').flatMap(({ objects }) => objects.map(({ path }) => path)),
  );
  const wants = (image: Json | undefined): image is string => typeof image === 'string' && isWanted(image);
  const add = (path: string, of: string, image: string) => images.push({ path, of, image, isOurs: ours.has(path) });
  const addContainer = (path: string, title: string, { name, image, imagePullPolicy }: JsonObject) => {
    // What is never pulled is on the node, put there by its owner.
    if (imagePullPolicy !== 'Never' && wants(image)) add(path, `container '${String(name)}' of ${title}`, image);
  };
  const addModel = (path: string, title: string, uri: Json | undefined) => {
    // A model in an image is run as one.
    const image = typeof uri === 'string' && uri.startsWith('oci://') ? uri.slice('oci://'.length) : undefined;
    if (wants(image)) add(path, `the model of ${title}`, image);
  };
  const addPod = (path: string, title: string, spec: Json | undefined) => {
    if (!isJsonObject(spec)) return;
    for (const container of containersOf(spec)) {
      addContainer(path, title, container);
      addModel(path, title, container['storageUri']);
    }
    for (const worker of objectsIn(at(spec['workerSpec'], 'containers'))) addContainer(path, title, worker);
    for (const { name, image } of objectsIn(spec['volumes'])) {
      const reference = image === undefined ? undefined : at(image, 'reference');
      if (wants(reference)) add(path, `volume '${String(name)}' of ${title}`, reference);
    }
  };
  for (const { path, title, template } of podsOf(cluster)) addPod(path, title, template.spec);
  for (const kind of ['ServingRuntime', 'ClusterServingRuntime']) {
    for (const { path, manifest } of objectsOfKind(cluster, 'serving.kserve.io', kind))
      addPod(path, `${kind} '${manifest.metadata.name}'`, manifest['spec']);
  }
  for (const { path, title, spec } of llmWorkloads(cluster)) {
    const parts = [spec['template'], spec['worker'], at(spec, 'router', 'scheduler', 'template')];
    for (const part of parts) addPod(path, title, part);
    addModel(path, title, at(spec, 'model', 'uri'));
  }
  return images;
}
