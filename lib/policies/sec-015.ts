import { containersOf } from '../model/kubernetes.ts';
import { markersIn } from '../model/value.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { type ClusterPod, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const sec015: Policy = {
  id: 'SEC-015',
  title: 'Every image is named with its registry, and with a digest or a tag that is not meant to move.',
  why: 'A tag such as latest is another program tomorrow, without a commit; a name without a registry is taken from whatever the node is set to.',
  source: 'https://kubernetes.io/docs/concepts/containers/images/#image-names',
  severity: 'error',
  check: perCluster((cluster) => podsOf(cluster).flatMap(judge)),
  examples: {
    passing: () => withImage('docker.io/vllm/vllm-openai:v0.27.1'),
    failing: () => withImage('vllm/vllm-openai:latest'),
  },
};

function withImage(image: string) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { containers: [{ name: 'main', image }] },
  };
  return examplePlatform({ units: [exampleUnit(pod)] });
}

/** Tags that their publishers move on purpose. */
const MOVING = ['latest', 'main', 'master', 'edge', 'nightly', 'dev', 'stable'];

function judge({ path, title, template }: ClusterPod): readonly Verdict[] {
  return containersOf(template.spec).flatMap((container) => {
    const { image, imagePullPolicy, name } = container;
    // An image that is never pulled is on the node, put there by its owner.
    if (typeof image !== 'string' || markersIn(image).length > 0 || imagePullPolicy === 'Never') return [];
    const [reference = '', digest] = image.split('@', 2);
    const [, repository = '', tag = 'latest'] = /^(.*?)(?::([^:/]*))?$/.exec(reference) ?? [];
    const [registry = '', ...rest] = repository.split('/');
    const isNamed = rest.length > 0 && /[.:]|^localhost$/.test(registry);
    const of = `container '${String(name)}' of ${title}`;
    return [
      ...(isNamed
        ? []
        : [
            fail(
              path,
              `the image '${image}' of ${of} names no registry`,
              `Write it whole, such as 'docker.io/${repository}'.`,
            ),
          ]),
      ...(digest !== undefined || !MOVING.includes(tag)
        ? []
        : [
            fail(
              path,
              `the image '${image}' of ${of} has the tag ${tag}, which moves`,
              'Name a version, or best the digest.',
            ),
          ]),
    ];
  });
}
