import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatProblem, type PlatformError } from '../model/errors.ts';
import type { PlatformModel } from '../model/platform-model.ts';
import type { Bindings } from '../model/value.ts';
import { check } from '../policies/check.ts';
import { bindPlatform } from '../render/bindings.ts';
import { type FileTree, writeTree } from '../render/files.ts';
import { renderArgoCd } from '../render/gitops/argo-cd.ts';
import { renderFlux } from '../render/gitops/flux.ts';
import { inflateChart } from '../render/helm.ts';
import { renderManifests } from '../render/manifests.ts';
import { type CheckCommand, type PreflightCommand, type SynthCommand, UsageError } from './arguments.ts';
import { formatPreflight } from './format-preflight.ts';
import { formatReport } from './format-report.ts';
import { counted, type Progress, progressOn } from './progress.ts';

/** Evaluates every rule and writes nothing. */
export async function checkCommand(command: CheckCommand): Promise<number> {
  return guarded(command.json, async () => {
    const model = (await loadPlatform(command.program)).model();
    const report = check(model, today());
    show(command.json, { platform: model.name, ...report }, formatReport(model, report));
    if (report.errors > 0) return 1;
    return report.unknown > 0 && !command.allowUnknown ? 3 : 0;
  });
}

/** Says what to have before the first deployment; writes nothing. */
export async function preflightCommand(command: PreflightCommand): Promise<number> {
  return guarded(command.json, async () => {
    const model = (await loadPlatform(command.program)).model();
    const { preflightSheets } = await import('../preflight/index.ts');
    const sheets = preflightSheets(model);
    show(command.json, { platform: model.name, clusters: sheets }, sheets.map(formatPreflight).join('\n'));
    return 0;
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

async function synth(command: SynthCommand, progress: Progress) {
  const platform = await loadPlatform(command.program);
  progress.report('collect');
  const model = platform.model();
  const total = model.clusters.flatMap(({ units }) => units).reduce((sum, unit) => sum + unit.objects.length, 0);
  progress.report('check', { total });
  const report = check(model, today());
  const found = { platform: model.name, ...report };
  if (report.errors > 0) {
    const text = `${formatReport(model, report)}Nothing was written.\n`;
    return { code: 1, data: { ...found, written: false }, text };
  }
  progress.report('render', { total });
  const tree = render(bindPlatform(model, readBindings(command.bindings)), command);
  const files = writeTree(
    command.out,
    counted(tree, (done) => progress.report('write', { done, total: tree.size })),
  );
  const summary = `${tree.size} files in ${command.out}: ${files.written.length} written, ${files.unchanged.length} unchanged, ${files.removed.length} removed\n`;
  return { code: 0, data: { ...found, out: command.out, files }, text: formatReport(model, report) + summary };
}

function render(model: PlatformModel, command: SynthCommand): FileTree {
  const { layout } = command;
  if (command.format === 'manifests')
    return renderManifests(model, { layout, inflate: command.inflate ? inflateChart : undefined });
  const options = {
    layout,
    repoUrl: command.repoUrl ?? '',
    ...(command.revision === undefined ? {} : { revision: command.revision }),
    ...(command.repoPath === undefined ? {} : { path: command.repoPath }),
  };
  return command.format === 'argo-cd' ? renderArgoCd(model, options) : renderFlux(model, options);
}

/** The platform that the program exports. The program may have its own copy of this library, so its own method is called. */
async function loadPlatform(program: string): Promise<{ model(): PlatformModel }> {
  const module: unknown = await import(pathToFileURL(resolve(program)).href).catch((error: unknown) => {
    if (isPlatformProblem(error)) throw error;
    throw new UsageError(
      `${program} could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  });
  const { platform, default: main } = module as { platform?: unknown; default?: unknown };
  const found = [platform, main].find(
    (one): one is { model(): PlatformModel } => typeof (one as { model?: unknown } | undefined)?.model === 'function',
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
