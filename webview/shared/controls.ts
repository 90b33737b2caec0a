/** The controls of the panels. The only file that imports the toolkit: another kit can take its place by changing this one. */
import * as l10n from '@vscode/l10n';
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeProgressRing,
  vsCodeRadio,
  vsCodeRadioGroup,
} from '@vscode/webview-ui-toolkit';
import { html } from './html';

/** Makes the elements below known to the page. Once, before the first is created. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeProgressRing(),
    vsCodeRadio(),
    vsCodeRadioGroup(),
  );
}

export function button(
  document: Document,
  id: string,
  label: string,
  appearance: 'primary' | 'secondary',
  onClick: () => void,
): HTMLElement {
  const element = document.createElement('vscode-button');
  element.id = id;
  element.setAttribute('appearance', appearance);
  element.textContent = label;
  element.addEventListener('click', onClick);
  return element;
}

/** Choices of which one holds. Returns the group and a way to set it without calling `onChange`. */
export function choice<Value extends string>(
  document: Document,
  id: string,
  label: string,
  options: readonly { readonly value: Value; readonly label: string }[],
  onChange: (value: Value) => void,
): { readonly element: HTMLElement; set(value: Value): void } {
  const element = document.createElement('vscode-radio-group');
  element.id = id;
  element.setAttribute('orientation', 'horizontal');
  element.setAttribute('aria-label', label);
  const radios = options.map((option) => {
    const radio = document.createElement('vscode-radio');
    radio.setAttribute('value', option.value);
    radio.textContent = option.label;
    return radio;
  });
  element.append(...radios);
  let current: string | undefined;
  element.addEventListener('change', () => {
    const { value } = element as unknown as { value: string };
    const chosen = options.find((option) => option.value === value);
    if (!chosen || chosen.value === current) return;
    current = chosen.value;
    onChange(chosen.value);
  });
  return {
    element,
    set(value) {
      current = value;
      (element as unknown as { value: string }).value = value;
    },
  };
}

export interface OptionGroup {
  /** Undefined for options that stand by themselves. */
  readonly label: string | undefined;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export interface Picker {
  readonly element: HTMLElement;
  /** Offers these options, of which one holds, without calling `onChange`. */
  set(groups: readonly OptionGroup[], value: string): void;
}

/**
 * One of many options, with its label. The page's own element: the toolkit's drop-down writes style attributes, which
 * the content security policy forbids, and has no groups.
 */
export function picker(
  document: Document,
  id: string,
  label: string,
  onChange: (value: string) => void,
): Picker {
  const select = html(document, 'select', { id });
  const element = html(
    document,
    'div',
    { class: 'picker' },
    html(document, 'label', { for: id }, label),
    select,
  );
  let shown = '';
  select.addEventListener('change', () => onChange(select.value));
  return {
    element,
    set(groups, value) {
      // Options that are written anew close the list that is open.
      const next = JSON.stringify(groups);
      if (next !== shown) {
        shown = next;
        select.replaceChildren(...groups.flatMap((group) => optionsOf(document, group)));
      }
      select.value = value;
    },
  };
}

function optionsOf(document: Document, { label, options }: OptionGroup): HTMLElement[] {
  const made = options.map((option) => html(document, 'option', { value: option.value }, option.label));
  return label === undefined ? made : [html(document, 'optgroup', { label }, ...made)];
}

export function checkbox(
  document: Document,
  label: string,
  hint: string,
  onChange: (checked: boolean) => void,
): { readonly element: HTMLElement; set(checked: boolean): void } {
  const input = html(document, 'input', { type: 'checkbox' });
  input.addEventListener('change', () => onChange(input.checked));
  const element = html(document, 'label', { class: 'checkbox', title: hint }, input, label);
  return {
    element,
    set(checked) {
      input.checked = checked;
    },
  };
}

export function progressRing(document: Document): HTMLElement {
  const element = document.createElement('vscode-progress-ring');
  const label = l10n.t('Working');
  const name = () => {
    if (element.getAttribute('aria-label') !== label) element.setAttribute('aria-label', label);
  };
  name();
  // The toolkit calls it "Loading" each time it is put on the page, in every language.
  new MutationObserver(name).observe(element, { attributeFilter: ['aria-label'] });
  return element;
}
