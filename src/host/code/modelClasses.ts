/** Which classes of a Python file are models: modules that are no parts of the others. */
import type { CodeModel, Member } from './outline';
import type { PythonClass } from './pythonClasses';

/** Bases outside of the file that make a class a module that can be a model. */
const modelBases = [
  /^torch\.nn\.(?:modules\.\w+\.)?\w+$/,
  /^timm\.(?:models|layers)\.(?:\w+\.)?[A-Z]\w*$/,
  /^torchvision\.models\.(?:\w+\.)*[A-Z]\w*$/,
  /^transformers\.(?:[\w.]+\.)?[A-Z]\w*(?:Model|For[A-Z]\w*)$/,
  /(?:^|\.)LightningModule$/,
  /(?:^|\.)PreTrainedModel$/,
  /^keras\.(?:models\.)?(?:Model|Sequential)$/,
];
/** Those that make it a layer, which is a part of something by its name. */
const layerBase = /^keras\.layers\.\w+$|^keras\.Layer$/;
/** Those that bring nothing of their own. */
const emptyBase = /^torch\.nn\.(?:modules\.\w+\.)?Module$|(?:^|\.)(?:LightningModule|PreTrainedModel)$/;
/** What only modules hold. */
const moduleParts =
  /^(?:torch\.nn|timm\.layers|timm\.models|torchvision\.models|torchvision\.ops|keras\.layers)\./;

/** A class whose body names another one. */
export interface Mention {
  readonly by: string;
  readonly name: string;
}

/** `chosen`: classes that calls are told to take for parts. `mentions`: of the file's classes in each other. */
export function modelClasses(
  classes: readonly PythonClass[],
  chosen: ReadonlySet<string>,
  mentions: readonly Mention[],
): CodeModel[] {
  const modules = modulesOf(classes);
  const parts = new Set([...chosen].filter((name) => modules.has(name)));
  const add = (name: string, by: string) => {
    if (name !== by && modules.has(by)) parts.add(name);
  };
  const addHeld = (members: readonly Member[], by: string) => {
    for (const { value } of members) {
      for (const name of value.classes) add(name, by);
      addHeld(value.elements ?? [], by);
    }
  };
  for (const { name, members, elements } of classes) {
    addHeld(members, name);
    addHeld(elements ?? [], name);
  }
  for (const { by, name } of mentions) add(name, by);
  // What a part derives from is one too.
  for (const { name, bases } of [...classes].reverse()) {
    if (parts.has(name)) for (const base of bases) if (base !== name) parts.add(base);
  }
  return classes
    .filter(({ name }) => modules.get(name) === 'model' && !parts.has(name))
    .map(({ name, from, to }) => ({ kind: 'class', name, from, to, className: name }));
}

/** The modules, and what each of them can be: a layer by its base, nothing but code, or a model. */
function modulesOf(classes: readonly PythonClass[]): Map<string, 'layer' | 'empty' | 'model'> {
  const modules = new Map<string, 'layer' | 'empty' | 'model'>();
  // A class may stand before its base only by mistake, so one pass in order is enough.
  for (const { name, bases, members, runs, holds } of classes) {
    const kinds = bases.map((base) => modules.get(base));
    const outside = bases.filter(
      (base) => !modules.has(base) && modelBases.some((known) => known.test(base)),
    );
    // A base of another file is taken for a module where the class holds and runs what only modules do.
    const isLike = bases.length > 0 && runs && holdModules(members, modules);
    if (kinds.includes('layer') || bases.some((base) => layerBase.test(base))) modules.set(name, 'layer');
    else if (outside.length > 0 || isLike || kinds.some((kind) => kind !== undefined)) {
      // Losses and functions in the form of a class hold nothing that could be trained.
      const inherits = kinds.includes('model') || outside.some((base) => !emptyBase.test(base));
      modules.set(name, holds || (inherits && (runs || kinds.includes('model'))) ? 'model' : 'empty');
    }
  }
  return modules;
}

function holdModules(members: readonly Member[], known: ReadonlyMap<string, unknown>): boolean {
  return members.some(
    ({ value: { classes, elements = [] } }) =>
      classes.some((name) => known.has(name) || moduleParts.test(name)) || holdModules(elements, known),
  );
}
