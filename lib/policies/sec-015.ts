import { IMAGES } from '../model/images.ts';
import { at, isJsonObject, type Json } from '../model/json.ts';
import type { ClusterModel, PlatformModel } from '../model/platform-model.ts';
import { holdsMarker, markersIn } from '../model/value.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { imagesOf, type NamedImage } from './images.ts';
import { fail, type Policy, unknown, type Verdict } from './policy.ts';

export const sec015: Policy = {
  id: 'SEC-015',
  title: 'Every image comes from a registry that the platform names, and is pinned by its digest.',
  why: 'A tag is another program as soon as its publisher moves it, without a commit. Of the images that this library chooses by itself, those of Triton, MLflow and GPUDirect-TCPXO go by their exact version, because no digest of them could be verified. Images that charts bring by themselves go with the version of the chart, and are judged only where values change their tag.',
  source: 'https://kubernetes.io/docs/concepts/containers/images/#image-names',
  severity: 'error',
  check: ({ clusters, registries = [] }) => clusters.flatMap((cluster) => judge(cluster, registries)),
  examples: {
    passing: () => withImage(`registry.example.com/team/app:1.4.0@sha256:${'5b'.repeat(32)}`),
    failing: () => withImage('registry.example.com/team/app:1.4.0'),
  },
};

function withImage(image: string): PlatformModel {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { containers: [{ name: 'main', image }] },
  };
  return { ...examplePlatform({ units: [exampleUnit(pod)] }), registries: ['registry.example.com'] };
}

function judge(cluster: ClusterModel, registries: readonly string[]): readonly Verdict[] {
  const allowed = [...registries, ...CHOSEN.map((image) => parts(image).repository)].map(
    (one) => `${one.replace(/\/+$/, '')}/`,
  );
  const hosts = allowed.filter((folder) => parts(folder).registry !== '');
  // Nearly all images are pinned and from a registry of the platform, which is quickly told.
  const isDoubtful = (image: string) =>
    !image.includes('@') || holdsMarker(image) || !hosts.some((folder) => image.startsWith(folder));
  return [
    ...imagesOf(cluster, isDoubtful).flatMap((one) => [...judgeImage(one, allowed, cluster)]),
    ...cluster.units.flatMap(({ path, charts }) =>
      charts.flatMap(({ release, values }) =>
        movingTags(values).map((tag) =>
          fail(
            path,
            `values of chart '${release}' set the tag ${tag} of an image, which moves`,
            'Leave it to the chart.',
          ),
        ),
      ),
    ),
  ];
}

const CHOSEN: readonly string[] = Object.values(IMAGES);

/** Tags that their publishers move on purpose. */
const MOVING = ['latest', 'main', 'master', 'edge', 'nightly', 'dev', 'stable'];

/** Stands for a part that only the deployment knows. */
const REFERENCE = '\u0000';

interface Parts {
  /** Empty where the name has none, and the node chooses. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function parts(image: string): Parts {
  const [reference = '', digest] = image.split('@', 2);
  const colon = reference.lastIndexOf(':');
  const hasTag = colon > reference.lastIndexOf('/');
  const repository = hasTag ? reference.slice(0, colon) : reference;
  const first = repository.slice(0, Math.max(repository.indexOf('/'), 0));
  const isNamed = /[.:]|^localhost$/.test(first) || first.startsWith(REFERENCE);
  return { registry: isNamed ? first : '', repository, tag: hasTag ? reference.slice(colon + 1) : undefined, digest };
}

function* judgeImage(
  { path, of, image, isOurs }: NamedImage,
  allowed: readonly string[],
  cluster: ClusterModel,
): Iterable<Verdict> {
  const text = markersIn(image).length === 0 ? image : image.replaceAll(/\[\[ref:[^\]]*\]\]/g, REFERENCE);
  if (text === REFERENCE) {
    yield unknown(path, `what ${of} runs only the deployment knows`, 'Write the image with its digest.');
    return;
  }
  const { registry, repository, tag = 'latest', digest } = parts(text);
  const named = `the image '${image}' of ${of}`;
  if (registry === '') {
    yield fail(path, `${named} names no registry`, `Write it whole, such as 'docker.io/${repository}'.`);
  } else if (!isOurs && !isAllowed(registry, repository, allowed, cluster)) {
    const what = `${named} is from ${registry}, which is not among the registries of the platform`;
    yield fail(path, what, `Add registries: ['${registry}'] to the Platform, or a folder of it.`);
  }
  if (digest !== undefined) return;
  if (MOVING.includes(tag)) {
    yield fail(path, `${named} has the tag ${tag}, which moves`, 'Name a version with its digest.');
  } else if (!isOurs && !CHOSEN.includes(image)) {
    yield fail(path, `${named} has no digest, and its tag can be moved`, `Add the digest: '${image}@sha256:…'.`);
  }
}

function isAllowed(registry: string, repository: string, allowed: readonly string[], cluster: ClusterModel): boolean {
  if (registry.startsWith(REFERENCE) || besideCluster(cluster)?.test(registry) === true) return true;
  const folder = `${repository}/`;
  return allowed.some((one) => folder.startsWith(one));
}

/** Hosts of the registry that the cloud makes beside the cluster, for who judges it under the address that it has got. */
function besideCluster({ cloud: { id, settings } }: ClusterModel): RegExp | undefined {
  const services = at(settings, 'services');
  if (!Array.isArray(services) || !services.includes('registry')) return undefined;
  if (id === 'aws') return /^\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;
  if (id === 'azure') return /\.azurecr\.(io|cn|us)$/;
  return id === 'gcp' ? /-docker\.pkg\.dev$/ : undefined;
}

function movingTags(values: Json | undefined): readonly string[] {
  if (Array.isArray(values)) return values.flatMap(movingTags);
  if (!isJsonObject(values)) return [];
  const { tag } = values;
  return [
    ...(typeof tag === 'string' && MOVING.includes(tag) ? [tag] : []),
    ...Object.values(values).flatMap(movingTags),
  ];
}
