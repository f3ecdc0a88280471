// The picture of the energy flow: ribbons from the supplies to the site and on to the uses, as wide as their powers.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const NAMESPACE = "http://www.w3.org/2000/svg";
  // The picture is stretched to its frame: a row of the labels is 46 high, and the widest bar leaves a gap to the next.
  const ROW = 46;
  const WIDEST = 40;
  const THINNEST = 1;
  const [LEFT, MIDDLE, RIGHT] = [0, 50, 100];
  const SIDES = { supplies: ["used_solar", "import", "v2g"], uses: ["export", "base_load", "g2v"] };

  function make(name, attributes) {
    const element = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  function makeDrawing(frame) {
    const svg = make("svg", { viewBox: `0 0 ${RIGHT} ${3 * ROW}`, preserveAspectRatio: "none" });
    for (const names of Object.values(SIDES)) for (const name of names) svg.append(...makeFlow(name));
    svg.append(make("path", { class: "flow-bar flow-site" }));
    frame.replaceChildren(svg);
    return svg;
  }

  const makeFlow = (name) => [
    make("path", { class: `flow-ribbon flow-${name}` }),
    make("path", { class: `flow-bar flow-${name}` }),
    make("path", { class: `flow-bar flow-lost flow-lost-${name}` }),
  ];

  // A bar from top to bottom at an end of a ribbon; nothing where there is no power.
  const drawBar = (x, top, height) => (height ? `M${x},${top}V${top + height}` : "");

  function drawRibbon(x, top, middleTop, width) {
    if (!width) return "";
    const bend = (x + MIDDLE) / 2;
    const [bottom, middleBottom] = [top + width, middleTop + width];
    return `M${x},${top}C${bend},${top} ${bend},${middleTop} ${MIDDLE},${middleTop}V${middleBottom}C${bend},${middleBottom} ${bend},${bottom} ${x},${bottom}Z`;
  }

  // Losses come on top of V2G and of the sun that is used; of G2V they are a part.
  function drawSide(svg, side, flows, scale) {
    const isUse = side === "uses";
    const x = isUse ? RIGHT : LEFT;
    const widths = flows.map(([power]) => (power ? Math.max(power * scale, THINNEST) : 0));
    const set = (selector, path) => svg.querySelector(selector).setAttribute("d", path);
    let middleTop = (3 * ROW - widths.reduce((sum, width) => sum + width, 0)) / 2;
    for (const [k, name] of SIDES[side].entries()) {
      const lost = flows[k][1] * scale;
      const whole = isUse ? widths[k] : widths[k] + lost;
      const top = (k + 0.5) * ROW - whole / 2;
      set(`.flow-ribbon.flow-${name}`, drawRibbon(x, top, middleTop, widths[k]));
      set(`.flow-bar.flow-${name}`, drawBar(x, top, whole - lost));
      set(`.flow-lost-${name}`, drawBar(x, top + whole - lost, lost));
      middleTop += widths[k];
    }
  }

  function showReply(flow) {
    const frame = document.getElementById(ids.FLOW);
    if (!frame || !flow) return;
    const svg = frame.querySelector("svg") ?? makeDrawing(frame);
    const sum = (flows) => flows.reduce((total, [power]) => total + power, 0);
    const most = Math.max(sum(flow.supplies), sum(flow.uses), ...flow.supplies.map(([power, lost]) => power + lost));
    const scale = most ? WIDEST / most : 0;
    for (const [side, flows] of Object.entries(flow)) drawSide(svg, side, flows, scale);
    const site = sum(flow.supplies) * scale;
    svg.querySelector(".flow-site").setAttribute("d", drawBar(MIDDLE, (3 * ROW - site) / 2, site));
  }

  app.flow = { showReply };
})();
