export type FileTree = ReadonlyMap<string, string>;
export function writeTree(_target: string, _tree: FileTree): { written: string[] } { throw new Error('being written'); }
