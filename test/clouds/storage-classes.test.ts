// The classes that the in-cluster half counts on are those that the Pulumi half has the cloud make.
import {
  AiCluster,
  type AlibabaStorageClass,
  type AwsStorageClass,
  type AzureStorageClass,
  alibaba,
  aws,
  azure,
  type Cloud,
  type DataService,
  existing,
  type GcpStorageClass,
  gcp,
  Platform,
} from 'cdk8s-ai';
import { alibabaResources } from 'cdk8s-ai/alibaba';
import { awsResources } from 'cdk8s-ai/aws';
import { azureResources } from 'cdk8s-ai/azure';
import { gcpResources } from 'cdk8s-ai/gcp';
import { type CloudResources, deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { run } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';
import { ofType, one } from './registered.ts';

type Resources = Parameters<typeof one>[0];
type Switches = Readonly<Record<string, { readonly enabled?: boolean } | undefined>>;

interface Scene {
  cloud(services: readonly DataService[]): Cloud;
  readonly resources: CloudResources;
  readonly takes?: readonly DataService[];
  /** The add-ons that the cluster is made with, by the names of the facts. */
  addons(resources: Resources): readonly string[];
}

const switchedOn = (switches: Switches) =>
  Object.entries(switches).flatMap(([name, value]) => (value?.enabled === true ? [name] : []));

const scenes: Readonly<Record<'aws' | 'gcp' | 'azure' | 'alibaba', Scene>> = {
  aws: {
    cloud: (services) => aws({ region: 'us-east-1', services }),
    resources: { aws: awsResources() },
    addons: (resources) => ofType(resources, 'Addon').map(({ inputs }) => String(inputs['addonName'])),
  },
  gcp: {
    cloud: (services) => gcp({ project: 'acme-ml', region: 'us-central1', services }),
    resources: { gcp: gcpResources({ databasePassword: 'secret' }) },
    addons: (resources) => switchedOn(one(resources, 'Cluster', 'east/cluster').inputs['addonsConfig'] as Switches),
  },
  azure: {
    cloud: (services) => azure({ subscriptionId: 'sub', location: 'eastus2', services }),
    resources: { azure: azureResources({ databasePassword: 'secret' }) },
    // AKS has these two unless it is told not to.
    addons: (resources) => {
      const { inputs } = one(resources, 'ManagedCluster', 'east/cluster');
      const always = { diskCSIDriver: { enabled: true }, fileCSIDriver: { enabled: true } };
      return switchedOn({ ...always, ...(inputs['storageProfile'] as Switches) });
    },
  },
  alibaba: {
    cloud: (services) => alibaba({ region: 'cn-hangzhou', services: services as 'objectStore'[] }),
    resources: { alibaba: alibabaResources({ databasePassword: 'secret' }) },
    addons: (resources) => {
      const { inputs } = one(resources, 'ManagedKubernetes', 'east/cluster');
      return (inputs['addons'] as { readonly name: string }[]).map(({ name }) => name);
    },
  },
};

function modelOf(cloud: Cloud) {
  const platform = new Platform({ name: 'p' });
  new AiCluster(platform, 'east', { cloud, kubernetesVersion: '1.35' });
  return platform.model();
}

const classesOf = (cloud: Cloud) => modelOf(cloud).clusters[0]?.cloud.storageClasses;

describe.each(Object.keys(scenes) as (keyof typeof scenes)[])('the classes on %s', (id) => {
  const scene = scenes[id];

  test.each<readonly DataService[]>([[], ['objectStore'], ['fileSystem']])(
    'are of drivers that the cluster is made with (%s)',
    async (...services) => {
      const cloud = scene.cloud(services);
      const { resources } = await run('up', () => deploy(withoutSchemas(modelOf(cloud)), scene.resources));
      const addons = scene.addons(resources);
      const classes = classesOf(cloud) ?? [];
      expect(classes.length).toBeGreaterThan(1);
      for (const { addon } of classes) expect(addons).toContain(addon);
    },
  );

  test('have names of their own, and one default at most', () => {
    const classes = classesOf(scene.cloud(['objectStore', 'fileSystem'])) ?? [];
    expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length);
    expect(classes.filter(({ isDefault }) => isDefault === true)).toHaveLength(id === 'alibaba' ? 0 : 1);
  });
});

test('EKS has no default of its own, so its driver of disks is told to make one', async () => {
  const { cloud, resources: half } = scenes.aws;
  const { resources } = await run('up', () => deploy(withoutSchemas(modelOf(cloud([]))), half));
  const { inputs } = one(resources, 'Addon', 'east/aws-ebs-csi-driver');
  expect(JSON.parse(String(inputs['configurationValues']))).toMatchObject({ defaultStorageClass: { enabled: true } });
  expect(classesOf(cloud([]))?.find(({ isDefault }) => isDefault)).toMatchObject({ name: 'ebs-csi-default-sc' });
});

test('volumes that many nodes mount are made on AKS alone; those of GKE would be in another network', () => {
  const shared = (id: keyof typeof scenes) =>
    (classesOf(scenes[id].cloud(['fileSystem'])) ?? [])
      .filter(({ accessModes = [] }) => accessModes.includes('ReadWriteMany'))
      .map(({ name }) => name);
  expect(shared('azure')).toContain('azurefile-csi');
  expect([...shared('aws'), ...shared('gcp'), ...shared('alibaba')]).toEqual([]);
});

test('those of an existing cluster are what its owner says, and not known otherwise', () => {
  expect(classesOf(existing())).toBeUndefined();
  expect(classesOf(existing({ storageClasses: [] }))).toEqual([]);
  const storageClasses = [{ name: 'ceph-block', isDefault: true }, { name: 'cephfs' }];
  expect(classesOf(existing({ storageClasses }))).toEqual(storageClasses);
});

test('the name of a class of another cloud does not compile', () => {
  const right = [
    'ebs-csi-default-sc' satisfies AwsStorageClass,
    'premium-rwo' satisfies GcpStorageClass,
    'azurefile-csi' satisfies AzureStorageClass,
    'alicloud-disk-essd' satisfies AlibabaStorageClass,
  ];
  const wrong = [
    // @ts-expect-error a class of GKE
    'premium-rwo' satisfies AwsStorageClass,
    // @ts-expect-error its volumes are out of reach
    'standard-rwx' satisfies GcpStorageClass,
    // @ts-expect-error a class of EKS
    'gp2' satisfies AzureStorageClass,
    // @ts-expect-error ACK makes it only with a file system of its own
    'alibabacloud-cnfs-nas' satisfies AlibabaStorageClass,
  ];
  expect([right.length, wrong.length]).toEqual([4, 4]);
});
