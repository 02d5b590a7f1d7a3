import type { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { Manifest } from '../model/kubernetes.ts';
import { LeafChart } from './leaf-chart.ts';
import type { ModelRegistry } from './model-registry.ts';
import { REGISTRY_SCHEME } from './model-source.ts';

/**
 * Lets KServe fetch models of a registry: KServe's own storage initializer knows no `mlflow://`. Made for the first model
 * that is asked for, so that a registry alone needs no KServe.
 *
 * @see https://kserve.github.io/website/docs/model-serving/storage/storage-containers
 */
export class ModelFetcher extends Construct {
  /** The fetcher of the registry. */
  static of(registry: ModelRegistry): ModelFetcher {
    const made = registry.node.tryFindChild('fetcher');
    return made instanceof ModelFetcher ? made : new ModelFetcher(registry);
  }

  readonly objects: Chart;

  private constructor(registry: ModelRegistry) {
    super(registry, 'fetcher');
    const { registryName, namespace, objects } = registry;
    const chart = new LeafChart(this, {
      id: `fetcher-${namespace}-${registryName}`,
      kind: 'app',
      runOnce: false,
    });
    chart.add('container', storageContainer(registryName, namespace));
    chart.addDependency(objects);
    this.objects = chart;
  }
}

/**
 * KServe lays this over its own init container: image, resources and arguments, which are the address and the folder, stay
 * those of KServe.
 */
function storageContainer(registryName: string, namespace: string): Manifest {
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'ClusterStorageContainer',
    metadata: { name: `mlflow-${namespace}-${registryName}` },
    spec: {
      container: {
        name: 'storage-initializer',
        command: ['python3', '-c', FETCH],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
      },
      supportedUriFormats: [{ prefix: `${REGISTRY_SCHEME}${registryName}.${namespace}.svc/` }],
      supportsMultiModelDownload: false,
      workloadType: 'initContainer',
    },
  };
}

/**
 * Asks the registry where the version is that the address names, and fetches its files through the registry, so that model
 * servers need no access to the store. It needs nothing but Python.
 *
 * @see https://mlflow.org/docs/latest/rest-api.html
 */
const FETCH = `\
import json, os, shutil, sys
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode
from urllib.request import urlopen

address, target = sys.argv[1:3]
host, model, *rest = address.removeprefix('${REGISTRY_SCHEME}').split('/')
name, _, alias = model.partition('@')
name = unquote(name)

def ask(endpoint, **query):
    try:
        with urlopen(f'http://{host}/api/2.0/{endpoint}?{urlencode(query)}', timeout=60) as answer:
            return json.load(answer)
    except HTTPError as error:
        sys.exit(f'{address}: {error.read().decode()}')

def fetch(source, target):
    count = 0
    for file in ask('mlflow-artifacts/artifacts', path=source).get('files', []):
        base = os.path.basename(file['path'])
        path, place = f'{source}/{base}', os.path.join(target, base)
        if file.get('is_dir'):
            count += fetch(path, place)
            continue
        os.makedirs(target, exist_ok=True)
        with urlopen(f'http://{host}/api/2.0/mlflow-artifacts/artifacts/{quote(path)}', timeout=600) as answer:
            with open(place, 'wb') as out:
                shutil.copyfileobj(answer, out, 1 << 20)
        if os.path.getsize(place) != file['file_size']:
            sys.exit(f'{path} ended early')
        count += 1
    return count

if alias:
    version = ask('mlflow/registered-models/alias', name=name, alias=alias)['model_version']['version']
else:
    version = rest.pop(0)
place = ask('mlflow/model-versions/get-download-uri', name=name, version=version)['artifact_uri']
if not place.startswith('mlflow-artifacts:/'):
    sys.exit(f'{name} {version} is at {place}, which the registry does not hold')
source = '/'.join([place.removeprefix('mlflow-artifacts:').strip('/'), *rest])
count = fetch(source, target)
if count == 0:
    sys.exit(f'{name} {version} has no files in {source}')
print(f'{name} {version}: {count} files')
`;
