import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One complaint of the compiler. */
export interface Complaint {
  /** The file's name relative to the repository. */
  readonly file: string;
  readonly line: number;
  /** `TS2322`, ... */
  readonly code: string;
  readonly message: string;
}

/**
 * Type-checks texts that need not exist on disk, in one program, with the repository's own options.
 *
 * @param texts by file name relative to the repository; each is a module of its own
 * @param others options in place of the repository's
 */
export function compile(texts: ReadonlyMap<string, string>, others: ts.CompilerOptions = {}): Complaint[] {
  const options: ts.CompilerOptions = {
    ...repositoryOptions(),
    ...others,
    moduleDetection: ts.ModuleDetectionKind.Force,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const files = new Map([...texts].map(([name, text]) => [ROOT + name, text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, language, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, language, ...rest)
      : ts.createSourceFile(name, text, language, true);
  };
  const program = ts.createProgram({ rootNames: [...files.keys()], options, host });
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || files.has(file.fileName))
    .map(toComplaint);
}

function repositoryOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  return ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT).options;
}

function toComplaint({ file, start, code, messageText }: ts.Diagnostic): Complaint {
  return {
    file: file?.fileName.slice(ROOT.length) ?? 'tsconfig.json',
    line: file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 1,
    code: `TS${code}`,
    message: ts.flattenDiagnosticMessageText(messageText, '\n'),
  };
}
