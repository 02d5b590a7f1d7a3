import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { documentedValues, extractTypings } from './extract-typings.ts';
import { completeOutputs, fakeOutputs, unknownOutputs } from './fake-outputs.ts';
import { UNKNOWN } from './property-value.ts';
import { withUndocumentedValues } from './undocumented-values.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('@pulumi/aws/package.json')));
const typings = extractTypings(folder, '@pulumi/aws', 'installed');
const pool = typings.resources['aws:eks/nodeGroup:NodeGroup'];

describe('typings read from the installed AWS package', () => {
  test('hold the resources and functions of the package', () => {
    expect(Object.keys(typings.resources).length).toBeGreaterThan(1500);
    expect(Object.keys(typings.functions).length).toBeGreaterThan(500);
  });

  test('tell required inputs from optional ones, and inputs from outputs', () => {
    expect(pool?.inputs['clusterName']).toEqual({ shape: 'string', required: true });
    expect(pool?.inputs['labels']).toEqual({ shape: { map: 'string' }, required: false });
    expect(pool?.inputs['arn']).toBeUndefined();
    expect(pool?.outputs['arn']).toEqual({ shape: 'string', required: true });
  });

  test('lead to nested types', () => {
    expect(pool?.inputs['taints']?.shape).toEqual({ list: { type: 'inputs.eks.NodeGroupTaint' } });
    expect(typings.types['inputs.eks.NodeGroupScalingConfig']).toMatchObject({
      fields: { minSize: { shape: 'number', required: true } },
    });
  });

  test('hold closed sets, whether an enum or a doc comment lists them', () => {
    expect(typings.types['enums.iam.PolicyStatementEffect']).toEqual({ values: ['Allow', 'Deny'] });
    expect(pool?.inputs['capacityType']?.shape).toEqual({ values: ['ON_DEMAND', 'SPOT'], documented: true });
  });

  test('are completed by what the cloud takes beside its documented values', () => {
    const completed = withUndocumentedValues(typings).resources['aws:eks/nodeGroup:NodeGroup'];
    expect(completed?.inputs['capacityType']?.shape).toMatchObject({ values: ['ON_DEMAND', 'SPOT', 'CAPACITY_BLOCK'] });
    expect(completed?.inputs['clusterName']).toEqual(pool?.inputs['clusterName']);
  });

  test('hold what a doc comment lists item by item, each with a remark', () => {
    const comment = 'How it is bought. Value:\n- `NoSpot` : on demand.\n- `SpotAsPriceGo` : at any price.';
    expect(documentedValues(comment)).toEqual(['NoSpot', 'SpotAsPriceGo']);
    expect(documentedValues(`${comment}\n\nIn some regions:\n- \`Later\` : by request.`)).toEqual([]);
  });

  test('leave open what a doc comment only gives examples of', () => {
    expect(pool?.inputs['amiType']?.shape).toBe('string');
  });
});

describe('invented outputs', () => {
  const cluster = typings.resources['aws:eks/cluster:Cluster']?.outputs ?? {};
  const inputs = { name: 'east', vpcConfig: { subnetIds: ['subnet-1'] } };
  const outputs = () => completeOutputs(typings, cluster, inputs, fakeOutputs(typings, 'a URN', 'arn:east'));

  test('are the same on every run and keep the inputs', () => {
    expect(outputs()).toEqual(outputs());
    expect(outputs()).toMatchObject({ name: 'east', arn: 'arn:east', endpoint: expect.stringMatching(/^https:/) });
  });

  test('complete objects that were given in part', () => {
    expect(outputs()['vpcConfig']).toMatchObject({ subnetIds: ['subnet-1'], vpcId: expect.any(String) });
  });

  test('reach into lists of objects', () => {
    expect(outputs()['identities']).toEqual([{ oidcs: [{ issuer: expect.stringMatching(/^https:/) }] }]);
  });

  test('are unknown in a preview, inside objects too', () => {
    const planned = completeOutputs(typings, cluster, inputs, unknownOutputs);
    expect(planned).toMatchObject({ name: 'east', arn: UNKNOWN, vpcConfig: { vpcId: UNKNOWN } });
  });
});
