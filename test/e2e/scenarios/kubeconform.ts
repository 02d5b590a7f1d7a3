import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadAll } from 'js-yaml';
import { isJsonObject, type Json, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import type { PlatformModel } from '../../../lib/model/platform-model.ts';
import { renderManifests } from '../../../lib/render/manifests.ts';
import { exampleNames, loadExample } from '../../examples.ts';
import { argoCdTree, fluxTree } from '../../render/gitops/tree.ts';
import { pinnedCrds } from '../examples.ts';
import { runFolder } from '../run-folder.ts';
import type { Scenario } from '../scenario.ts';
import { SCHEMA_LOCATION, type SchemaSource, schemaFile, schemaSource } from '../schemas.ts';
import { type Program, program } from '../toolchain.ts';

/** What Flux's folders hold for kustomize, which no API server ever sees. */
const NOT_OF_THE_API = 'kustomize.config.k8s.io/v1beta1/Kustomization';

const OUTPUTS: Readonly<Record<string, (model: PlatformModel) => Iterable<readonly [string, string]>>> = {
  manifests: (model) => renderManifests(model),
  'Argo CD': (model) => argoCdTree(model, { repoUrl: 'https://git.example.com/platform.git' }),
  Flux: (model) => fluxTree(model, { repoUrl: 'https://git.example.com/platform.git' }),
};

/** The files as they are written, read and judged by a program that shares no code with the API server or with us. */
export const scenario: Scenario = {
  name: 'kubeconform',
  limits: [
    'kubeconform judges form alone: CEL rules of CRDs and what Kubernetes checks in code are left to the API server (scenario examples). Its schemas are of the Kubernetes version that the lane runs.',
  ],
  async run({ startCluster, prove }) {
    const kubeconform = await program('kubeconform');
    // With everything switched on that an example asks for, so that its kinds are in the document.
    const cluster = await startCluster({ featureGates: ['GenericWorkload'], apis: ['scheduling.k8s.io/v1beta1'] });
    const openApi = JSON.parse(await cluster.kubectl(['get', '--raw', '/openapi/v2'])) as JsonObject;
    await cluster.stop();
    const lane = new Lane(kubeconform, schemaSource(openApi, pinnedCrds()));

    await prove('a misspelt member, a wrong type and a kind without a schema are refused', kubeconform, async () => {
      const object = (apiVersion: string, kind: string, spec: string) =>
        `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`;
      const pod = (spec: string) => object('v1', 'Pod', spec);
      const tree = [
        ['right.yaml', pod('{containers: [{name: a, image: b}]}')],
        ['misspelt.yaml', pod('{containers: [{name: a, image: b, comand: [c]}]}')],
        ['wrong-type.yaml', pod('{containers: [{name: a, image: 1}]}')],
        ['misspelt-custom.yaml', object('scheduling.volcano.sh/v1beta1', 'Queue', '{weigth: 1}')],
        ['unknown.yaml', object('example.com/v1', 'Unknown', '{}')],
      ] as const;
      const { refused } = await lane.judge(tree);
      const wrong = tree.map(([file]) => file).filter((file) => file !== 'right.yaml');
      assert.deepEqual(refused.map(({ file }) => file).sort(), wrong.sort());
      return `${wrong.length} of ${tree.length} documents`;
    });
    for (const name of exampleNames) {
      const { bound } = await loadExample(name);
      await prove(`every object in the trees of ${name} is what its schema says, strictly`, kubeconform, async () => {
        const figures: string[] = [];
        for (const [output, render] of Object.entries(OUTPUTS)) {
          const { valid, refused } = await lane.judge(render(bound));
          assert.deepEqual(refused, [], output);
          figures.push(`${valid} for ${output}`);
        }
        return figures.join(', ');
      });
    }
  },
};

interface Judgement {
  readonly valid: number;
  readonly refused: readonly { readonly file: string; readonly why: string }[];
}

class Lane {
  readonly #kubeconform: Program;
  readonly #schemas: SchemaSource;
  readonly #folder = mkdtempSync(join(runFolder(), 'kubeconform-'));
  #trees = 0;

  constructor(kubeconform: Program, schemas: SchemaSource) {
    this.#kubeconform = kubeconform;
    this.#schemas = schemas;
  }

  /** Writes the files that hold objects, and the schemas of their kinds, and has them judged. */
  async judge(tree: Iterable<readonly [string, string]>): Promise<Judgement> {
    this.#trees += 1;
    const folder = join(this.#folder, `tree-${this.#trees}`);
    let documents = 0;
    for (const [path, text] of tree) {
      const objects = path.endsWith('.yaml') ? (loadAll(text) as readonly Json[]) : [];
      if (objects.length === 0 || !objects.every(isObject)) continue;
      documents += objects.length;
      for (const { apiVersion, kind } of objects) this.#addSchema(String(apiVersion), String(kind));
      write(join(folder, path), text);
    }
    const output = await run(this.#kubeconform, [
      '-strict',
      '-summary',
      '-verbose',
      '-output=json',
      `-skip=${NOT_OF_THE_API}`,
      `-schema-location=${join(this.#folder, 'schemas', SCHEMA_LOCATION)}`,
      folder,
    ]);
    const resources = objectsIn(output['resources']);
    assert.equal(resources.length, documents, 'it looked at every document');
    const of = (status: string) => resources.filter((resource) => resource['status'] === status);
    return {
      valid: of('statusValid').length,
      refused: [...of('statusInvalid'), ...of('statusError')].map(({ filename, name, msg }) => ({
        file: String(filename).slice(folder.length + 1),
        why: `${String(name)}: ${String(msg)}`,
      })),
    };
  }

  #addSchema(apiVersion: string, kind: string): void {
    const schema = this.#schemas(apiVersion, kind);
    if (schema !== undefined)
      write(join(this.#folder, 'schemas', schemaFile(apiVersion, kind)), JSON.stringify(schema));
  }
}

function isObject(document: Json): document is JsonObject {
  return isJsonObject(document) && typeof document['apiVersion'] === 'string' && typeof document['kind'] === 'string';
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** It ends with 1 when it refuses something, and says what in either case. */
function run({ path }: Program, args: readonly string[]): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    execFile(path, args, { timeout: 120_000, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr.trim() || error?.message));
      else resolve(JSON.parse(stdout) as JsonObject);
    });
  });
}
