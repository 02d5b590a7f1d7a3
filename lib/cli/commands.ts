import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Platform } from '../constructs/platform.ts';
import { formatProblem, type PlatformError } from '../model/errors.ts';
import type { PlatformStream } from '../model/platform-stream.ts';
import type { Bindings } from '../model/value.ts';
import { check } from '../policies/check.ts';
import { Verification } from '../policies/verification.ts';
import { boundClusters } from '../render/bindings.ts';
import { type WriteResult, writeTree } from '../render/files.ts';
import type { FileStream } from '../render/layout.ts';
import { renderManifests } from '../render/manifests.ts';
import {
  type CheckCommand,
  type PreflightCommand,
  type ReportCommand,
  type SynthCommand,
  UsageError,
} from './arguments.ts';
import { amount, type ClusterSummary, formatReport, summaryOf } from './format-report.ts';
import { counted, type Progress, progressOn } from './progress.ts';

/** Evaluates every rule and writes nothing. */
export async function checkCommand(command: CheckCommand): Promise<number> {
  return guarded(command.json, async () => {
    const stream = (await loadPlatform(command.program)).stream();
    const summaries: ClusterSummary[] = [];
    const clusters = noticed(stream.clusters, (cluster) => summaries.push(summaryOf(cluster)));
    const report = check({ ...stream, clusters }, today());
    show(command.json, { platform: stream.name, ...report }, formatReport(stream.name, summaries, report));
    if (report.errors > 0) return 1;
    return report.unknown > 0 && !command.allowUnknown ? 3 : 0;
  });
}

/** Says what to have before the first deployment; writes nothing. */
export async function preflightCommand(command: PreflightCommand): Promise<number> {
  return guarded(command.json, async () => {
    const model = (await loadPlatform(command.program)).model();
    const [{ preflightSheets }, { formatPreflight }] = await Promise.all([
      import('../preflight/index.ts'),
      import('./format-preflight.ts'),
    ]);
    const sheets = preflightSheets(model);
    show(command.json, { platform: model.name, clusters: sheets }, sheets.map(formatPreflight).join('\n'));
    return 0;
  });
}

/** Everything there is to tell of the platform before it is deployed, as Markdown; writes nothing. */
export async function reportCommand(command: ReportCommand): Promise<number> {
  return guarded(command.json, async () => {
    const model = (await loadPlatform(command.program)).model();
    const [{ preflightSheets }, { formatMarkdown }] = await Promise.all([
      import('../preflight/index.ts'),
      import('./format-markdown.ts'),
    ]);
    const [report, sheets, summaries] = [check(model, today()), preflightSheets(model), model.clusters.map(summaryOf)];
    const data = { platform: model.name, clusters: summaries, ...report, preflight: sheets };
    show(command.json, data, formatMarkdown(model.name, summaries, report, sheets));
    return report.errors > 0 ? 1 : 0;
  });
}

/** Checks the platform and writes it; writes nothing when a rule is broken. */
export async function synthCommand(command: SynthCommand): Promise<number> {
  return guarded(command.json, async () => {
    const progress = progressOn(process.stderr, command.json);
    const { code, data, text } = await synth(command, progress).finally(progress.end);
    show(command.json, data, text);
    return code;
  });
}

/** Cluster by cluster from the constructs to the files, which appear when all clusters have passed the rules. */
async function synth(command: SynthCommand, progress: Progress) {
  const platform = await loadPlatform(command.program);
  progress.report('collect');
  const stream = platform.stream();
  const summaries: ClusterSummary[] = [];
  let total = 0;
  const clusters = noticed(stream.clusters, (cluster) => {
    const summary = summaryOf(cluster);
    summaries.push(summary);
    total += summary.objects;
    progress.report('check', { total });
  });
  const verification = new Verification({ ...stream, clusters }, today());
  const bound = boundClusters({ ...stream, clusters: verification.clusters() }, readBindings(command.bindings));
  const render = await rendererOf(command);
  const tree = counted(render({ ...stream, clusters: bound }), (done) => progress.report('write', { done }));
  const result = written(command.out, tree, verification);
  const { report } = verification;
  const found = { platform: stream.name, ...report };
  const text = formatReport(stream.name, summaries, report);
  if (result === undefined)
    return { code: 1, data: { ...found, written: false }, text: `${text}Nothing was written.\n` };
  const count = result.written.length + result.unchanged.length;
  progress.report('write', { done: count, total: count });
  const summary = `${amount(count, 'file')} in ${command.out}: ${result.written.length} written, ${result.unchanged.length} unchanged, ${result.removed.length} removed\n`;
  return { code: 0, data: { ...found, out: command.out, files: result }, text: text + summary };
}

/** What writing did; nothing was written when a rule is broken. */
function written(out: string, tree: FileStream, verification: Verification): WriteResult | undefined {
  try {
    return writeTree(out, tree);
  } catch (error) {
    if (verification.report.errors > 0) return undefined;
    throw error;
  }
}

/** The items as they are; each is shown before it is given on. */
function* noticed<T>(items: Iterable<T>, notice: (item: T) => void): Iterable<T> {
  for (const item of items) {
    notice(item);
    yield item;
  }
}

/** Only the renderer that is asked for is loaded; that of manifests is part of the engine. */
async function rendererOf(command: SynthCommand): Promise<(platform: PlatformStream) => FileStream> {
  const { layout, format } = command;
  if (format === 'manifests') {
    const inflate = command.inflate ? (await import('../render/helm.ts')).inflateChart : undefined;
    return (platform) => renderManifests(platform, { layout, inflate });
  }
  const options = {
    layout,
    repoUrl: command.repoUrl ?? '',
    ...(command.revision === undefined ? {} : { revision: command.revision }),
    ...(command.repoPath === undefined ? {} : { path: command.repoPath }),
  };
  if (format === 'argo-cd') {
    const { renderArgoCd } = await import('../render/gitops/argo-cd.ts');
    return (platform) => renderArgoCd(platform, options);
  }
  const { renderFlux } = await import('../render/gitops/flux.ts');
  return (platform) => renderFlux(platform, options);
}

/** What the command needs of a platform. The program may have its own copy of this library, so its own methods are called. */
type LoadedPlatform = Pick<Platform, 'stream' | 'model'>;

async function loadPlatform(program: string): Promise<LoadedPlatform> {
  const module: unknown = await import(pathToFileURL(resolve(program)).href).catch((error: unknown) => {
    if (isPlatformProblem(error)) throw error;
    throw new UsageError(
      `${program} could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  });
  const { platform, default: main } = module as { platform?: unknown; default?: unknown };
  const found = [platform, main].find(
    (one): one is LoadedPlatform => typeof (one as { stream?: unknown } | undefined)?.stream === 'function',
  );
  if (found === undefined)
    throw new UsageError(`${program} exports no Platform: write 'export const platform = new Platform({ … })'`);
  return found;
}

function readBindings(file: string | undefined): Bindings {
  if (file === undefined) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Bindings;
  } catch (error) {
    throw new UsageError(
      `the bindings in ${file} could not be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Shows mistakes in the user's program as findings; anything else is a fault of ours and keeps its stack. */
async function guarded(json: boolean, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (error) {
    if (!isPlatformProblem(error)) throw error;
    const problems =
      error instanceof AggregateError ? (error.errors as readonly PlatformError[]) : [error as PlatformError];
    const findings = problems.map(({ code, where, what, fix }) => ({
      code,
      severity: 'error',
      outcome: 'fail',
      where,
      what,
      fix,
    }));
    show(
      json,
      { findings, errors: findings.length, written: false },
      `${findings.map(formatProblem).join('\n')}\n\nNothing was written.\n`,
    );
    return 1;
  }
}

/** By name, because the program may have its own copy of this library. */
function isPlatformProblem(error: unknown): boolean {
  const isOne = (one: unknown) => one instanceof Error && one.name === 'PlatformError';
  return isOne(error) || (error instanceof AggregateError && error.errors.every(isOne));
}

function show(json: boolean, data: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : text);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
