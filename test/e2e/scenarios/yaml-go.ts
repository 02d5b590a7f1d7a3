import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import type { Json } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import { emitDocuments } from '../../../lib/render/yaml.ts';
import { document, seed } from '../../render/generated-documents.ts';
import { hostileDocuments, hostileStrings } from '../../render/hostile-documents.ts';
import type { Scenario } from '../scenario.ts';
import { program } from '../toolchain.ts';

const GENERATED = 5000;

/** What we write as YAML before the reader that kubectl and the controllers share, and before kubectl itself. */
export const scenario: Scenario = {
  name: 'yaml-go',
  limits: [],
  async run({ startCluster, prove }) {
    const reader = await program('yaml-reader');
    const judge = { name: 'sigs.k8s.io/yaml', version: reader.version };
    const read = (documents: readonly Json[]): readonly Json[] => {
      const input = emitDocuments(documents);
      return parseLines(execFileSync(reader.path, { input, encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 60_000 }));
    };

    await prove("Go's YAML reader takes every hostile value for what it is", judge, async () => {
      assert.deepEqual(read(hostileDocuments), hostileDocuments);
      return `${hostileDocuments.length} documents in one stream`;
    });

    await prove("Go's YAML reader takes every generated value for what it is", judge, async () => {
      const values = fc.sample(document, { seed, numRuns: GENERATED });
      assert.deepEqual(read(values), values);
      return `${GENERATED} documents in one stream, seed ${seed}`;
    });

    const { api, apiServer, kubectl, createNamespace } = await startCluster();
    const kubectlProgram = await program('kubectl');
    await createNamespace('hostile');
    const configMaps = hostileStrings().map((text, index) => configMap(`text-${index}`, text));

    await prove('kubectl reads ConfigMaps with hostile values as they are', kubectlProgram, async () => {
      const args = ['create', '--dry-run=client', '--filename=-', '--output=jsonpath={.data}{"\\n"}'];
      const printed = parseLines(await kubectl(args, emitDocuments(configMaps)));
      assert.deepEqual(
        printed,
        configMaps.map((one) => one['data']),
      );
      return `${configMaps.length} ConfigMaps`;
    });

    await prove('the API server keeps the values that kubectl brings it', apiServer, async () => {
      await kubectl(['create', '--filename=-'], emitDocuments(configMaps));
      for (const one of configMaps) assert.deepEqual((await api.get(one))?.['data'], one['data'], one.metadata.name);
      return `${configMaps.length} ConfigMaps`;
    });
  },
};

function configMap(name: string, text: string): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'hostile' }, data: { text } };
}

function parseLines(lines: string): readonly Json[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
}
