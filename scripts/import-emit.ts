// JSON schema in, TypeScript interfaces out: `json-schema-to-typescript` does the work, this file makes the result
// readonly, brings it into one layout and adds the imports that it needs.
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import ts from 'typescript';
import { coreNames } from './import-core.ts';

/** A schema whose type is the TypeScript text itself. */
export const typed = (tsType: string): JSONSchema => ({ tsType });

/** Any JSON object. */
export const openMap = typed('Readonly<Record<string, unknown>>');

/** One generated module: header, the core types it uses, and the interfaces of the schema and of all that it contains. */
export async function emitTypes(schema: JSONSchema, header: string, coreModule: string): Promise<string> {
  const raw = await compile(schema, schema.title ?? '', {
    additionalProperties: false,
    bannerComment: '',
    format: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
  });
  const source = ts.createSourceFile('generated.ts', raw, ts.ScriptTarget.Latest);
  const referred = new Set(typeReferences(source));
  const used = coreNames.filter((name) => referred.has(name));
  const imports = used.length > 0 ? `import type { ${used.join(', ')} } from '${coreModule}';\n` : '';
  return `${header}\n${imports}${layout(printReadonly(source))}`;
}

function typeReferences(node: ts.Node): string[] {
  const here = ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) ? [node.typeName.text] : [];
  ts.forEachChild(node, (child) => {
    here.push(...typeReferences(child));
  });
  return here;
}

function printReadonly(source: ts.SourceFile): string {
  const { transformed } = ts.transform(source, [makeReadonly]);
  return ts.createPrinter().printFile(transformed[0] ?? source);
}

/** Marks every property, index signature and array as readonly; single quotes, no needless parentheses. */
const makeReadonly: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const readonly = [factory.createModifier(ts.SyntaxKind.ReadonlyKeyword)];
  const bare = <T extends ts.TypeNode | undefined>(type: T) =>
    type && ts.isParenthesizedTypeNode(type) ? type.type : type;
  const visit = (node: ts.Node): ts.Node => {
    const inner = ts.visitEachChild(node, visit, context);
    if (ts.isPropertySignature(inner)) {
      return factory.updatePropertySignature(inner, readonly, inner.name, inner.questionToken, bare(inner.type));
    }
    if (ts.isIndexSignatureDeclaration(inner)) {
      return factory.updateIndexSignature(inner, readonly, inner.parameters, inner.type);
    }
    if (ts.isTypeAliasDeclaration(inner)) {
      return factory.updateTypeAliasDeclaration(
        inner,
        inner.modifiers,
        inner.name,
        inner.typeParameters,
        bare(inner.type),
      );
    }
    if (ts.isStringLiteral(inner)) return factory.createStringLiteral(inner.text, true);
    return ts.isArrayTypeNode(inner) ? factory.createTypeOperatorNode(ts.SyntaxKind.ReadonlyKeyword, inner) : inner;
  };
  return (file) => ts.visitEachChild(file, visit, context);
};

/** Two spaces a level, comments of one line on one line, a blank line before each declaration. */
function layout(text: string): string {
  return text
    .replace(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2))
    .replace(/\/\*\*\n *\* (.*)\n *\*\//g, '/** $1 */')
    .replace(/^export /gm, '\nexport ');
}
