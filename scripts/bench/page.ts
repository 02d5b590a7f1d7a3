/** One line of the table: a goal is the most that the value may be, or the least where it says so. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly goal: number | null;
  readonly holds: boolean | null;
}

/** The page docs/performance.md. */
export function performancePage(machine: string, rounds: number, rows: readonly Row[]): string {
  return `# How fast it is

Made by \`./dev bench --write-page\`; do not edit.

A thousand clusters are synthesized for every commit of a platform team, so a synth must cost little more than writing its
objects. What follows is measured against that floor, and against what cdk8s does with the same constructs.

## How it is measured

- **F**, the floor: the same plain objects are built, go through \`JSON.stringify\` and are written, 100 objects a file. Nothing
  that writes them is faster.
- An **object** is a Deployment as people write it, 2.8 KB as JSON, with names, labels and images of its own. No rule has a
  finding on it: a report of ten thousand findings would be a measurement of its own.
- A **synth** is everything that \`cdk8s-ai synth\` does: constructs, rules, order, YAML, files. The tree is counted too.
- Each measurement has a process of its own. What is compared is measured in turn, round after round, so that a busy machine
  slows both; shown is the median of the ratios of ${rounds} rounds (15 where a process takes less than a second).
- Many small files depend on the file system: ext4 does not use the inodes again that were given up shortly before, and looks
  past all of them for each new file, so the row of 1,000 charts grows with what earlier rounds have removed.
- Clocks are shown, not asserted on. What a synth does is counted in tests: constructs visited and edges followed
  (\`test/collect/collect.test.ts\`), values resolved and files written (\`test/properties/synth-work.test.ts\`), modules loaded
  (\`test/startup.test.ts\`).

This run: ${machine}.

## What it takes

${table(rows)}

![Microseconds an object, by number of objects](performance.svg)

## Beside kustomize and Helm

The last rows bring the same 1,000 Deployments out of each tool as people start it: kustomize from files that it lists as
resources, Helm from one template that is filled a thousand times, cdk8s-ai from constructs, with its rules. The other two write
to standard output and check nothing.

## Where the time goes

- One walk reads the tree, one graph orders it, and each object is read, judged and written once. cdk8s looks at each chart for
  each chart, and follows each path of dependencies anew.
- Objects become text by an emitter for the block style alone. A general YAML library takes an object through its own tree of nodes.
- Clusters of a fleet are made, judged, rendered and forgotten one after the other (\`Platform.addFleet\`); what remains of a
  cluster is its staged files.
- What is plain data already is not copied: the model holds the objects of the program, and members are put in order when
  they are written, by an order that is found once for all objects with the same keys.
- Files whose text did not change are linked, not written.
- The command ships as few files and reads what it needs ([why](decisions/0010-few-files-in-the-package.md)).
`;
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ name, value, goal, holds }) => {
    const verdict = holds === null ? '' : holds ? 'holds' : '**missed**';
    return `| ${name.trim()} | ${value.toLocaleString('en')} | ${goal === null ? '' : goal.toLocaleString('en')} | ${verdict} |`;
  });
  return ['| what | value | goal | |', '|---|---:|---:|---|', ...cells].join('\n');
}
