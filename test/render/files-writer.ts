// A process that writes trees until it is killed: `files-writer.ts TARGET CONTENT TIMES`. Every file of a tree has one content.
import { writeTree } from '../../lib/render/files.ts';

const [target = '', content = '', times = '1'] = process.argv.slice(2);
for (let time = 0; time < Number(times); time++) {
  const text = `${content} ${time}`;
  // The number of files changes as well, so that files are made and removed.
  const paths = Array.from({ length: 25 + (time % 5) }, (_, index) => `d${index % 5}/f${index}`);
  writeTree(target, new Map(paths.map((path) => [path, text])));
}
