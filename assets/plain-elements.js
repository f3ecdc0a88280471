// The component of Dash that draws a tree of HTML; `web/plain_elements.py` makes its templates.
(() => {
  "use strict";

  // A node is a text, the number of a child, or a list of a tag, its attributes and the nodes within.
  function draw(node, children) {
    if (typeof node === "string") return node;
    if (typeof node === "number") return children[node];
    const [tag, attributes, ...nodes] = node;
    return window.React.createElement(tag, attributes, ...nodes.map((inner) => draw(inner, children)));
  }

  const PlainElements = ({ template, children }) => draw(template, [children].flat());

  // Dash finds a component by its namespace and type.
  window.ev2gym_dashboard = { PlainElements };
})();
