// Writes the same thirty files over and over, all with one content: the process that files.test.ts kills.
import { writeTree } from '../../lib/render/files.ts';

const [target = '', content = '', times = '1'] = process.argv.slice(2);
for (let time = 0; time < Number(times); time++) {
  writeTree(
    target,
    new Map(Array.from({ length: 30 }, (_, index) => [`d${index % 5}/f${index}`, `${content} ${time}`])),
  );
}
