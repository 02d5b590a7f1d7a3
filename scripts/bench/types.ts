// How long `tsc` takes over the Pulumi program of each example, and how much memory, as ratios to a program that declares the
// same kinds of resources with the classes of the SDKs, each imported from its own file. Needs `./dev compile`: the examples
// are checked as a user's project checks them, against the declarations of the package.
import { spawnSync } from 'node:child_process';
import { median } from './measure.ts';

/** A line of the bench: a goal is the most that the value may be. */
export interface TypeCheckRow {
  readonly name: string;
  readonly value: number;
  readonly goal: number;
}

/** The example of each cloud; `raw/<cloud>.ts` is the program to compare it with. */
const EXAMPLES = {
  aws: 'aws-h100-training',
  gcp: 'gcp-training',
  azure: 'azure-training',
  alibaba: 'alibaba-training',
  existing: 'existing-minimal',
};

const GOAL = 1.5;

/** What a project of `cdk8s-ai init` is checked with. */
const OPTIONS =
  '--ignoreConfig --noEmit --strict --skipLibCheck --erasableSyntaxOnly --allowImportingTsExtensions --resolveJsonModule --target es2023 --module nodenext --types node'.split(
    ' ',
  );

/** Time and memory of each example, in the raw program's, which is checked in turn with it; medians of the rounds. */
export function typeCheckRows(rounds = 5): readonly TypeCheckRow[] {
  return Object.entries(EXAMPLES).flatMap(([cloud, example]) => {
    const pairs = Array.from({ length: rounds }, () => ({
      ours: typeCheck(`examples/${example}/pulumi.ts`),
      raw: typeCheck(`scripts/bench/raw/${cloud}.ts`),
    }));
    const row = (what: keyof TypeCheck): TypeCheckRow => ({
      name: `tsc of the example of ${cloud} over raw deep imports: ${what}`,
      value: median(pairs.map(({ ours, raw }) => ours[what] / raw[what])),
      goal: GOAL,
    });
    return [row('time'), row('memory')];
  });
}

interface TypeCheck {
  /** Seconds of the processor: what tsc takes on a machine that does nothing else, and the same on one that does. */
  readonly time: number;
  /** KiB. */
  readonly memory: number;
}

const TELL_TIME = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(String((user + system) / 1e6));
})`;

function typeCheck(file: string): TypeCheck {
  const tell = `data:text/javascript,${encodeURIComponent(TELL_TIME)}`;
  const args = ['--import', tell, 'node_modules/typescript/bin/tsc', ...OPTIONS, '--extendedDiagnostics', file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc ${file}: ${stdout}${stderr}`);
  const memory = /^Memory used:\s+(\d+)K/m.exec(stdout)?.[1];
  return { time: Number(stderr), memory: Number(memory) };
}
