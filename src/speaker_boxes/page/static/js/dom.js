/** Elements by id, and new ones. */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] of the element; `class` and `aria-…` are attributes
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class" || name.includes("-")) element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * @param {string} text
 * @param {() => void} onclick
 * @param {Record<string, unknown>} [properties]
 * @returns {HTMLElement}
 */
export function button(text, onclick, properties = {}) {
  return make("button", { type: "button", onclick, ...properties }, text);
}

/**
 * Replace what is in an element, and leave the focus where it was.
 * @param {HTMLElement} element
 * @param {(Node|string|null)[]} children
 */
export function fill(element, children) {
  const key = document.activeElement?.getAttribute("data-key");
  const inside = element.contains(document.activeElement);
  element.replaceChildren(...children.filter((child) => child !== null));
  if (inside && key) {
    const again = element.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (again instanceof HTMLElement) again.focus();
  }
}

let timer = 0;

/**
 * Tell something for a few seconds; screen readers read it.
 * @param {string} text
 */
export function toast(text) {
  const element = byId("toast", HTMLElement);
  element.textContent = text;
  element.classList.add("shown");
  clearTimeout(timer);
  timer = window.setTimeout(() => element.classList.remove("shown"), 6000);
}

/**
 * @param {string} name of a custom property
 * @returns {string}
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
