import { at, type Json, type JsonObject, objectsIn } from '../model/json.ts';
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

/** Every image that an object of the cluster names and that is pulled: of containers, of volumes, and of models. */
export function imagesOf(cluster: ClusterModel): readonly NamedImage[] {
  const ours = new Set(
    cluster.units.filter(({ kind }) => kind === 'component').flatMap(({ objects }) => objects.map(({ path }) => path)),
  );
  const named = (path: string, of: string, image: Json | undefined): readonly NamedImage[] =>
    typeof image === 'string' ? [{ path, of, image, isOurs: ours.has(path) }] : [];
  const inSpec = (path: string, title: string, spec: JsonObject): readonly NamedImage[] => [
    ...[...containersOf(spec), ...objectsIn(at(spec, 'workerSpec', 'containers'))]
      // What is never pulled is on the node, put there by its owner.
      .filter(({ imagePullPolicy }) => imagePullPolicy !== 'Never')
      .flatMap(({ name, image }) => named(path, `container '${String(name)}' of ${title}`, image)),
    ...objectsIn(spec['volumes']).flatMap((volume) =>
      named(path, `volume '${String(volume['name'])}' of ${title}`, at(volume, 'image', 'reference')),
    ),
    ...containersOf(spec).flatMap(({ storageUri }) => named(path, `the model of ${title}`, imageOfModel(storageUri))),
  ];
  const parts = (path: string, title: string, ...specs: readonly (Json | undefined)[]) =>
    objectsIn(specs.filter((spec) => spec !== undefined)).flatMap((spec) => inSpec(path, title, spec));
  return [
    ...podsOf(cluster).flatMap(({ path, title, template }) => inSpec(path, title, template.spec)),
    ...['ServingRuntime', 'ClusterServingRuntime'].flatMap((kind) =>
      objectsOfKind(cluster, 'serving.kserve.io', kind).flatMap(({ path, manifest }) =>
        parts(path, `${kind} '${manifest.metadata.name}'`, manifest['spec']),
      ),
    ),
    ...llmWorkloads(cluster).flatMap(({ path, title, spec }) => [
      ...parts(path, title, spec['template'], spec['worker'], at(spec, 'router', 'scheduler', 'template')),
      ...named(path, `the model of ${title}`, imageOfModel(at(spec, 'model', 'uri'))),
    ]),
  ];
}

/** A model in an image is run as one. */
function imageOfModel(uri: Json | undefined): string | undefined {
  return typeof uri === 'string' && uri.startsWith('oci://') ? uri.slice('oci://'.length) : undefined;
}
