import assert from 'node:assert/strict';
import { alibaba, aws, azure, type Cloud, gcp } from 'cdk8s-ai';
import type { StorageClassModel } from '../../../lib/model/platform-model.ts';
import { examplePlatform, exampleUnit } from '../../../lib/policies/examples.ts';
import { fit021 } from '../../../lib/policies/fit-021.ts';
import type { ApiClient, KubernetesObject } from '../api-client.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

const NAMESPACE = 'vision';
const CLOUDS: readonly Cloud[] = [
  aws({ region: 'us-east-1' }),
  gcp({ project: 'p', region: 'us-central1' }),
  azure({ subscriptionId: 's', location: 'eastus2' }),
  alibaba({ region: 'cn-hangzhou' }),
];

/** What the controller of volumes says of a claim that it has no class for. */
const IN_VAIN = ['FailedBinding', 'ProvisioningFailed'];
/** And of one whose driver, or whose pod, it waits for. */
const IN_GOOD_HOPE = ['ExternalProvisioning', 'WaitForFirstConsumer'];

/** The StorageClasses of each cloud before the real controller: which claims it gives up, and which FIT-021 reports. */
export const scenario: Scenario = {
  name: 'storage-classes',
  limits: [
    'The drivers of the clouds do not run: that a class makes a volume, and which access modes it gives, is as their documentation says.',
  ],
  async run({ startCluster, prove }) {
    for (const { id, storageClasses = [] } of CLOUDS) {
      const { api, controllerManager, createNamespace, stop } = await startCluster();
      await createNamespace(NAMESPACE);
      for (const one of storageClasses) await api.applyServerSide(classObject(one));
      await prove(`claims on ${id} that FIT-021 reports wait in vain, and no others`, controllerManager, async () => {
        const claims = [claim('unnamed'), claim('missing', 'of-another-cloud')];
        claims.push(...storageClasses.map(({ name }) => claim(`of-${name}`, name)));
        for (const one of claims) await api.applyServerSide(one);
        const said = await Promise.all(claims.map(({ metadata: { name } }) => reasonFor(api, name)));
        const inVain = claims.flatMap(({ metadata: { name } }, index) =>
          IN_VAIN.includes(said[index] ?? '') ? [name] : [],
        );
        const cloud = { id, settings: {}, storageClasses };
        const findings = fit021.check(examplePlatform({ cloud, units: [exampleUnit(...claims)] }));
        assert.deepEqual(
          findings.map(({ outcome, where }) => `${outcome} ${where}`),
          inVain.map((name) => `fail example/east/vision/${name}`),
        );
        assert.ok(inVain.includes('missing'));
        return `${claims.length} claims, in vain: ${inVain.join(', ')}`;
      });
      await stop();
    }
  },
};

function classObject({ name, provisioner, bindingMode, isDefault = false }: StorageClassModel): KubernetesObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
    provisioner,
    volumeBindingMode: bindingMode,
  };
}

function claim(name: string, storageClassName?: string) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '20Gi' } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}

interface Event {
  readonly reason: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

function reasonFor(api: ApiClient, name: string): Promise<string> {
  return waitFor(`the controller to say something of claim ${name}`, async () => {
    const events = await api.list<Event>('v1', 'Event', { namespace: NAMESPACE });
    return events
      .filter(({ involvedObject }) => involvedObject.kind === 'PersistentVolumeClaim' && involvedObject.name === name)
      .map(({ reason }) => reason)
      .find((reason) => [...IN_VAIN, ...IN_GOOD_HOPE].includes(reason));
  });
}
