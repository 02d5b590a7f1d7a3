import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { ChartReference, ComponentModel } from '../../lib/model/platform-model.ts';
import { Ref } from '../../lib/model/value.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import { sec001 } from '../../lib/policies/sec-001.ts';
import { sec012 } from '../../lib/policies/sec-012.ts';

describe('SEC-001', () => {
  const component: ComponentModel = {
    id: 'gpu-operator',
    namespace: 'gpu-operator',
    version: 'v26.7.0',
    installed: false,
    neededBy: [],
    values: {},
    agents: [],
  };
  const check = (name: string, level?: string) => {
    const labels: Record<string, string> = level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': level };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    return sec001.check(examplePlatform({ components: [component], units: [exampleUnit(namespace)] }));
  };

  test('a tenant may be restricted or baseline', () => {
    expect(check('vision', 'restricted')).toEqual([]);
    expect(check('vision', 'baseline')).toEqual([]);
    expect(check('vision', 'privileged')).toMatchObject([
      { outcome: 'fail', what: expect.stringContaining('belongs to a tenant') },
    ]);
  });

  test('only the namespace of a component may be privileged', () => {
    expect(check('gpu-operator', 'privileged')).toEqual([]);
    expect(check('extras', 'privileged')).toMatchObject([{ what: expect.stringContaining('belongs to no component') }]);
  });

  test('a tenant that shares the namespace of a component is a tenant', () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision', labels } };
    const components = [{ ...component, namespace: 'vision' }];
    expect(sec001.check(examplePlatform({ components, units: [exampleUnit(namespace)] }))).toHaveLength(1);
  });

  test('a namespace of a component needs a level too, and one that exists', () => {
    expect(check('gpu-operator')).toHaveLength(1);
    expect(check('gpu-operator', 'Restricted')).toMatchObject([
      { what: expect.stringContaining("'Restricted', which does not exist") },
    ]);
  });
});

// Invented values with the shape of real ones, written in two parts so that no scanner takes this file for a leak.
const CANARIES: Readonly<Record<string, string>> = {
  'AWS access key id': `AKIA${'Q3EGRB2YJ7WNX5TZ'}`,
  'Alibaba Cloud access key id': `LTAI${'5tQ3eGrB2yJ7wNx5'}`,
  'Google API key': `AIza${'Sy0123456789abcdefghijklmnopqrstuvw'}`,
  'Hugging Face token': `hf_${'AbCdEfGhIjKlMnOpQrStUvWxYz01234567'}`,
  'GitHub token': `ghp_${'0123456789abcdefghijklmnopqrstuvwxyz'}`,
  'GitLab token': `glpat-${'AbCd-EfGh_IjKlMnOpQr'}`,
  'Slack token': `xoxb-${'123456789012-abcdefghijkl'}`,
  'NVIDIA API key': `nvapi-${'AbCdEfGhIjKlMnOpQrStUvWxYz'}`,
  'API key of a model provider': `sk-${'0123456789abcdefghijklmnopqrstuvwxyz'}`,
  'npm token': `npm_${'0123456789abcdefghijklmnopqrstuvwxyz'}`,
  'Docker Hub token': `dckr_pat_${'AbCdEfGhIjKlMnOpQrSt'}`,
  'private key': `-----BEGIN EC ${'PRIVATE KEY'}-----\nMHcCAQEEIAbCdEf\n-----END EC PRIVATE KEY-----`,
  'JSON web token': `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiJjYW5hcnkifQ'}.${'c2lnbmF0dXJlLW9mLWNhbmFyeQ'}`,
  'bearer token': `Bearer ${'0123456789abcdefghijkl'}`,
  'client key of a kubeconfig': `users:\n- user:\n    client-key-data: ${'A'.repeat(48)}`,
  'login of an image registry': `{"auths":{"nvcr.io":{"auth":"${'dXNlcjpwYXNzd29yZA'}=="}}}`,
  'Azure storage account key': `AccountKey=${'a1B2'.repeat(21)}==`,
  'address with a password': `postgres://mlflow:${'hunter2'}@db.example.com:5432/mlflow`,
};

function verdictsOf(object: JsonObject & { readonly kind: string }) {
  const { metadata, ...rest } = object;
  const manifest = {
    apiVersion: 'v1',
    ...rest,
    metadata: { name: 'probe', namespace: 'vision', ...(metadata as JsonObject) },
  };
  return sec012.check(examplePlatform({ units: [exampleUnit(manifest)] }));
}

function verdictsOfChart(changes: Partial<ChartReference>) {
  const chart: ChartReference = {
    release: 'mlflow',
    namespace: 'mlflow',
    repository: 'https://charts.example.com',
    chart: 'mlflow',
    version: '1.0.0',
    values: {},
    skipCrds: false,
    hooks: false,
    ...changes,
  };
  return sec012.check(examplePlatform({ units: [{ ...exampleUnit(), charts: [chart] }] }));
}

function podWith(container: JsonObject) {
  return { kind: 'Pod', spec: { containers: [{ name: 'main', ...container }] } };
}

function envOf(name: string, value: string) {
  return verdictsOf(podWith({ env: [{ name, value }] }));
}

describe.each(Object.entries(CANARIES))('SEC-012 and a planted %s', (_kind, canary) => {
  const base64 = Buffer.from(canary).toString('base64');
  const places: Readonly<Record<string, (text: string) => ReturnType<typeof verdictsOf>>> = {
    'an environment variable': (text) => envOf('ANYTHING', text),
    'an argument': (text) => verdictsOf(podWith({ args: ['--anything', text] })),
    'a ConfigMap': (text) => verdictsOf({ kind: 'ConfigMap', data: { 'settings.txt': text } }),
    'an annotation': (text) => verdictsOf({ kind: 'ConfigMap', metadata: { annotations: { note: text } } }),
    'a field of a custom resource': (text) => verdictsOf({ kind: 'Widget', spec: { deep: [{ down: text }] } }),
    'the values of a chart': (text) => verdictsOfChart({ values: { extra: { deep: [text] } } }),
    'a Secret beside a reference': (text) =>
      verdictsOf({
        kind: 'Secret',
        stringData: { other: text, token: Ref.string('east/token', { secret: true }).resolve() },
      }),
  };

  test.each(Object.entries(places))('finds it in %s, in clear and as base64, and never shows it', (_place, plant) => {
    for (const text of [canary, base64]) {
      const verdicts = plant(text);
      expect(verdicts).toMatchObject([{ outcome: 'fail' }]);
      const shown = JSON.stringify(verdicts);
      expect(shown).not.toContain(JSON.stringify(canary).slice(1, -1));
      expect(shown).not.toContain(base64);
    }
  });

  test('hides it when it stands in a key', () => {
    const verdicts = verdictsOf({ kind: 'ConfigMap', data: { [canary]: 'x' } });
    expect(verdicts[0]?.what).toContain('(hidden)');
    expect(JSON.stringify(verdicts)).not.toContain(JSON.stringify(canary).slice(1, -1));
  });
});

describe('SEC-012 and names', () => {
  test.each([
    'HF_TOKEN',
    'DB_PASSWORD',
    'AWS_SECRET_ACCESS_KEY',
    'clientSecret',
    'api-key',
    'WANDB_API_KEY',
    'PASSWORD_1',
  ])('the variable %s with a literal is a credential', (name) => {
    expect(envOf(name, 'hunter2')).toMatchObject([{ what: expect.stringContaining(name) }]);
    expect(JSON.stringify(envOf(name, 'hunter2'))).not.toContain('hunter2');
  });

  test.each([
    ['HF_TOKEN', ''],
    ['HF_TOKEN_PATH', '/var/run/secrets/token'],
    ['DB_PASSWORD', '/run/secrets/db'],
    ['DB_PASSWORD', '$(DB_PASSWORD)'],
    ['SECRET_NAME', 'registry'],
    ['MAX_TOKENS', '4096'],
    ['EOS_TOKEN', '</s>'],
    ['PAD_TOKEN', '<pad>'],
    ['TOKENIZERS_PARALLELISM', 'false'],
    ['OPENAI_API_KEY', 'EMPTY'],
    ['SSH_PUBLIC_KEY', 'ssh-ed25519 AAAA'],
    ['ALLOW_EMPTY_PASSWORD', 'yes'],
    ['SORT_KEY', 'name'],
    ['DB_PASSWORD', Ref.string('east/db/password', { secret: true }).resolve()],
  ])('the variable %s=%s is none', (name, value) => {
    expect(envOf(name, value)).toEqual([]);
  });

  test('arguments are read in both spellings, and inside a shell command', () => {
    expect(verdictsOf(podWith({ args: ['--db-password=hunter2'] }))).toHaveLength(1);
    expect(verdictsOf(podWith({ args: ['--db-password', 'hunter2'] }))).toHaveLength(1);
    expect(verdictsOf(podWith({ command: ['sh', '-c', 'export HF_TOKEN=hunter2 && train --fast'] }))).toHaveLength(1);
    expect(verdictsOf(podWith({ args: ['--db-password', '$(DB_PASSWORD)', '--token-file=/run/token'] }))).toEqual([]);
    expect(verdictsOf(podWith({ command: ['sh', '-c', 'export HF_TOKEN=$(cat /run/token)'] }))).toEqual([]);
  });

  test('a file inside a ConfigMap is read line by line', () => {
    const file = (text: string) => verdictsOf({ kind: 'ConfigMap', data: { 'app.conf': text } });
    expect(file('host: db\npassword: hunter2\n')).toHaveLength(1);
    expect(file('{ "user": "admin", "password": "hunter2" }')).toHaveLength(1);
    expect(file('[default]\naws_secret_access_key = hunter2hunter2\n')).toHaveLength(1);
    expect(file('token = args.token\npassword: ${DB_PASSWORD}\ntoken = os.environ["HF_TOKEN"]\n')).toEqual([]);
  });

  test('a field that names the key of a Secret is no credential', () => {
    const secretRef = { name: 'registry', key: 'password' };
    expect(
      verdictsOf({ kind: 'ExternalSecret', spec: { data: [{ secretKey: 'username', remoteRef: secretRef }] } }),
    ).toEqual([]);
    expect(verdictsOf(podWith({ env: [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: secretRef } }] }))).toEqual([]);
    expect(
      verdictsOfChart({
        values: { existingSecret: 'registry', passwordKey: 'admin-password', clientSecretKey: 'OIDC_CLIENT_SECRET' },
      }),
    ).toEqual([]);
  });

  test('a default password of a chart is reported at its release', () => {
    expect(verdictsOfChart({ values: { grafana: { adminPassword: 'prom-operator' } } })).toMatchObject([
      {
        where: 'example/east/vision',
        what: "the chart of release 'mlflow' holds a literal value of 'adminPassword' at values.grafana.adminPassword",
      },
    ]);
  });

  test('the address of a chart repository and the digest of an image are no passwords, a login in the address is one', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(
      verdictsOfChart({ values: { image: `docker://busybox:1.36@${digest}`, url: 'https://host:8443/a@b' } }),
    ).toEqual([]);
    expect(verdictsOfChart({ repository: 'https://robot:hunter2@charts.example.com' })).toHaveLength(1);
  });
});

describe('SEC-012 and Secrets', () => {
  const password = Ref.string('east/db/password', { secret: true }).resolve();

  test('a Secret of literals is reported entry by entry, whatever their names', () => {
    expect(
      verdictsOf({ kind: 'Secret', data: { a: 'eA==' }, stringData: { b: 'x', empty: '' } }).map(({ what }) => what),
    ).toEqual(["Secret 'probe' holds a literal at data.a", "Secret 'probe' holds a literal at stringData.b"]);
  });

  test('plain companions of a reference are no leak, unless they are named like one', () => {
    expect(verdictsOf({ kind: 'Secret', stringData: { user: 'mlflow', host: 'db', password } })).toEqual([]);
    expect(verdictsOf({ kind: 'Secret', stringData: { token: 'hunter2', password } })).toHaveLength(1);
  });

  test('an address takes its password from the reference, not beside it', () => {
    expect(verdictsOf({ kind: 'Secret', stringData: { url: `redis://:${password}@cache:6379` } })).toEqual([]);
    const host = Ref.string('east/cache/host').resolve();
    expect(verdictsOf({ kind: 'Secret', stringData: { url: `redis://:hunter2@${host}:6379` } })).toHaveLength(1);
  });

  test('a Secret without data, such as one that another controller fills, is none', () => {
    expect(verdictsOf({ kind: 'Secret', type: 'kubernetes.io/service-account-token' })).toEqual([]);
  });
});
