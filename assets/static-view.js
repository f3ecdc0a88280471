// Draws components of Dash as elements of HTML that look the same and do nothing.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { make } = app.dom;
  const TAGS = { Link: "a", Graph: "div", Upload: "div", RadioItems: "div" };
  const UNSEEN = ["Store", "Interval"];
  const NAMES = { htmlFor: "for", colSpan: "colspan", tabIndex: "tabindex" };
  // Attributes of elements are words; the other properties are those of components, or need more than a name.
  const OTHERS = ["id", "children", "className", "n_clicks", "options", "label", "value", "size"];
  // HTML has elements of the same names.
  const WIDGET_SPACE = "dash_bootstrap_components";
  const WIDGETS = { Select: drawSelect, Input: drawInput, Switch: drawSwitch };

  function drawSelect({ options, value, size }) {
    const choices = options.map((option) => new Option(option.label, option.value));
    const select = make("select", `form-select form-select-${size}`, choices);
    select.value = value;
    return select;
  }

  function drawInput({ value, size }) {
    return Object.assign(make("input", `form-control form-control-${size}`), { value: value ?? "" });
  }

  function drawSwitch({ label, value }) {
    const box = Object.assign(make("input", "form-check-input"), { type: "checkbox", checked: value });
    return make("div", "form-check form-switch", [box, make("label", "form-check-label", [label])]);
  }

  function setAttributes(element, props) {
    for (const [name, value] of Object.entries(props))
      if (!OTHERS.includes(name) && value !== false && value !== null && typeof value !== "object")
        element.setAttribute(NAMES[name] ?? name, value === true ? "" : value);
    if (props.className) element.className = `${element.className} ${props.className}`.trim();
    Object.assign(element.style, props.style);
  }

  const makeKey = (id) => (typeof id === "object" ? `${id.type} ${id.name}` : id);

  // Returns the nodes of a component, of several or of a text; notes the elements by the ids that they do not get.
  function draw(node, elements) {
    if (node === null || node === undefined) return [];
    if (Array.isArray(node)) return node.flatMap((child) => draw(child, elements));
    if (typeof node !== "object") return [String(node)];
    const { type, props, namespace } = node;
    if (UNSEEN.includes(type)) return [];
    if (props.template) return drawPlain(props.template, props.children, elements);
    const widget = namespace === WIDGET_SPACE ? WIDGETS[type]?.(props) : undefined;
    return finish(widget ?? make(TAGS[type] ?? type, "", draw(props.children, elements)), props, elements);
  }

  // Draws a node of plain elements, as `plain-elements.js` does.
  function drawPlain(node, children, elements) {
    if (typeof node === "string") return [node];
    if (typeof node === "number") return draw(children[node], elements);
    const [tag, attributes, ...nodes] = node;
    const content = nodes.flatMap((inner) => drawPlain(inner, children, elements));
    return finish(make(tag, "", content), attributes, elements);
  }

  function finish(element, props, elements) {
    setAttributes(element, props);
    if (props.id) elements.set(makeKey(props.id), element);
    return [element];
  }

  app.staticView = { draw, drawPlain };
})();
