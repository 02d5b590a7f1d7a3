/** Reads the generated `.d.ts` files of a Pulumi provider package with the TypeScript parser. No type is checked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';
import type { Field, Fields, Shape, Typings } from './typings.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function extractTypings(folder: string, npmPackage: string, version: string): Typings {
  const resources: Mutable<Typings['resources']> = {};
  const functions: Mutable<Typings['functions']> = {};
  let provider: Fields = {};
  for (const file of modulesIn(folder)) {
    const code = readFileSync(join(folder, `${file}.js`), 'utf8');
    const resource = /__pulumiType = ['"]([^'"]+)['"]/.exec(code)?.[1];
    const invoked = /runtime\.invoke\(["']([^"']+)["']/.exec(code)?.[1];
    if (resource === undefined && invoked === undefined) continue;
    const declared = declarations(parse(join(folder, `${file}.d.ts`)));
    if (file === 'provider') provider = declared.resource()?.inputs ?? {};
    else if (resource !== undefined) resources[resource] = declared.resource() ?? { inputs: {}, outputs: {} };
    else if (invoked !== undefined) functions[invoked] = declared.function();
  }
  return { package: npmPackage, version, resources, functions, provider, types: nestedTypes(folder) };
}

/** Generated modules come in pairs of `.js` and `.d.ts`. */
function modulesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts') && !/(^|[\\/])(node_modules|types)[\\/]/.test(file))
    .map((file) => file.slice(0, -'.d.ts'.length))
    .filter((file) => existsSync(join(folder, `${file}.js`)))
    .sort();
}

/** Doc comments are read as text where needed; parsing them would double the time. */
const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, 'utf8'), {
    languageVersion: ts.ScriptTarget.ES2022,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  });

function declarations(source: ts.SourceFile) {
  const interfaces = new Map(
    source.statements.filter(ts.isInterfaceDeclaration).map((each) => [each.name.text, each.members]),
  );
  const fieldsOf = (name: string | undefined): Fields => fields(interfaces.get(name ?? '') ?? [], source);
  return {
    /** A resource file holds one class with a constructor (name, args, opts); its properties are the outputs. */
    resource() {
      const declared = source.statements.find(ts.isClassDeclaration);
      const args = declared?.members.find(ts.isConstructorDeclaration)?.parameters[1];
      return declared && { inputs: fieldsOf(typeName(args?.type, source)), outputs: fields(declared.members, source) };
    },
    /** A function file holds `getThing(args, opts): Promise<GetThingResult>` and a variant for outputs. */
    function() {
      const declared = source.statements.find(ts.isFunctionDeclaration);
      const args = declared?.parameters.find((each) => ts.isIdentifier(each.name) && each.name.text === 'args');
      const promise = declared?.type;
      const result = promise && ts.isTypeReferenceNode(promise) ? promise.typeArguments?.[0] : undefined;
      return { args: fieldsOf(typeName(args?.type, source)), result: fieldsOf(typeName(result, source)) };
    },
  };
}

const typeName = (node: ts.TypeNode | undefined, source: ts.SourceFile): string | undefined =>
  node && ts.isTypeReferenceNode(node) ? node.typeName.getText(source) : undefined;

function fields(members: readonly (ts.TypeElement | ts.ClassElement)[], source: ts.SourceFile): Fields {
  const found: [string, Field][] = [];
  for (const member of members) {
    if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
    if (!member.type || !(ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))) continue;
    const { shape, optional } = typeOf(member.type, source);
    const required = member.questionToken === undefined && !optional;
    found.push([member.name.text, { shape: withDocumentedValues(shape, member, source), required }]);
  }
  return Object.fromEntries(found);
}

function typeOf(node: ts.TypeNode, source: ts.SourceFile): { readonly shape: Shape; readonly optional: boolean } {
  const shape = (shape: Shape) => ({ shape, optional: false });
  const inner = (child: ts.TypeNode) => typeOf(child, source).shape;
  if (node.kind === ts.SyntaxKind.StringKeyword) return shape('string');
  if (node.kind === ts.SyntaxKind.NumberKeyword) return shape('number');
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return shape('boolean');
  if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) return typeOf(node.type, source);
  if (ts.isArrayTypeNode(node)) return shape({ list: inner(node.elementType) });
  if (ts.isLiteralTypeNode(node)) return shape(literal(node.literal));
  if (ts.isUnionTypeNode(node)) return union(node, source);
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    return shape(index ? { map: inner(index.type) } : { fields: fields(node.members, source) });
  }
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText(source);
    const argument = node.typeArguments?.[0];
    if (argument && /^(pulumi\.(Input|Output)|Promise)$/.test(name)) return typeOf(argument, source);
    if (/^(inputs|outputs|enums)\./.test(name)) return shape({ type: name });
    if (/^(\w+\.)?ARN$/.test(name)) return shape('string');
  }
  // A resource, an asset or `any`: nothing that the typings would let us refuse.
  return shape('any');
}

function union(node: ts.UnionTypeNode, source: ts.SourceFile): { readonly shape: Shape; readonly optional: boolean } {
  const members = node.types.filter((each) => each.kind !== ts.SyntaxKind.UndefinedKeyword);
  const all = members.map((each) => typeOf(each, source).shape);
  // `string | enums.Priority`: an SDK leaves its enums open, for values that it does not know yet.
  const shapes = all.some(isEnum) ? all.filter((each) => each !== 'string') : all;
  const values = shapes.flatMap((each) => (typeof each === 'object' && 'values' in each ? each.values : []));
  const [only] = shapes;
  const shape =
    shapes.length === 1 && only !== undefined
      ? only
      : values.length === shapes.length
        ? { values }
        : { either: shapes };
  return { shape, optional: members.length < node.types.length };
}

const isEnum = (shape: Shape): boolean =>
  typeof shape === 'object' && 'type' in shape && shape.type.startsWith('enums.');

function literal(node: ts.LiteralTypeNode['literal']): Shape {
  if (ts.isStringLiteral(node)) return { values: [node.text] };
  if (ts.isNumericLiteral(node)) return { values: [Number(node.text)] };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { values: [true] };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { values: [false] };
  return 'any';
}

/** The whole sentence must be the list: remarks in between mean that the list does not hold everywhere. */
const VALID_VALUES =
  /\b(?:valid|possible|allowed|accepted) values(?: are|:| are:)\s*((?:`[\w.:-]+`(?:,\s*(?:and |or )?|\s+(?:and|or)\s+)?)+)\s*(?:\.(?:\s|$)|$)/i;
/** A list of items, each on a line of its own with a remark, and no other item after it. */
const LISTED_VALUES = /\bvalues?(?: are)?:\s*\n\s*((?:[-*] `"?[\w.:-]+"?`.*(?:\n+|$))+)(?![\s\S]*[-*] `)/i;
const LIST_ITEM = /^[-*] `"?([\w.:-]+)"?`/gm;

/** Most clouds type closed sets as `string` and list the values in the doc comment. */
function withDocumentedValues(shape: Shape, member: ts.Node, source: ts.SourceFile): Shape {
  const isStrings = typeof shape === 'object' && 'list' in shape && shape.list === 'string';
  if (shape !== 'string' && !isStrings) return shape;
  const comment = ts.getLeadingCommentRanges(source.text, member.pos)?.at(-1);
  const text =
    comment &&
    source.text
      .slice(comment.pos, comment.end)
      .replace(/\s*\*\/$|^\s*\/?\*+ ?/gm, '')
      .trim();
  const values = documentedValues(text ?? '');
  if (values.length === 0) return shape;
  const documented: Shape = { values, documented: true };
  return shape === 'string' ? documented : { list: documented };
}

/** The values that a doc comment gives as the only ones; none when it gives no such list. */
export function documentedValues(comment: string): readonly string[] {
  const [, sentence] = VALID_VALUES.exec(comment) ?? [];
  const [, items] = LISTED_VALUES.exec(comment) ?? [];
  const found = sentence?.matchAll(/`([^`]+)`/g) ?? items?.matchAll(LIST_ITEM) ?? [];
  return [...found].map(([, value = '']) => value);
}

function nestedTypes(folder: string): Mutable<Typings['types']> {
  const types: Mutable<Typings['types']> = {};
  const visit = (statements: readonly ts.Statement[], scope: string, source: ts.SourceFile): void => {
    for (const statement of statements) {
      if (ts.isModuleDeclaration(statement) && statement.body && ts.isModuleBlock(statement.body)) {
        visit(statement.body.statements, `${scope}.${statement.name.text}`, source);
      } else if (ts.isInterfaceDeclaration(statement)) {
        types[`${scope}.${statement.name.text}`] = { fields: fields(statement.members, source) };
      } else if (ts.isVariableStatement(statement)) {
        for (const { name, type } of statement.declarationList.declarations) {
          if (!type || !ts.isTypeLiteralNode(type) || !ts.isIdentifier(name)) continue;
          types[`${scope}.${name.text}`] = { values: enumValues(type) };
        }
      }
    }
  };
  const read = (file: string, scope: string) => {
    if (!existsSync(file)) return;
    const source = parse(file);
    visit(source.statements, scope, source);
  };
  read(join(folder, 'types/input.d.ts'), 'inputs');
  read(join(folder, 'types/output.d.ts'), 'outputs');
  const enums = join(folder, 'types/enums');
  for (const file of existsSync(enums) ? readdirSync(enums, { recursive: true, encoding: 'utf8' }) : []) {
    if (!file.endsWith('index.d.ts')) continue;
    read(join(enums, file), ['enums', ...file.split(sep).slice(0, -1)].join('.'));
  }
  return types;
}

const enumValues = (type: ts.TypeLiteralNode): (string | number | boolean)[] =>
  type.members.flatMap((member) => {
    if (!ts.isPropertySignature(member) || !member.type || !ts.isLiteralTypeNode(member.type)) return [];
    const shape = literal(member.type.literal);
    return typeof shape === 'object' && 'values' in shape ? shape.values : [];
  });
