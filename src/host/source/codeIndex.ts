/** What the code of the workspace says about models: read when it is asked for, and again where files changed. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { IndexedFile } from '../code/codeClasses';
import { CodeFile, codeEndings, languageOf } from '../code/codeFile';
import type { Cancelled } from '../code/incrementalParse';
import { ModulePaths } from '../code/modulePaths';
import { type CodeOutline, emptyOutline, longestText } from '../code/outline';
import { documentText } from './documentText';

/** Files of code that are looked for a layer's line. */
const codeFiles = `**/*.{${codeEndings.join(',')}}`;
export const leftOutFiles = '**/{node_modules,.git,.repsim,.venv,venv,site-packages,dist,build,out}/**';
/** Larger libraries of models have a thousand files of Python, which take some seconds in the background. */
const mostFiles = { py: 2000, script: 150 };

/** Where code is edited; the other side of a comparison and the like are not. */
const codeSchemes = ['file', 'untitled', 'vscode-notebook-cell'];

/** A document's outline at one version. */
interface OpenDocument {
  readonly file: CodeFile;
  version: number;
  outline: CodeOutline | undefined;
}

export class CodeIndex implements vscode.Disposable {
  private readonly open = new Map<string, OpenDocument>();
  /** Files on disk that were read and have not changed since. */
  private readonly closed = new Map<string, CodeOutline>();
  private readonly subscriptions: vscode.Disposable[] = [];
  /** Files on disk that have to be looked at; undefined while that is not known. */
  private files: readonly vscode.Uri[] | undefined;
  private changed = true;
  private built = false;
  private paths = new ModulePaths([]);
  private building: Promise<void> | undefined;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher(codeFiles);
    const listed = () => {
      this.files = undefined;
      this.changed = true;
    };
    const written = (uri: vscode.Uri) => {
      this.closed.delete(uri.toString());
      this.changed = true;
    };
    this.subscriptions.push(
      watcher,
      watcher.onDidCreate(listed),
      watcher.onDidDelete(listed),
      watcher.onDidChange(written),
      vscode.workspace.onDidChangeWorkspaceFolders(listed),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (isCode(document)) this.changed = true;
      }),
      vscode.workspace.onDidOpenTextDocument((document) => {
        // Cells of notebooks and files outside of the workspace are seen while they are open; what was not saved, too.
        if (isCode(document) && (document.isDirty || !this.closed.has(document.uri.toString())))
          this.changed = true;
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (this.open.delete(uri.toString())) this.changed = true;
      }),
    );
  }

  /** Undefined for a document that is no code, or when it was cancelled. */
  async outline(document: vscode.TextDocument, cancelled: Cancelled): Promise<CodeOutline | undefined> {
    const language = languageOfDocument(document);
    if (!language || !codeSchemes.includes(document.uri.scheme)) return undefined;
    const key = document.uri.toString();
    let known = this.open.get(key);
    if (!known) {
      const file = new CodeFile(document.uri.path, language, () => hasWeights(document.uri));
      known = { file, version: -1, outline: undefined };
      this.open.set(key, known);
    }
    const { version } = document;
    if (known.version === version && known.outline) return known.outline;
    const outline = await known.file.outline(document.getText(), cancelled);
    if (outline && known.version < version) {
      known.version = version;
      known.outline = outline;
    }
    return outline;
  }

  /** Whether all code was looked at once; the next looks read only what changed. */
  get ready(): boolean {
    return this.built;
  }

  /** Module paths in all code of the workspace and all open documents, by the files' URIs. */
  async modulePaths(): Promise<ModulePaths> {
    // What changed during a look is not in it.
    while (this.changed || this.building) {
      this.building ??= this.build().finally(() => {
        this.building = undefined;
        this.built = true;
      });
      await this.building;
    }
    return this.paths;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async build(): Promise<void> {
    // What changes from here on is read the next time.
    this.changed = false;
    this.files ??= await findCode();
    const indexed: IndexedFile[] = [];
    const documents = vscode.workspace.textDocuments.filter(isCode);
    for (const document of documents) {
      const outline = await this.outline(document, () => false);
      if (outline) indexed.push({ file: document.uri.toString(), outline });
    }
    const shown = new Set(documents.map(({ uri }) => uri.toString()));
    const kept = new Set<string>();
    for (const uri of this.files) {
      const key = uri.toString();
      if (shown.has(key)) continue;
      kept.add(key);
      const outline = await this.outlineOnDisk(uri);
      if (outline.classes.length + outline.models.length > 0) indexed.push({ file: key, outline });
    }
    for (const key of this.closed.keys()) if (!kept.has(key)) this.closed.delete(key);
    this.paths = new ModulePaths(indexed);
  }

  private async outlineOnDisk(uri: vscode.Uri): Promise<CodeOutline> {
    const key = uri.toString();
    const known = this.closed.get(key);
    if (known) return known;
    const outline = (await readOutline(uri)) ?? emptyOutline;
    this.closed.set(key, outline);
    return outline;
  }
}

/** Most models are in Python: a workspace full of scripts must not push it out. */
async function findCode(): Promise<vscode.Uri[]> {
  const scripts = codeEndings.filter((ending) => ending !== 'py').join(',');
  const found = await Promise.all([
    vscode.workspace.findFiles('**/*.py', leftOutFiles, mostFiles.py),
    vscode.workspace.findFiles(`**/*.{${scripts}}`, leftOutFiles, mostFiles.script),
  ]);
  return found.flat();
}

/** Undefined for what is too large, no file, or may not be read. */
async function readOutline(uri: vscode.Uri): Promise<CodeOutline | undefined> {
  try {
    const { size, type } = await vscode.workspace.fs.stat(uri);
    const language = languageOf(uri.path);
    if (!(type & vscode.FileType.File) || size > longestText || !language) return undefined;
    const text = documentText(await vscode.workspace.fs.readFile(uri));
    return await new CodeFile(uri.path, language).outline(text, () => false);
  } catch {
    return undefined;
  }
}

/** Whether it can make layers, which JSON does not. */
export function isCode(document: vscode.TextDocument): boolean {
  const language = languageOfDocument(document);
  return language !== undefined && language !== 'json' && codeSchemes.includes(document.uri.scheme);
}

/** By the language that the editor shows it in, for a notebook's cells and unsaved files have no ending. */
function languageOfDocument(document: vscode.TextDocument): 'python' | 'script' | 'json' | undefined {
  switch (document.languageId) {
    case 'python':
      return 'python';
    case 'typescript':
    case 'typescriptreact':
    case 'javascript':
    case 'javascriptreact':
      return 'script';
    case 'json':
    case 'jsonc':
      return 'json';
    default:
      return undefined;
  }
}

/** Whether weights of a model lie beside the file. */
async function hasWeights(file: vscode.Uri): Promise<boolean> {
  if (file.scheme !== 'file') return false;
  const folder = vscode.Uri.file(path.dirname(file.fsPath));
  const entries = await vscode.workspace.fs.readDirectory(folder).then(
    (found) => found,
    () => [],
  );
  return entries.some(([name]) => /\.(?:safetensors|bin|pt|pth)$/.test(name));
}
