/** Runs a program against the mocks of the Pulumi SDK and tells what it asked the engine to make. */
import * as pulumi from '@pulumi/pulumi';

/** How the SDK writes values that are unknown or secret when it talks to the engine. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** One resource as it was registered. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Inputs as the engine gets them: unknown leaves read `UNKNOWN`, secrets are unwrapped and listed in `secrets`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the secret inputs. */
  readonly secrets: readonly string[];
  readonly parent: string;
  readonly provider: string;
  readonly dependencies: readonly string[];
  readonly deletedWith: string;
  readonly ignoreChanges: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly additionalSecretOutputs: readonly string[];
}

/** The part of the SDK's request that is looked at. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDeletedwith(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getObject(): { toJavaScript(): Record<string, unknown> };
}

type Reply = (error: unknown, response: { getUrn(): string }) => void;

/** A kubeconfig as AKS hands it out. */
const AKS_KUBECONFIG = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Y2VydA==
    server: https://east-1a2b.hcp.example.com:443
`;

/** Outputs that a resource has beside its inputs, once it exists. */
const OUTPUTS: Readonly<Record<string, (name: string, inputs: Record<string, unknown>) => Record<string, unknown>>> = {
  'aws:eks/cluster:Cluster': (name) => ({
    endpoint: `https://${name.replace('/', '-')}.eks.example.com`,
    certificateAuthority: { data: 'Y2VydA==' },
    vpcConfig: { clusterSecurityGroupId: `sg-${name}` },
    identities: [{ oidcs: [{ issuer: `https://oidc.example.com/${name}` }] }],
  }),
  'aws:eks/nodeGroup:NodeGroup': (name) => ({ resources: [{ autoscalingGroups: [{ name: `asg-${name}` }] }] }),
  'aws:ec2/launchTemplate:LaunchTemplate': () => ({ latestVersion: 1 }),
  'aws:s3/bucket:Bucket': (name) => ({ bucket: `${name.replace('/', '-')}-1a2b` }),
  'aws:efs/fileSystem:FileSystem': (name) => ({ dnsName: `${name.replace('/', '-')}.efs.example.com` }),
  'aws:rds/instance:Instance': (name) => ({
    address: `${name.replace('/', '-')}.rds.example.com`,
    masterUserSecrets: [{ secretArn: `arn:aws:secretsmanager:::${name}` }],
  }),
  'aws:ecr/repository:Repository': (name) => ({ repositoryUrl: `registry.example.com/${name}` }),
  'gcp:container/cluster:Cluster': (name) => ({
    endpoint: '10.0.0.2',
    masterAuth: { clusterCaCertificate: 'Y2VydA==' },
    selfLink: `https://container.example.com/${name}`,
  }),
  'gcp:filestore/instance:Instance': (_, { networks }) => ({
    networks: (networks as readonly object[]).map((network) => ({ ...network, ipAddresses: ['10.9.0.2'] })),
  }),
  'gcp:projects/serviceIdentity:ServiceIdentity': (_, { service }) => ({
    member: `serviceAccount:agent-of-${service}`,
  }),
  'gcp:sql/databaseInstance:DatabaseInstance': () => ({ privateIpAddress: '10.9.1.2' }),
  'gcp:serviceaccount/account:Account': (name) => ({ email: `${name.replace('/', '-')}@iam.example.com` }),
  'alicloud:cs/managedKubernetes:ManagedKubernetes': (name) => ({
    connections: { apiServerIntranet: 'https://10.0.0.3:6443' },
    rrsaMetadata: {
      ramOidcProviderArn: `acs:ram::1:oidc-provider/${name}`,
      rrsaOidcIssuerUrl: 'https://oidc.example.com',
    },
  }),
  'alicloud:nas/mountTarget:MountTarget': () => ({ mountTargetDomain: 'east.nas.example.com' }),
  'alicloud:rds/instance:Instance': () => ({ connectionString: 'east.pg.rds.example.com' }),
  'alicloud:ecs/eipAddress:EipAddress': () => ({ ipAddress: '203.0.113.8' }),
  'alicloud:vpc/natGateway:NatGateway': (name) => ({ snatTableIds: `snat-of-${name}` }),
  'azure-native:containerservice:ManagedCluster': (name, { resourceName }) => ({
    name: resourceName,
    oidcIssuerProfile: { enabled: true, issuerURL: `https://oidc.example.com/${name}` },
    identityProfile: { kubeletidentity: { objectId: `kubelet-of-${name}` } },
  }),
  'azure-native:containerregistry:Registry': (_, { registryName }) => ({ loginServer: `${registryName}.example.com` }),
  'azure-native:dbforpostgresql:Server': (_, { serverName }) => ({
    name: serverName,
    fullyQualifiedDomainName: `${serverName}.postgres.example.com`,
  }),
  'azure-native:keyvault:Key': (_, { keyName }) => ({ name: keyName, keyUri: `https://vault.example.com/${keyName}` }),
  'azure-native:keyvault:Vault': (_, { vaultName, properties }) => ({
    name: vaultName,
    properties: { ...(properties as object), vaultUri: 'https://vault.example.com' },
  }),
  'azure-native:managedidentity:UserAssignedIdentity': (name, { resourceName }) => ({
    name: resourceName,
    principalId: `principal-of-${name}`,
    clientId: `client-of-${name}`,
    tenantId: 'tenant',
  }),
  'azure-native:network:PublicIPAddress': () => ({ ipAddress: '203.0.113.7' }),
  'azure-native:network:VirtualNetwork': (_, { virtualNetworkName }) => ({ name: virtualNetworkName }),
  'azure-native:network:PrivateEndpoint': (_, { privateEndpointName }) => ({ name: privateEndpointName }),
  'azure-native:privatedns:PrivateZone': (_, { privateZoneName }) => ({ name: privateZoneName }),
  'azure-native:resources:ResourceGroup': (_, { resourceGroupName }) => ({ name: resourceGroupName }),
  'azure-native:storage:StorageAccount': (_, { accountName }) => ({ name: accountName }),
};

/** What the functions of the clouds answer. */
const ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  'aws:index/getAvailabilityZones:getAvailabilityZones': {
    names: ['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d'],
  },
  'gcp:compute/getZones:getZones': { names: ['us-central1-a', 'us-central1-b', 'us-central1-c', 'us-central1-f'] },
  'gcp:organizations/getProject:getProject': { number: '123456789012' },
  'gcp:storage/getProjectServiceAccount:getProjectServiceAccount': { member: 'serviceAccount:agent-of-storage' },
  'alicloud:index/getAccount:getAccount': { id: '1234567890123456' },
  'alicloud:index/getZones:getZones': { ids: ['cn-hangzhou-g', 'cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-j'] },
  'alicloud:cs/getKubernetesVersion:getKubernetesVersion': {
    metadatas: [{ version: '1.36.1-aliyun.1' }, { version: '1.35.4-aliyun.1' }, { version: '1.35.1-aliyun.1' }],
  },
  'alicloud:cs/getClusterCredential:getClusterCredential': { certificateAuthority: { clusterCert: 'Y2VydA==' } },
  'azure-native:authorization:getClientConfig': { objectId: 'whoever-deploys' },
  'azure-native:containerservice:listManagedClusterUserCredentials': {
    kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(AKS_KUBECONFIG).toString('base64') }],
  },
};

/**
 * What a run of the program registers.
 *
 * @param phase `up`: every output is known; `preview`: as before the first deployment, what only the cloud can know is not
 */
export async function run<T>(
  phase: 'up' | 'preview',
  program: () => T,
): Promise<{ resources: readonly Registered[]; result: T }> {
  const resources: Registered[] = [];
  const isPreview = phase === 'preview';
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (isPreview) return { id: undefined, state: inputs };
        return {
          id: `id-${name}`,
          state: { ...inputs, arn: `arn:aws:test:::${name}`, ...OUTPUTS[type]?.(name, inputs) },
        };
      },
      call: ({ token }) => {
        const answer = ANSWERS[token];
        if (answer === undefined) throw new Error(`unexpected call ${token}`);
        return answer;
      },
    },
    'project',
    'stack',
    isPreview,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: RegisterRequest, reply: Reply): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, reply) =>
    register(request, (error, response) => {
      if (error === null || error === undefined) resources.push(registered(request, response.getUrn()));
      reply(error, response);
    });
  const result = program();
  // Every registration and every value that it waits for.
  await pulumi.runtime.disconnect();
  return { resources, result };
}

function registered(request: RegisterRequest, urn: string): Registered {
  const secrets: string[] = [];
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    inputs: reveal(request.getObject().toJavaScript(), '', secrets) as Registered['inputs'],
    secrets,
    parent: request.getParent(),
    provider: request.getProvider(),
    dependencies: request.getDependenciesList(),
    deletedWith: request.getDeletedwith(),
    ignoreChanges: request.getIgnorechangesList(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

function reveal(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => reveal(item, `${path}[${index}]`, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  if (members[SIGNATURE] === SECRET) {
    secrets.push(path);
    return reveal(members['value'], path, secrets);
  }
  return Object.fromEntries(
    Object.entries(members).map(([key, member]) => [
      key,
      reveal(member, path === '' ? key : `${path}.${key}`, secrets),
    ]),
  );
}

/** Whether there is an Output, and it is secret. */
export async function isSecret(output: pulumi.Output<unknown> | undefined): Promise<boolean> {
  return output !== undefined && (await pulumi.isSecret(output));
}
