import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Scenario } from '../../scenario.ts';
import type { Cloud } from '../../standin/plugins.ts';
import type { JsonObject } from '../../standin/property-value.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { type Stack, withStack } from '../stack.ts';

/** What an accepted plan is worth: everything that the typings of the provider package rule out is refused. */
export const scenario: Scenario = {
  name: 'pulumi-refusals',
  limits: [],
  async run({ prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys({ ...proofs, ...others })) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const program = join(import.meta.dirname, '../programs/anything');
    const config = { 'aws:region': 'eu-west-1' };
    for (const [claim, proof] of Object.entries(proofs)) {
      await withStack({ pulumi, program, providers: ['aws'], config }, (stack) =>
        prove(claim, pulumi, () => proof(stack)),
      );
    }
    for (const [claim, { provider, type, accepted, refused }] of Object.entries(others)) {
      await withStack({ pulumi, program, providers: [provider] }, (stack) =>
        prove(claim, pulumi, async () => {
          assert.deepEqual((await register(stack, type, accepted)).changes, { create: 2 });
          for (const [change, message] of refused)
            await assert.rejects(register(stack, type, { ...accepted, ...change }), message);
          return `${refused.length} inputs of ${type}`;
        }),
      );
    }
  },
};

const NODE_GROUP = 'aws:eks/nodeGroup:NodeGroup';
const nodeGroup = {
  clusterName: 'east',
  nodeRoleArn: 'arn:aws:iam::123456789012:role/nodes',
  subnetIds: ['subnet-1'],
  scalingConfig: { desiredSize: 1, maxSize: 1, minSize: 1 },
};
const taint = { key: 'nvidia.com/gpu', value: 'present' };

const proofs: Readonly<Record<string, (stack: Stack) => Promise<string>>> = {
  'inputs that fit the typings of the provider package are accepted': async (stack) => {
    const inputs = { ...nodeGroup, taints: [{ ...taint, effect: 'NO_SCHEDULE' }] };
    assert.deepEqual((await register(stack, NODE_GROUP, inputs)).changes, { create: 2 });
    return '';
  },
  'a resource type that the provider does not have is refused': refused(
    'aws:eks/nodePool:NodePool',
    {},
    /has no resource type aws:eks\/nodePool:NodePool/,
  ),
  'an unknown property is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, scaling: {} },
    /unknown property "scaling" of aws:eks/,
  ),
  'a missing required input is refused': refused(
    NODE_GROUP,
    { clusterName: 'east' },
    /missing required property "nodeRoleArn"/,
  ),
  'an unknown nested property is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, scalingConfig: { ...nodeGroup.scalingConfig, min: 1 } },
    /unknown property "min" of inputs\.eks\.NodeGroupScalingConfig/,
  ),
  'a missing nested property is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, taints: [taint] },
    /missing required property "effect" of inputs\.eks\.NodeGroupTaint/,
  ),
  'a number where a text belongs is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, version: 1.35 },
    /expected a string, got the number 1\.35/,
  ),
  'a taint effect in the spelling of Kubernetes is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, taints: [{ ...taint, effect: 'NoSchedule' }] },
    /documented values NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE, got the string "NoSchedule"/,
  ),
  'a value outside an enum is refused': refused(
    'aws:autoscaling/notification:Notification',
    { groupNames: ['nodes'], topicArn: 'arn:aws:sns:::topic', notifications: ['launched'] },
    /expected one of autoscaling:EC2_INSTANCE_LAUNCH/,
  ),
  'an unknown setting of the provider is refused': refused(
    'pulumi:providers:aws',
    { regon: 'eu-west-1' },
    /unknown property "regon" of the provider aws/,
  ),
  'an unknown nested setting of the provider is refused, although it travels as text': refused(
    'pulumi:providers:aws',
    { defaultTags: JSON.stringify({ tag: {} }) },
    /unknown property "tag" of inputs\.ProviderDefaultTags/,
  ),
  'a function answers in the shape of the typings': async (stack) => {
    const vpc = await invoke(stack, 'aws:ec2/getVpc:getVpc', { id: 'vpc-1' });
    assert.deepEqual([vpc['id'], vpc['enableDnsSupport']], ['vpc-1', false]);
    assert.match(String(vpc['arn']), /^arn:aws:/);
    return '';
  },
  'an unknown argument of a function is refused': async (stack) => {
    await assert.rejects(invoke(stack, 'aws:ec2/getVpc:getVpc', { vpc: 'vpc-1' }), /unknown property "vpc"/);
    return '';
  },
  'a function that the provider does not have is refused': async (stack) => {
    await assert.rejects(invoke(stack, 'aws:ec2/getMoon:getMoon', {}), /has no function aws:ec2\/getMoon:getMoon/);
    return '';
  },
};

/** What of each of the other clouds is refused: accepted inputs with one mistake at a time; `null` takes an input away. */
const others: Readonly<Record<string, Refusals>> = {
  'unknown, missing and mistyped inputs of Google Cloud, at any depth, and values that it does not know are refused': {
    provider: 'gcp',
    type: 'gcp:container/nodePool:NodePool',
    accepted: { cluster: 'central', nodeCount: 1, nodeConfig: { taints: [{ ...taint, effect: 'NO_SCHEDULE' }] } },
    refused: [
      [{ nodes: 1 }, /unknown property "nodes" of gcp:container/],
      [
        { nodeConfig: { machine: 'g2-standard-16' } },
        /unknown property "machine" of inputs\.container\.NodePoolNodeConfig/,
      ],
      [{ cluster: null }, /missing required property "cluster"/],
      [{ nodeConfig: { taints: [taint] } }, /missing required property "effect"/],
      [{ nodeCount: '1' }, /expected a number, got the string "1"/],
      [
        { nodeConfig: { taints: [{ ...taint, effect: 'NoSchedule' }] } },
        /documented values NO_SCHEDULE, PREFER_NO_SCHEDULE/,
      ],
      [
        { nodeConfig: { reservationAffinity: { consumeReservationType: 'MINE' } } },
        /documented values UNSPECIFIED, NO_RESERVATION/,
      ],
    ],
  },
  'unknown, missing and mistyped inputs of Azure, at any depth, and values outside its enums are refused': {
    provider: 'azure-native',
    type: 'azure-native:containerservice:AgentPool',
    accepted: {
      resourceGroupName: 'east',
      resourceName: 'east',
      count: 1,
      nodeTaints: ['nvidia.com/gpu=present:NoSchedule'],
    },
    refused: [
      [{ vmType: 'Standard_NC24ads_A100_v4' }, /unknown property "vmType" of azure-native:containerservice/],
      [{ gpuProfile: { drivers: 'None' } }, /unknown property "drivers" of inputs\.containerservice\.GPUProfileArgs/],
      [{ resourceName: null }, /missing required property "resourceName"/],
      [{ count: '1' }, /expected a number, got the string "1"/],
      [{ nodeTaints: [{ ...taint, effect: 'NoSchedule' }] }, /expected a string, got an object/],
      [{ scaleSetPriority: 'Cheap' }, /expected one of (Spot, Regular|Regular, Spot), got the string "Cheap"/],
      [{ gpuProfile: { driver: 'Perhaps' } }, /expected one of Install, None, got the string "Perhaps"/],
    ],
  },
  'unknown, missing and mistyped inputs of Alibaba Cloud, at any depth, and values that it does not know are refused': {
    provider: 'alicloud',
    type: 'alicloud:cs/nodePool:NodePool',
    accepted: {
      clusterId: 'c1',
      vswitchIds: ['vsw-1'],
      desiredSize: '1',
      taints: [{ ...taint, effect: 'NoSchedule' }],
    },
    refused: [
      [{ size: 1 }, /unknown property "size" of alicloud:cs/],
      [{ labels: [{ key: 'rack', val: 'gpus' }] }, /unknown property "val" of inputs\.cs\.NodePoolLabel/],
      [{ clusterId: null }, /missing required property "clusterId"/],
      [{ labels: [{ value: 'gpus' }] }, /missing required property "key" of inputs\.cs\.NodePoolLabel/],
      [{ desiredSize: 1 }, /expected a string, got the number 1/],
      [{ taints: [{ ...taint, effect: 'NO_SCHEDULE' }] }, /documented values NoSchedule, NoExecute/],
      [{ spotStrategy: 'Cheap' }, /documented values NoSpot, SpotWithPriceLimit, SpotAsPriceGo/],
    ],
  },
};

interface Refusals {
  readonly provider: Cloud;
  readonly type: string;
  readonly accepted: JsonObject;
  readonly refused: readonly (readonly [JsonObject, RegExp])[];
}

function refused(type: string, inputs: JsonObject, message: RegExp): (stack: Stack) => Promise<string> {
  return async (stack) => {
    await assert.rejects(register(stack, type, inputs), message);
    return '';
  };
}

async function register(stack: Stack, type: string, inputs: JsonObject) {
  await stack.configure({ resource: JSON.stringify({ type, inputs }) });
  return stack.preview();
}

async function invoke(stack: Stack, token: string, args: JsonObject): Promise<JsonObject> {
  await stack.configure({ invoke: JSON.stringify({ token, args }) });
  await stack.up();
  return (await stack.outputs())['result'] as JsonObject;
}
