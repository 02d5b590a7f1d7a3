import { parseArgs } from 'node:util';
import type { Layout } from '../render/layout.ts';

/** The forms in which a platform is written to files. */
export const FORMATS = ['manifests', 'argo-cd', 'flux'] as const;
export type Format = (typeof FORMATS)[number];

const LAYOUTS: readonly Layout[] = ['unit', 'object'];

/** What the user asked for. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | CheckCommand
  | InitCommand
  | PreflightCommand
  | ReportCommand
  | SynthCommand;

export interface CheckCommand {
  readonly name: 'check';
  readonly program: string;
  readonly json: boolean;
  readonly allowUnknown: boolean;
}

export interface InitCommand {
  readonly name: 'init';
  readonly folder: string;
  readonly cloud: string;
  readonly json: boolean;
}

export interface PreflightCommand {
  readonly name: 'preflight';
  readonly program: string;
  readonly json: boolean;
}

export interface ReportCommand {
  readonly name: 'report';
  readonly program: string;
  readonly json: boolean;
}

export interface SynthCommand {
  readonly name: 'synth';
  readonly program: string;
  readonly json: boolean;
  readonly out: string;
  readonly format: Format;
  readonly layout: Layout;
  readonly repoUrl?: string;
  readonly revision?: string;
  readonly repoPath?: string;
  readonly bindings?: string;
  readonly inflate: boolean;
}

export const USAGE = `cdk8s-ai: one typed program for a whole AI platform

  cdk8s-ai synth PROGRAM [--out DIR] [--format manifests|argo-cd|flux]
      checks the platform and writes it to DIR (default: dist)
      --layout unit|object
                       one file for each unit (default) or for each object
      --repo-url URL --revision REV --repo-path DIR
                       the Git repository that argo-cd or flux will read
      --bindings FILE  values of references: pulumi stack output bindings --json
      --inflate        run helm and write the objects of charts (manifests only)
  cdk8s-ai check PROGRAM [--allow-unknown]
      evaluates every rule and writes nothing
  cdk8s-ai preflight PROGRAM
      says what to have before the first deployment: quotas, reservations, permissions, cost
  cdk8s-ai report PROGRAM
      what there is, what is wrong and what to have first, as a Markdown page for a pull request
  cdk8s-ai init FOLDER --cloud aws|gcp|azure|alibaba|existing
      makes a project that compiles and synthesizes as it is
  all take --json: one JSON document on standard output

On a terminal, synth shows how far it is; with --json it writes {"phase", "done", "total"} to standard
error, one JSON object a line. Otherwise it is silent until it has ended.

PROGRAM is a module that exports a Platform as 'platform' or as its default.

Exit codes: 0 all is well; 1 a rule is broken, nothing was written; 2 the command or the program
could not be run; 3 (check) nothing is broken, but something could not be judged.
`;

/** A command that was typed wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError with what is wrong */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  if (values.version === true) return { name: 'version' };
  const [name, program, ...rest] = positionals;
  if (values.help === true || name === undefined || name === 'help') return { name: 'help' };
  if (name === 'init') {
    if (program === undefined || values.cloud === undefined) throw new UsageError('init needs a folder and --cloud');
    return { name, folder: program, cloud: values.cloud, json: values.json === true };
  }
  if (name !== 'synth' && name !== 'check' && name !== 'preflight' && name !== 'report')
    throw new UsageError(`there is no command '${name}'; the commands are synth, check, preflight, report and init`);
  if (program === undefined)
    throw new UsageError(`${name} needs the module that exports the platform, such as ./platform.ts`);
  if (rest.length > 0) throw new UsageError(`one program at a time, got also ${rest.join(', ')}`);
  const json = values.json === true;
  if (name === 'preflight' || name === 'report') return { name, program, json };
  if (name === 'check') return { name, program, json, allowUnknown: values['allow-unknown'] === true };
  const format = FORMATS.find((one) => one === (values.format ?? 'manifests'));
  if (format === undefined) throw new UsageError(`--format is ${FORMATS.join(', ')}, not '${values.format}'`);
  const layout = LAYOUTS.find((one) => one === (values.layout ?? 'unit'));
  if (layout === undefined) throw new UsageError(`--layout is ${LAYOUTS.join(', ')}, not '${values.layout}'`);
  if (format !== 'manifests' && values['repo-url'] === undefined)
    throw new UsageError(`--format ${format} needs --repo-url, the repository that the controller reads`);
  if (format !== 'manifests' && values.inflate === true)
    throw new UsageError(`--inflate goes with --format manifests: ${format} installs charts itself`);
  return {
    name,
    program,
    json,
    out: values.out ?? 'dist',
    format,
    layout,
    inflate: values.inflate === true,
    ...(values['repo-url'] === undefined ? {} : { repoUrl: values['repo-url'] }),
    ...(values.revision === undefined ? {} : { revision: values.revision }),
    ...(values['repo-path'] === undefined ? {} : { repoPath: values['repo-path'] }),
    ...(values.bindings === undefined ? {} : { bindings: values.bindings }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        json: { type: 'boolean' },
        'allow-unknown': { type: 'boolean' },
        cloud: { type: 'string' },
        out: { type: 'string', short: 'o' },
        format: { type: 'string' },
        layout: { type: 'string' },
        'repo-url': { type: 'string' },
        revision: { type: 'string' },
        'repo-path': { type: 'string' },
        bindings: { type: 'string' },
        inflate: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
