import { at, objectsIn } from '../model/json.ts';
import type { CloudId, ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const sec021: Policy = {
  id: 'SEC-021',
  title:
    'Nothing is open to the internet unless its addresses are named, and what comes in comes over TLS to a named host.',
  why: 'A model behind a public address is used by whoever finds it, and without TLS everybody on the way reads along.',
  source: 'https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer',
  severity: 'error',
  check: perCluster((cluster) => [
    ...objectsOfKind(cluster, '', 'Service').flatMap((service) => judgeService(service, cluster)),
    ...objectsOfKind(cluster, 'networking.k8s.io', 'Ingress').flatMap((ingress) => [...judgeIngress(ingress)]),
    ...objectsOfKind(cluster, 'gateway.networking.k8s.io', 'Gateway').flatMap((gateway) => [...judgeGateway(gateway)]),
  ]),
  examples: {
    passing: () => withService('ClusterIP'),
    failing: () => withService('LoadBalancer'),
  },
};

function withService(type: string) {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'vision' }, spec: { type } };
  return examplePlatform({ units: [exampleUnit(service)] });
}

/** What keeps a load balancer inside of the network, by cloud: an annotation and its value. */
const INTERNAL: Readonly<Record<CloudId, readonly (readonly [key: string, value: string])[]>> = {
  aws: [
    ['service.beta.kubernetes.io/aws-load-balancer-scheme', 'internal'],
    ['service.beta.kubernetes.io/aws-load-balancer-internal', 'true'],
  ],
  azure: [['service.beta.kubernetes.io/azure-load-balancer-internal', 'true']],
  gcp: [['networking.gke.io/load-balancer-type', 'Internal']],
  alibaba: [['service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type', 'intranet']],
  existing: [],
};

function judgeService({ path, manifest }: ObjectModel, { cloud }: ClusterModel): readonly Verdict[] {
  const { name, annotations = {} } = manifest.metadata;
  const type = at(manifest['spec'], 'type');
  if (type === 'NodePort') {
    const what = `Service '${name}' is open at a port of every node`;
    return [fail(path, what, "Set type to 'ClusterIP', and let a Gateway lead to it.")];
  }
  const known = INTERNAL[cloud.id];
  const isInternal = known.some(([key, value]) => annotations[key] === value);
  if (type !== 'LoadBalancer' || isInternal || isNarrow(manifest['spec'])) return [];
  const [first] = known;
  if (first === undefined) {
    const what = `whether the load balancer of Service '${name}' can be reached from the internet is not known`;
    return [unknown(path, what, 'List who may come in loadBalancerSourceRanges.')];
  }
  const fix = `Add the annotation ${first[0]}: '${first[1]}', or list who may come in loadBalancerSourceRanges.`;
  return [fail(path, `Service '${name}' has a load balancer that nothing keeps from the internet`, fix)];
}

function isNarrow(spec: ObjectModel['manifest'][string]): boolean {
  const ranges = at(spec, 'loadBalancerSourceRanges');
  return Array.isArray(ranges) && ranges.length > 0 && !ranges.some((range) => String(range).endsWith('/0'));
}

function* judgeIngress({ path, manifest }: ObjectModel): Iterable<Verdict> {
  const title = `Ingress '${manifest.metadata.name}'`;
  const spec = manifest['spec'];
  const hosts = objectsIn(at(spec, 'rules')).map(({ host }) => host);
  if (hosts.length === 0 || hosts.some((host) => host === undefined || host === '*')) {
    yield fail(path, `${title} takes requests for any host`, 'Name its hosts.');
  }
  if (objectsIn(at(spec, 'tls')).length === 0)
    yield fail(path, `${title} has no TLS`, 'Add tls with the Secret of a certificate.');
}

function* judgeGateway({ path, manifest }: ObjectModel): Iterable<Verdict> {
  for (const listener of objectsIn(at(manifest['spec'], 'listeners'))) {
    const title = `listener '${String(listener['name'])}' of Gateway '${manifest.metadata.name}'`;
    const { protocol, hostname } = listener;
    if (protocol === 'HTTP' || protocol === 'TCP' || protocol === 'UDP') {
      yield fail(
        path,
        `${title} speaks ${protocol}, which anybody on the way can read`,
        "Use the protocol 'HTTPS' or 'TLS'.",
      );
    }
    if ((protocol === 'HTTP' || protocol === 'HTTPS') && (hostname === undefined || hostname === '*')) {
      yield fail(path, `${title} takes requests for any host`, "Set its hostname, such as '*.models.example.com'.");
    }
  }
}
