/** The controls of the panels. The only file that imports the toolkit: another kit can take its place by changing this one. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeProgressRing,
  vsCodeRadio,
  vsCodeRadioGroup,
} from '@vscode/webview-ui-toolkit';

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

export function progressRing(document: Document): HTMLElement {
  const element = document.createElement('vscode-progress-ring');
  element.setAttribute('aria-label', 'Working');
  return element;
}
