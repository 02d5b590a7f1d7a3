import { KNATIVE_NAMESPACES } from '../model/conventions.ts';
import { at, isJsonObject, type Json, objectsIn } from '../model/json.ts';
import { type Labels, stringMap } from '../model/kubernetes.ts';
import type { CloudId, ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { callersOf } from './callers.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const sec021: Policy = {
  id: 'SEC-021',
  title:
    'Nothing is open to the internet unless its addresses are named, what comes in comes over TLS to named hosts, and who calls a model from outside of the cluster says who they are.',
  why: 'A model behind a public address is used by whoever finds it, and without TLS everybody on the way reads along. Services that charts make by default, and the kinds of Istio and of clouds, are not judged.',
  source: 'https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer',
  severity: 'error',
  check: perCluster((cluster) => [
    ...exposures(cluster).flatMap((exposure) => judgeExposure(exposure, cluster)),
    ...objectsOfKind(cluster, 'networking.k8s.io', 'Ingress').flatMap((ingress) => [...judgeIngress(ingress)]),
    ...objectsOfKind(cluster, GATEWAY_API, 'Gateway').flatMap((gateway) => [...judgeGateway(gateway)]),
    ...ROUTES.flatMap((kind) => objectsOfKind(cluster, GATEWAY_API, kind)).flatMap(judgeRoute),
    ...objectsOfKind(cluster, 'operator.knative.dev', 'KnativeServing').flatMap((serving) => [
      ...judgeKnative(serving),
    ]),
    ...callersOf(cluster),
  ]),
  examples: {
    passing: () => withService('ClusterIP'),
    failing: () => withService('LoadBalancer'),
  },
};

const GATEWAY_API = 'gateway.networking.k8s.io';
/** Routes that name hosts. */
const ROUTES = ['GRPCRoute', 'HTTPRoute', 'TLSRoute'];

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

/** A Service, or what an operator or a chart is told about one. */
interface Exposure {
  readonly path: string;
  readonly title: string;
  readonly type: Json | undefined;
  readonly annotations: Labels;
  readonly spec: Json | undefined;
}

function exposures(cluster: ClusterModel): readonly Exposure[] {
  return [
    ...objectsOfKind(cluster, '', 'Service').map(({ path, manifest: { metadata, spec } }) => {
      const { name, annotations = {} } = metadata;
      return { path, title: `Service '${name}'`, type: at(spec, 'type'), annotations, spec };
    }),
    ...[
      ...objectsOfKind(cluster, 'gateway.envoyproxy.io', 'EnvoyProxy'),
      ...objectsOfKind(cluster, 'operator.knative.dev', 'KnativeServing'),
    ].flatMap(({ path, manifest: { kind, metadata, spec } }) => told(path, `${kind} '${metadata.name}'`, spec)),
    ...cluster.units.flatMap(({ path, charts }) =>
      charts.flatMap(({ release, values }) => told(path, `chart '${release}'`, values)),
    ),
  ];
}

/** Wherever a type of Service stands in settings; annotations and addresses stand beside it. */
function told(
  path: string,
  title: string,
  settings: Json | undefined,
  keys: readonly string[] = [],
): readonly Exposure[] {
  if (Array.isArray(settings)) return settings.flatMap((item) => told(path, title, item, keys));
  if (!isJsonObject(settings)) return [];
  return Object.entries(settings).flatMap(([key, value]): readonly Exposure[] => {
    if (isJsonObject(value) || Array.isArray(value)) return told(path, title, value, [...keys, key]);
    if (value !== 'LoadBalancer' && value !== 'NodePort') return [];
    const annotations = stringMap(settings['annotations']);
    return [{ path, title: `${[...keys, key].join('.')} of ${title}`, type: value, annotations, spec: settings }];
  });
}

function judgeExposure(
  { path, title, type, annotations, spec }: Exposure,
  { cloud }: ClusterModel,
): readonly Verdict[] {
  if (type === 'NodePort') {
    const what = `${title} is open at a port of every node`;
    return [fail(path, what, "Set type to 'ClusterIP', and let a Gateway lead to it.")];
  }
  const known = INTERNAL[cloud.id];
  const isInternal = known.some(([key, value]) => annotations[key] === value);
  if (type !== 'LoadBalancer' || isInternal || isNarrow(spec)) return [];
  const [first] = known;
  if (first === undefined) {
    const what = `whether the load balancer of ${title} can be reached from the internet is not known`;
    return [unknown(path, what, 'List who may come in loadBalancerSourceRanges.')];
  }
  const fix = `Add the annotation ${first[0]}: '${first[1]}', or list who may come in loadBalancerSourceRanges.`;
  return [fail(path, `${title} has a load balancer that nothing keeps from the internet`, fix)];
}

function isNarrow(spec: Json | undefined): boolean {
  const ranges = at(spec, 'loadBalancerSourceRanges');
  return Array.isArray(ranges) && ranges.length > 0 && !ranges.some((range) => String(range).endsWith('/0'));
}

function* judgeIngress({ path, manifest }: ObjectModel): Iterable<Verdict> {
  const title = `Ingress '${manifest.metadata.name}'`;
  const spec = manifest['spec'];
  const hosts = objectsIn(at(spec, 'rules')).map(({ host }) => host);
  if (hosts.length === 0 || at(spec, 'defaultBackend') !== undefined || hosts.some(isWide)) {
    yield fail(path, `${title} takes requests for any host`, 'Name its hosts.');
  }
  const tls = objectsIn(at(spec, 'tls'));
  const secured = tls.flatMap((entry) => (Array.isArray(entry['hosts']) ? entry['hosts'] : []));
  // A certificate without hosts is for all of them.
  const isAll = tls.some((entry) => entry['hosts'] === undefined);
  const bare = hosts.filter((host) => host !== undefined && !secured.some((one) => covers(String(one), String(host))));
  if (tls.length === 0) yield fail(path, `${title} has no TLS`, 'Add tls with the Secret of a certificate.');
  else if (!isAll && bare.length > 0) {
    yield fail(path, `${title} has no TLS for ${bare.join(', ')}`, 'Add them to the hosts of tls.');
  }
}

const isWide = (host: Json | undefined): boolean => host === undefined || String(host).includes('*');

const covers = (name: string, host: string): boolean =>
  name === host || (name.startsWith('*.') && name.slice(1) === host.slice(host.indexOf('.')));

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

/** A listener may be for a domain; of its hosts a route takes those that it names. */
function judgeRoute({ path, manifest }: ObjectModel): readonly Verdict[] {
  const hosts = at(manifest['spec'], 'hostnames');
  const wide = Array.isArray(hosts) ? hosts.filter(isWide) : [];
  if (wide.length === 0) return [];
  const what = `${manifest.kind} '${manifest.metadata.name}' takes requests for any host of ${wide.join(', ')}`;
  return [fail(path, what, 'Name its hosts.')];
}

function* judgeKnative({ path, manifest: { spec } }: ObjectModel): Iterable<Verdict> {
  const network = at(spec, 'config', 'network');
  if (at(network, 'external-domain-tls') !== 'Enabled') {
    yield fail(path, 'Knative serves without TLS', "Set external-domain-tls of config.network to 'Enabled'.");
  } else if (at(network, 'http-protocol') !== 'Redirected') {
    yield fail(path, 'Knative also serves without TLS', "Set http-protocol of config.network to 'Redirected'.");
  }
  if (
    at(spec, 'ingress', 'kourier', 'enabled') === true &&
    at(spec, 'ingress', 'kourier', 'service-type') === undefined
  ) {
    const what = `${KNATIVE_NAMESPACES[1]} has a load balancer that nothing keeps from the internet`;
    yield fail(path, what, "Set ingress.kourier.service-type to 'ClusterIP'.");
  }
}
