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

// what is typed and not taken yet outlives a drawing of what is around it
document.addEventListener("input", ({ target }) => {
  if (target instanceof HTMLInputElement && ["text", "number"].includes(target.type)) target.dataset.typed = "true";
}, true);

/**
 * Replace what is in an element; leave the focus where it was, what is selected, and what is being typed.
 * @param {HTMLElement} element
 * @param {(Node|string|null)[]} children
 */
export function fill(element, children) {
  const active = document.activeElement;
  const inside = element.contains(active);
  if (inside && active instanceof HTMLInputElement && active.dataset.typed) return;
  const key = active?.getAttribute("data-key");
  const span = inside && active instanceof HTMLInputElement && active.type === "text" ? [active.selectionStart, active.selectionEnd] : null;
  const typed = [...element.querySelectorAll("input[data-typed]")].map((each) => /** @type {HTMLInputElement} */ (each));
  element.replaceChildren(...children.filter((child) => child !== null));
  for (const old of typed) {
    const again = keyed(element, old.dataset.key);
    if (again instanceof HTMLInputElement) [again.value, again.dataset.typed] = [old.value, "true"];
  }
  const focused = inside && key ? keyed(element, key) : null;
  focused?.focus();
  // what is selected is what the next letter replaces
  if (focused instanceof HTMLInputElement && span) focused.setSelectionRange(span[0] ?? 0, span[1] ?? 0);
}

/** @param {HTMLElement} element @param {string} [key] @returns {HTMLElement|null} */
const keyed = (element, key) => (key ? element.querySelector(`[data-key="${CSS.escape(key)}"]`) : null);

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
