/** Results of provider functions whose content programs depend on; all other functions answer by the shape of their result. */
import type { JsonObject } from './property-value.ts';

export const ACCOUNT = '123456789012';

export interface Where {
  readonly region: string;
}

export const knownFunctions: { readonly [token: string]: (args: JsonObject, where: Where) => JsonObject } = {
  'aws:index/getAvailabilityZones:getAvailabilityZones': (_, { region }) => ({
    names: ['a', 'b', 'c'].map((zone) => region + zone),
    zoneIds: ['az1', 'az2', 'az3'].map((zone) => `${region}-${zone}`),
  }),
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/stand-in`,
  }),
  'aws:index/getPartition:getPartition': () => ({
    partition: 'aws',
    dnsSuffix: 'amazonaws.com',
    reverseDnsPrefix: 'com.amazonaws',
  }),
  'aws:index/getRegion:getRegion': (_, { region }) => ({ name: region, region }),
  'alicloud:index/getAccount:getAccount': () => ({ id: '1234567890123456' }),
  'alicloud:index/getZones:getZones': (_, { region }) => ({
    ids: ['g', 'h', 'i', 'j'].map((zone) => `${region}-${zone}`),
  }),
  'alicloud:cs/getKubernetesVersion:getKubernetesVersion': () => ({
    metadatas: ['1.36.1-aliyun.1', '1.35.4-aliyun.1', '1.35.1-aliyun.1'].map((version) => ({ version, runtimes: [] })),
  }),
  'azure-native:authorization:getClientConfig': () => ({ objectId: 'whoever-deploys' }),
  'azure-native:containerservice:listManagedClusterUserCredentials': ({ resourceName }) => ({
    kubeconfigs: [{ name: 'clusterUser', value: userCredentials(`https://${resourceName}.stand-in.invalid`) }],
  }),
  'gcp:compute/getZones:getZones': (_, { region }) => ({
    names: ['a', 'b', 'c', 'f'].map((zone) => `${region}-${zone}`),
  }),
  'gcp:organizations/getProject:getProject': () => ({ number: ACCOUNT }),
};

/** A kubeconfig as AKS hands it out, as far as it is read. */
function userCredentials(server: string): string {
  const authority = Buffer.from('authority').toString('base64');
  const text = `clusters:\n- cluster:\n    certificate-authority-data: ${authority}\n    server: ${server}\n`;
  return Buffer.from(text).toString('base64');
}
