import { AiCluster, alibaba, aws, azure, type DataService, gcp, Platform } from 'cdk8s-ai';
import { expect, test } from 'vitest';
import type { Cloud } from '../../lib/clouds/cloud.ts';
import { preflightSheets } from '../../lib/preflight/index.ts';

const CLOUDS: Readonly<Record<string, (services: readonly DataService[]) => Cloud>> = {
  aws: (services) => aws({ region: 'us-east-1', services }),
  gcp: (services) => gcp({ project: 'acme-ml', region: 'us-central1', services }),
  azure: (services) => azure({ subscriptionId: 'sub', location: 'eastus2', services }),
  alibaba: (services) =>
    alibaba({ region: 'cn-hangzhou', services: services.filter((service) => service !== 'registry') }),
};

/** References that programs use on whichever cloud they are. */
const REFERENCES: Readonly<Record<DataService, readonly string[]>> = {
  objectStore: ['bucketName'],
  fileSystem: ['fileSystemId', 'fileSystemHost', 'fileSystemPath'],
  database: ['databaseHost'],
  registry: ['repositoryUrl'],
};

const clusterOn = (cloud: Cloud) =>
  new AiCluster(new Platform({ name: 'p' }), 'east', { cloud, kubernetesVersion: '1.35' });

for (const [id, cloudWith] of Object.entries(CLOUDS)) {
  for (const service of ['objectStore', 'fileSystem', 'database', 'registry'] as const) {
    if (id === 'alibaba' && service === 'registry') continue;
    test(`${service} on ${id} gives the references that it gives elsewhere, once it is asked for`, () => {
      for (const name of REFERENCES[service]) {
        expect(clusterOn(cloudWith([service])).ref(name).id).toBe(`east/${name}`);
        const hint = `${id}({ services: ['${service}'] })`;
        expect(() => clusterOn(cloudWith([])).ref(name)).toThrow(hint);
      }
    });
  }
}

test('a registry on Alibaba Cloud, which would be a purchase, does not compile', () => {
  // @ts-expect-error no such service
  alibaba({ region: 'cn-hangzhou', services: ['registry'] });
  expect(() => clusterOn(alibaba({ region: 'cn-hangzhou' })).ref('repositoryUrl')).toThrow(/REF-005/);
});

test('what the services take is on the preflight sheet', () => {
  const needs = (id: string) => {
    const platform = new Platform({ name: 'p' });
    const cloud = CLOUDS[id]?.(['database', 'fileSystem']);
    if (cloud === undefined) throw new Error(`no cloud ${id}`);
    new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
    const [sheet] = preflightSheets(platform.model());
    return [...(sheet?.permissions ?? []), ...(sheet?.prerequisites ?? [])].join('\n');
  };
  expect(needs('gcp')).toMatch(/roles\/cloudkms\.admin\nroles\/cloudsql\.admin\nroles\/file\.editor/);
  expect(needs('azure')).toMatch(/Microsoft\.KeyVault[\s\S]*Microsoft\.DBforPostgreSQL[\s\S]*Microsoft\.Storage/);
  expect(needs('alibaba')).toMatch(/AliyunKMSFullAccess\nAliyunRDSFullAccess\nAliyunNASFullAccess/);
  expect(needs('alibaba')).toMatch(/RDS is authorized once/);
});
