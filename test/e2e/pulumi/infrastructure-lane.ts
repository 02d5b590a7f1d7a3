/** What every cloud has to prove with a program that makes all the infrastructure it knows: one scenario for each cloud. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';
import type { Cloud } from '../standin/plugins.ts';
import { dependencyOrder } from './order.ts';
import { type Deployment, type Plan, type PlannedResource, resource } from './plan.ts';
import { findPulumi } from './pulumi-cli.ts';
import { type Stack, withStack } from './stack.ts';

/** What is particular to a cloud. */
export interface InfrastructureLane {
  readonly scenario: string;
  /** Folder below `programs/`; its configuration `deletionProtection` takes the protection away. */
  readonly program: string;
  readonly provider: Cloud;
  readonly config?: { readonly [key: string]: string };
  /** Whether the resource holds data. */
  isData(resource: PlannedResource): boolean;
  /** Whether it stays in the account when the program goes. @default - what holds data */
  isLeft?(resource: PlannedResource): boolean;
  /** Claims on the plan, each with its proof. */
  readonly proofs: Readonly<Record<string, (means: Means) => void>>;
}

export interface Means {
  readonly stack: Stack;
  readonly previewed: Plan;
  readonly deployed: Deployment;
  /** Inputs of the resource in the preview. */
  planned(type: string, name: string): PlannedResource['inputs'];
}

export function infrastructureScenario(lane: InfrastructureLane): Scenario {
  const claims = Object.entries({ ...particular(lane), ...common(lane) });
  return {
    name: lane.scenario,
    limits: [],
    async run({ prove, notRun }) {
      const pulumi = await findPulumi();
      if ('why' in pulumi) {
        for (const [claim] of claims) notRun(claim, 'pulumi', pulumi.why);
        return;
      }
      const program = join(import.meta.dirname, 'programs', lane.program);
      const { provider, config = {} } = lane;
      await withStack({ pulumi, program, providers: [provider], config }, async (stack) => {
        const previewed = await stack.preview();
        const deployed = await stack.up();
        const planned: Means['planned'] = (type, name) => resource(previewed, type, name).inputs;
        for (const [claim, proof] of claims) {
          await prove(claim, pulumi, () => proof({ stack, previewed, deployed, planned }));
        }
      });
    },
  };
}

type Proofs = Readonly<Record<string, (means: Means) => Promise<string>>>;

const particular = ({ proofs }: InfrastructureLane): Proofs =>
  Object.fromEntries(
    Object.entries(proofs).map(([claim, proof]) => [
      claim,
      async (means) => {
        proof(means);
        return '';
      },
    ]),
  );

const customs = ({ resources }: Plan) => resources.filter(({ custom }) => custom);

const deletedBy = (stack: Stack): ReadonlySet<string | undefined> =>
  new Set(stack.calls().flatMap(({ call, urn }) => (call === 'delete' ? [urn] : [])));

const common = ({ program, provider, isData, isLeft = isData }: InfrastructureLane): Proofs => ({
  [`everything that ${program} can have is planned before it exists, and made as it was planned`]: async ({
    stack,
    previewed,
    deployed,
  }) => {
    const shape = (plan: Plan) =>
      plan.resources
        .map(({ urn, parent, dependencies }) => JSON.stringify({ urn, parent, dependencies: [...dependencies].sort() }))
        .sort();
    assert.deepEqual(shape(deployed), shape(previewed));
    assert.deepEqual(
      deployed.resources.flatMap(({ unknowns }) => unknowns),
      [],
    );
    const { compared, violations } = dependencyOrder(deployed, deployed.steps, 'create');
    assert.deepEqual(violations, []);
    return `${customs(deployed).length} resources, ${compared} pairs in order; provider: ${provider} ${stack.plugins[provider]}`;
  },

  [`the kubeconfig of ${program} is secret in the state and in the outputs`]: async ({ stack }) => {
    assert.deepEqual(Object.values((await stack.outputs())['clusters'] ?? {}), ['[secret]']);
    assert.ok(!(await stack.exportText()).includes('current-context'));
    return '';
  },

  [`a second up of ${program} changes nothing, and a refresh finds nothing changed`]: async ({ stack, deployed }) => {
    const same = { same: deployed.resources.length };
    assert.deepEqual((await stack.up()).changes, same);
    assert.deepEqual((await stack.refresh()).changes, same);
    return '';
  },

  [`what holds data of ${program} refuses to be destroyed`]: async ({ stack, deployed }) => {
    await assert.rejects(stack.destroy(), /protect/);
    const holders = deployed.resources.filter(isData);
    assert.ok(holders.length > 0);
    assert.ok(holders.every(({ urn }) => !deletedBy(stack).has(urn)));
    return `${holders.length} resources`;
  },

  [`unprotected, everything of ${program} goes in the reverse order, and data stays in the account`]: async ({
    stack,
  }) => {
    await stack.configure({ deletionProtection: 'false' });
    const before = await stack.up();
    const { resources, steps } = await stack.destroy();
    assert.deepEqual(resources, []);
    const { compared, violations } = dependencyOrder(before, steps, 'delete');
    assert.deepEqual(violations, []);
    const made = customs(before).filter(({ type }) => type.startsWith(`${provider}:`));
    const left = made.filter(({ urn }) => !deletedBy(stack).has(urn));
    const urns = (some: readonly PlannedResource[]) => some.map(({ urn }) => urn).sort();
    assert.deepEqual(urns(left), urns(made.filter(isLeft)));
    return `${compared} pairs, ${left.length} resources left`;
  },
});
