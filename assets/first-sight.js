// The first sight of a newcomer: the page and its first reply, which the index carries, drawn before Dash is there. It
// is for the eyes alone, and gives way when the page itself gets the reply.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom, storage, staticView } = app;
  const TAG = "first-sight";
  const SHOWN = "first";
  const SEEN = ["header", "main"];
  const root = document.documentElement;
  const read = (id) => JSON.parse(document.getElementById(id).textContent || "null");

  // A run that the tab has kept, a link, and an address with a choice show other numbers.
  function isNewcomer() {
    const { search, hash } = window.location;
    const names = [...new URLSearchParams(search).keys()];
    return !hash && names.every((name) => name === "lang") && !storage.read(ids.RUN);
  }

  function findPage() {
    const parts = read("_dash-layout").props.children;
    return parts.find(({ props }) => props.id === ids.PAGE).props;
  }

  // The reply fills the elements that were drawn.
  function fill(elements, { [ids.REPLY]: { data }, ...views }) {
    const find = (id) => elements.get(id);
    for (const [id, { children }] of Object.entries(views))
      if (children) find(id)?.replaceChildren(...staticView.draw(children, elements));
    for (const [name, value] of Object.entries(data.form ?? {})) Object.assign(find(`field ${name}`) ?? {}, { value });
    dom.writeReply(data, find);
  }

  // As far down as the window goes.
  function drawPart({ template: [tag, attributes, ...nodes], children }, frame, elements) {
    const [element] = staticView.drawPlain([tag, attributes], children, elements);
    frame.append(element);
    for (const node of nodes) {
      if (element.getBoundingClientRect().bottom > window.innerHeight) return;
      element.append(...staticView.drawPlain(node, children, elements));
    }
  }

  function draw(sight, elements) {
    const { className, children } = findPage();
    const frame = Object.assign(document.createElement("div"), { className });
    root.classList.add(SHOWN);
    sight.append(frame);
    for (const { props } of children) if (SEEN.includes(props.template?.[0])) drawPart(props, frame, elements);
  }

  // The server computes the first step meanwhile.
  function show(sight, served) {
    const elements = new Map();
    app.firstRun.start(served, (outputs) => fill(elements, outputs));
    draw(sight, elements);
    fill(elements, served.outputs);
    app.firstRun.setSpeed(elements.get(ids.SPEED).value);
  }

  function remove() {
    root.classList.remove(SHOWN);
    document.querySelector(TAG)?.remove();
  }

  // The browser calls it where the body has the element, while the scripts of Dash are still to come.
  class FirstSight extends HTMLElement {
    connectedCallback() {
      const served = read("first-reply");
      if (served && isNewcomer()) show(this, served);
    }
  }

  window.customElements.define(TAG, FirstSight);
  app.firstSight = { remove };
})();
