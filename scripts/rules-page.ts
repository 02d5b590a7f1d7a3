import { check } from '../lib/policies/check.ts';
import { policies } from '../lib/policies/index.ts';
import type { Policy } from '../lib/policies/policy.ts';

/** The page about the rules, made from the rules themselves. */
export function rulesPage(): string {
  const rows = policies.map(
    (rule) => `| [${rule.id}](#${rule.id.toLowerCase()}) | ${rule.severity} | ${cell(rule.title)} |`,
  );
  return `<!-- Made from lib/policies by ./dev docs; edit the rules. -->
# Rules

Every rule looks at the whole platform before anything is written. It passes, fails, or says which fact it misses
(\`not judged\`). An \`error\` stops synth. A finding is waived with \`platform.waive({ rule, path, reason, expires })\`.

| rule | severity | what holds |
| --- | --- | --- |
${rows.join('\n')}

${policies.map(section).join('\n')}`;
}

function section(rule: Policy): string {
  const [finding] = check(rule.examples.failing(), undefined, [rule]).findings;
  const example =
    finding === undefined
      ? ''
      : `\n    ${finding.code} at ${finding.where}: ${finding.what}\n           ${finding.fix}\n`;
  return `## ${rule.id}

${rule.title}

${rule.why} ([source](${rule.source}))
${example}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
